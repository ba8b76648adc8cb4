import type { EnrichedEvent, LocatedPlace } from './enriched-event.ts'
import type { SessionEvent } from './event.ts'
import type { IpOf, NetworkClass } from './event-words.ts'

/**
 * Whether an event locates its subject. Every judgement about places, networks and devices of
 * people uses this: journeys, new countries, new networks.
 */

/**
 * places: the place of the event is where its subject is. elsewhere: it is the place of another party:
 * a server, an administrator or a network whose exits are not where its users are.
 * not_evaluable: unknown. Neither of the last two counts as clean; both are reported.
 */
export type Placing = 'places' | 'elsewhere' | 'not_evaluable'

export const placings: readonly Placing[] = ['places', 'elsewhere', 'not_evaluable']

/**
 * Networks whose users are where the look-up places them; users of all others are elsewhere, or
 * are no people. A carrier's gateway may be far away, but rarely abroad: it gives a country and
 * no distance.
 */
export const placingClasses: readonly NetworkClass[] = ['fixed', 'mobile', 'unknown']
export const locatingClasses: readonly NetworkClass[] = ['fixed', 'unknown']

/** Networks whose addresses many people share, so that a first use of one means nothing. */
const sharedClasses: ReadonlySet<NetworkClass> = new Set<NetworkClass>([
  'relay',
  'gateway',
  'private',
])

export function placingOf({ event, place, network }: Omit<EnrichedEvent, 'device'>): Placing {
  if (event.ipOf === 'application' || event.ipOf === 'actor') return 'elsewhere'
  if (event.ipOf === 'unknown') return 'not_evaluable'
  if (!placingClasses.includes(network.class)) return 'elsewhere'
  return place.state === 'hit' ? 'places' : 'not_evaluable'
}

/** The country in which an event locates its subject, '' where it does not. */
export function countryShown(seen: Omit<EnrichedEvent, 'device'>): string {
  return placingOf(seen) === 'places' ? seen.place.country : ''
}

/** The number of the network on which an event locates its subject, 0 where it does not. */
export function networkShown({ event, network }: Omit<EnrichedEvent, 'device' | 'place'>): number {
  return event.ipOf === 'subject' && !sharedClasses.has(network.class) ? network.asn : 0
}

/** Whether the place can be an end of a journey: it locates, and has coordinates with a radius. */
export function isLocated<Seen extends Omit<EnrichedEvent, 'device'>>(
  seen: Seen,
): seen is Seen & { readonly place: LocatedPlace } {
  const { place, network } = seen
  return (
    placingOf(seen) === 'places' &&
    locatingClasses.includes(network.class) &&
    place.latitude !== null &&
    place.longitude !== null &&
    place.accuracyKm !== null
  )
}

/** Values of `ip_of` that count as the subject's; a statement over the store has the same list. */
export const subjectsOwn: IpOf = 'subject'

/**
 * Whether an event locates its subject: a success of the subject's own client. Anybody can make a refused
 * attempt, and the impersonator uses a session that an impersonator opened.
 */
export function showsSubject(
  { type, outcome, ipOf }: SessionEvent,
  session: { readonly openedByActor: boolean } | null,
): boolean {
  if (ipOf !== subjectsOwn || session?.openedByActor === true) return false
  if (type === 'session.used') return outcome === 'accepted'
  return type === 'session.created' || type === 'authentication.succeeded'
}
