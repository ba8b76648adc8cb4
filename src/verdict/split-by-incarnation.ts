import type { Incarnation } from './incarnations.ts'
import type { SessionFacts } from './session-facts.ts'

/**
 * Splits the facts of a session id by incarnation (oldest first), in one pass over the instants.
 * At the instant at which an incarnation begins, a sign of life belongs to it and an end to the
 * one before.
 */
export function splitByIncarnation(
  known: SessionFacts,
  incarnations: readonly Incarnation[],
): readonly SessionFacts[] {
  if (incarnations.length <= 1) return [known]
  const signs = (instants: readonly number[]) =>
    Map.groupBy(instants, (at) => indexIn(incarnations, (from) => from <= at))
  const ends = <Item>(items: readonly Item[], atOf: (item: Item) => number) =>
    Map.groupBy(items, (item) => indexIn(incarnations, (from) => from < atOf(item)))
  const itself = (at: number): number => at
  const creations = signs(known.creations)
  const calls = signs(known.calls)
  const acknowledged = signs(known.acknowledged)
  const nothingLeft = signs(known.nothingLeft)
  const usedAts = signs(known.usedAts)
  const listing = signs(known.shownAts.listing)
  const read = signs(known.shownAts.read)
  const ended = ends(known.ends, itself)
  const refused = ends(known.refusals, itself)
  const gone = ends(known.gone, ({ at }) => at)
  const pairs = Map.groupBy(known.pairs, ({ incarnation }) => incarnation)
  return incarnations.map(({ incarnation }, place) => ({
    ...known,
    creations: creations.get(place) ?? [],
    calls: calls.get(place) ?? [],
    acknowledged: acknowledged.get(place) ?? [],
    nothingLeft: nothingLeft.get(place) ?? [],
    usedAts: usedAts.get(place) ?? [],
    shownAts: { listing: listing.get(place) ?? [], read: read.get(place) ?? [] },
    ends: ended.get(place) ?? [],
    refusals: refused.get(place) ?? [],
    gone: gone.get(place) ?? [],
    pairs: pairs.get(incarnation) ?? [],
  }))
}

/** The last incarnation that has begun; the first where none has. */
function indexIn(
  incarnations: readonly Incarnation[],
  hasBegun: (from: number) => boolean,
): number {
  let [low, high] = [0, incarnations.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (hasBegun(incarnations[middle]?.from ?? 0)) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
