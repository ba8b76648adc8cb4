import type { Guard } from '../guarding/guard.ts'

/**
 * One cause with many sessions is carried out in waves, so a wrong cause or a provider that
 * acknowledges without ending shows after ten sessions and not after ten thousand. Approval does
 * not lift it, since many orders can be approved at once.
 */
export const guard: Guard = {
  id: 'waves',
  title: 'The wave before is not contained yet',
  judge: ({ alsoEnds }, { dispatchedOfCause, containedOfCause, failedOfCause }, { guards }) => {
    const most = dispatchedMax(guards.waveSizes, containedOfCause)
    // One call that ends more than a wave may run alone.
    const goesAlone = dispatchedOfCause === containedOfCause
    if (dispatchedOfCause + (goesAlone ? 0 : alsoEnds.length) < most) return { judged: 'pass' }
    const failed = failedOfCause === 0 ? '' : `, ${failedOfCause} ended without proof`
    return {
      judged: 'wait',
      reason: `the wave before is not over: ${containedOfCause} of ${dispatchedOfCause} sessions of this cause are contained${failed}; the next wave starts at ${most}`,
    }
  },
}

/** How many orders of one cause may have been dispatched while so many are contained. */
function dispatchedMax(waveSizes: readonly number[], contained: number): number {
  let most = 0
  for (const size of waveSizes) {
    most += size
    if (contained < most) return most
  }
  return Number.POSITIVE_INFINITY
}
