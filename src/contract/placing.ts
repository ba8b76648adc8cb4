import type { EnrichedEvent, LocatedPlace } from './enriched-event.ts'
import type { SessionEvent } from './event.ts'
import type { IpOf, NetworkClass } from './event-words.ts'

/**
 * Whether an event says where its subject is. Every judgement about places, networks and devices of
 * people asks here: which journey they made, which country is new, which network is fresh.
 */

/**
 * places: the place of the event is where its subject is. elsewhere: it is known to be another's
 * place, that of a server, an administrator or a network whose exits are not where its users are.
 * not_evaluable: nobody can tell. Neither of the last two counts as clean; both are reported.
 */
export type Placing = 'places' | 'elsewhere' | 'not_evaluable'

export const placings: readonly Placing[] = ['places', 'elsewhere', 'not_evaluable']

/**
 * Networks whose users are where a look-up says; all others let people out somewhere else, or have
 * nobody behind them. A carrier's gateway may be far off, but seldom abroad: it gives a country and
 * no distance.
 */
export const placingClasses: readonly NetworkClass[] = ['fixed', 'mobile', 'unknown']
export const locatingClasses: readonly NetworkClass[] = ['fixed', 'unknown']

/** Networks whose addresses stand for so many people that a first use of one says nothing. */
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

/** The country that an event shows its subject in, '' where it shows none. */
export function countryShown(seen: Omit<EnrichedEvent, 'device'>): string {
  return placingOf(seen) === 'places' ? seen.place.country : ''
}

/** The number of the network that an event shows its subject on, 0 where it shows none. */
export function networkShown({ event, network }: Omit<EnrichedEvent, 'device' | 'place'>): number {
  return event.ipOf === 'subject' && !sharedClasses.has(network.class) ? network.asn : 0
}

/** Whether the place can be an end of a journey: it places, and has coordinates with a radius. */
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

/** Whose address counts as the subject's; a statement over the store says the same. */
export const subjectsOwn: IpOf = 'subject'

/**
 * Whether an event shows its subject: a success of the subject's own client. A refused attempt is
 * anybody's, and a session that an impersonator opened is used by the impersonator.
 */
export function showsSubject(
  { type, outcome, ipOf }: SessionEvent,
  session: { readonly openedByActor: boolean } | null,
): boolean {
  if (ipOf !== subjectsOwn || session?.openedByActor === true) return false
  if (type === 'session.used') return outcome === 'accepted'
  return type === 'session.created' || type === 'authentication.succeeded'
}
