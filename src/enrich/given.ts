import type { Network, Place } from '../contract/enriched-event.ts'
import { noPlace } from '../contract/enriched-event.ts'
import type { GivenNetwork, GivenPlace } from '../contract/event.ts'
import { BoundedCache } from '../process/bounded-cache.ts'
import { placeOf } from './place.ts'
import { coordinatesOf, countryOf } from './records.ts'

/**
 * Turns what an event brought along into places and networks, equal facts into one shared object:
 * a million events from one place hold one place.
 */
export interface Given {
  readonly placeOf: (given: GivenPlace) => Place
  /** `looked` answers for the class when the source did not say it. */
  readonly networkOf: (given: GivenNetwork, looked: LookUpClass) => Network
}

export type LookUpClass = Pick<Network, 'class' | 'saidBy'>

/** `cacheMax` bounds how many places, and how many networks, are kept for sharing. */
export function makeGiven({ cacheMax }: { readonly cacheMax: number }): Given {
  const sharedPlace = makeShared<GivenPlace, Place>({
    cacheMax,
    keyOf: ({ city, latitude, country, region }) => city || (latitude ?? `${country}${region}`),
    same: samePlace,
    make: placeSaid,
  })
  const sharedNetwork = makeShared<Network, Network>({
    cacheMax,
    keyOf: ({ asn, name }) => asn || name,
    same: sameNetwork,
    make: (network) => network,
  })
  return {
    placeOf: sharedPlace,
    networkOf: (given, looked) => sharedNetwork(networkSaid(given, looked)),
  }
}

/** Facts that share a key are told apart by comparing; beyond this many, the oldest is forgotten. */
const perKeyMax = 8

/**
 * Keeps one object per distinct content. The key only narrows: spelling all of a place out as text
 * costs seven times as much as comparing its fields.
 */
function makeShared<Said, Known>({
  cacheMax,
  keyOf,
  same,
  make,
}: {
  readonly cacheMax: number
  readonly keyOf: (said: Said) => string | number
  readonly same: (a: Said, b: Said) => boolean
  readonly make: (said: Said) => Known
}): (said: Said) => Known {
  type Entry = { readonly said: Said; readonly known: Known }
  const cache = new BoundedCache<string | number, readonly Entry[]>(
    Math.max(2, Math.floor(cacheMax / perKeyMax)),
  )
  return (said) => {
    const key = keyOf(said)
    const entries = cache.get(key) ?? []
    for (const entry of entries) if (same(entry.said, said)) return entry.known
    const known = make(said)
    cache.set(key, [{ said, known }, ...entries.slice(0, perKeyMax - 1)])
    return known
  }
}

function samePlace(a: GivenPlace, b: GivenPlace): boolean {
  return (
    a.latitude === b.latitude &&
    a.longitude === b.longitude &&
    a.accuracyKm === b.accuracyKm &&
    a.city === b.city &&
    a.region === b.region &&
    a.country === b.country
  )
}

function sameNetwork(a: Network, b: Network): boolean {
  return a.asn === b.asn && a.name === b.name && a.class === b.class && a.saidBy === b.saidBy
}

function placeSaid(given: GivenPlace): Place {
  const facts = {
    country: countryOf(given.country),
    region: given.region,
    city: given.city,
    ...coordinatesOf(given.latitude, given.longitude),
    accuracyKm: given.accuracyKm,
  }
  if (facts.country === '' && facts.latitude === null) return { ...noPlace, saidBy: 'event' }
  const place = placeOf(facts, 'event')
  // A radius the source states stands even where we would be more careful.
  if (given.accuracyKm === null || place.accuracyKm === null) return place
  return { ...place, accuracyKm: given.accuracyKm }
}

function networkSaid({ asn, name, class: said }: GivenNetwork, looked: LookUpClass): Network {
  if (said !== '') return { state: 'hit', asn, name, class: said, saidBy: 'event' }
  const saidBy = looked.saidBy === '' ? 'event' : `event+${looked.saidBy}`
  return { state: 'hit', asn, name, class: looked.class, saidBy }
}
