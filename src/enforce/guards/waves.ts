import type { Guard } from '../guarding/guard.ts'

/**
 * One cause with many sessions is carried out in waves: a few first, the next when those are over,
 * then the rest. A cause that was told wrongly, or a provider that acknowledges without ending, so
 * shows after ten sessions and not after ten thousand. Approval does not lift it, since many orders
 * can be approved at one stroke.
 */
export const guard: Guard = {
  id: 'waves',
  title: 'The wave before is not contained yet',
  judge: ({ alsoEnds }, { dispatchedOfCause, containedOfCause, failedOfCause }, { guards }) => {
    const most = dispatchedMax(guards.waveSizes, containedOfCause)
    // One call that ends more than a wave holds must go alone, and may.
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
