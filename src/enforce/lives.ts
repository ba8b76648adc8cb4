/** One life of a session id: the instants, ms since the epoch, from which and before which it held. */
export interface Life {
  readonly incarnation: number
  readonly from: number
  readonly until: number
}

/** A creation this much after an end is a new life and no clock skew; the view says the same. */
const skewMs = 5_000

/**
 * The lives of a session id, by the rule of the view `session_lives`: each creation that more known
 * ends precede than the one before it opens the next life. A pure function of the set of facts.
 */
export function livesOf(creations: readonly number[], ends: readonly number[]): readonly Life[] {
  const opened: number[] = []
  let before = 0
  for (const creation of creations.toSorted((a, b) => a - b)) {
    const count = ends.filter((end) => end + skewMs < creation).length
    if (count > before) opened.push(creation)
    before = count
  }
  return [Number.NEGATIVE_INFINITY, ...opened].map((from, incarnation) => ({
    incarnation,
    from,
    until: opened[incarnation] ?? Number.POSITIVE_INFINITY,
  }))
}
