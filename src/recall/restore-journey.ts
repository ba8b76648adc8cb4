import { legOf, placesOf, recentLegsMax } from '../contract/journeys.ts'
import type { Journey, Leg } from '../contract/memory.ts'
import type { MemoryRow } from './load-memory.ts'
import { sessionKindOf } from './session-kind.ts'
import type { SubjectSlot } from './slots.ts'

/**
 * Rebuilds a journey from the finding that told of it. Which of its legs late news may still change
 * the sightings say, which must be in place before.
 */
export function restoreJourney({ text, number }: MemoryRow, slot: SubjectSlot): void {
  const [from = '', to = '', fromCountry = '', toCountry = '', ...ids] = text
  const [fromEventId = '', toEventId = '', kind = '', sessionId = '', ...told] = ids
  const [at, seconds, km, count, lastAt] = number
  const first: Leg = {
    at: at ?? 0,
    seconds: seconds ?? 0,
    km: km ?? 0,
    ...{ from, to, fromCountry, toCountry, fromEventId, toEventId, sessionId },
    sessionKind: sessionKindOf(kind),
  }
  const journey = { places: placesOf(first), first, lastAt: lastAt ?? 0, count: count ?? 1, told }
  slot.journeys = [...slot.journeys, { ...journey, recent: recentOf(journey, slot) }]
}

/** Its legs between sightings that memory holds; its first where it holds none of them. */
function recentOf(journey: Omit<Journey, 'recent'>, { sightings }: SubjectSlot): readonly Leg[] {
  const { told, first, places } = journey
  const legs: Leg[] = []
  for (const [index, to] of sightings.entries()) {
    const from = sightings[index - 1]
    const leg = from && legOf(from, to)
    if (!leg || !told.includes(leg.fromEventId) || !told.includes(leg.toEventId)) continue
    if (placesOf(leg).join() === places.join()) legs.push(leg)
  }
  return legs.length === 0 ? [first] : legs.slice(-recentLegsMax)
}
