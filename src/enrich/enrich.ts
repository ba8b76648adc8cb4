import type { EnrichedEvent, LookupState, Network, Place } from '../contract/enriched-event.ts'
import { noNetwork, noPlace } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { Placing } from '../contract/placing.ts'
import { placingOf, placings } from '../contract/placing.ts'
import type { Meter, Now } from '../contract/ports.ts'
import { TwoGenerations } from '../two-generations.ts'
import { addressOf, makeKindOf } from './address.ts'
import type { Database } from './database.ts'
import type { DefaultTablesPorts } from './default-tables.ts'
import { openDefaultTables } from './default-tables.ts'
import type { Devices } from './device.ts'
import { makeDevices } from './device.ts'
import type { Given, LookedClass } from './given.ts'
import { makeGiven } from './given.ts'
import type { Networks } from './network.ts'
import { openNetworks } from './network.ts'
import type { Places } from './place.ts'
import { openPlaces } from './place.ts'

export interface Enrich extends AsyncDisposable {
  /**
   * One enriched event per event, in the same order. Places, networks and devices are shared by
   * reference among events and must not be changed. Never throws for what an event holds.
   */
  readonly enrich: (events: readonly SessionEvent[]) => readonly EnrichedEvent[]
  /** Which builds answer: of the place data, the ASN data, and the operator's list of networks. */
  readonly databases: {
    readonly place: Database
    readonly network: Database
    readonly list: Database
  }
  /** Sentences for the operator about files that are old or do not say how old they are. */
  readonly warnings: readonly string[]
}

export interface EnrichPorts {
  /** MMDB city file, or two with a comma (IPv4, IPv6); goes before our own table. */
  readonly cityFile?: string | undefined
  /** MMDB ASN file, or two with a comma; goes before our own table. */
  readonly asnFile?: string | undefined
  /**
   * Whence our own tables come. Without them, or their packages, geoip-lite tells places and most
   * numbers are not evaluable.
   */
  readonly defaults?: DefaultTablesPorts | undefined
  /** The operator's list of networks, one `CIDR,class,name` per line. */
  readonly networksFile?: string | undefined
  readonly now: Now
  readonly meter: Meter
  /** New user agents read per second of `now`; beyond it a device is a `miss`. */
  readonly missesPerSecondMax?: number
  /** Milliseconds of each second of `now` that reading them may take; 100 unless said. */
  readonly readingMsMax?: number
  /** Addresses kept; a cache smaller than those in use costs more than all detectors together. */
  readonly cacheMax?: number
}

/** What is known of one address; both look-ups under one key, so that an event pays for one. */
interface Looked {
  readonly place: Place
  readonly network: Network
}

/** Distinct user agents kept, and distinct places and networks that events bring along. */
const agentCacheMax = 5_000
const givenCacheMax = 10_000

/**
 * Opens the stage that says from where and from what an event came. Facts the event brings along
 * win over our look-ups, and `saidBy` says so.
 *
 * Files are read whole before this resolves. Closing drops the caches; the bundled place data stays
 * with the process, because its package keeps one copy for everybody.
 *
 * @throws CurfewError ENRICH_DATABASE when a file cannot be used: what was expected, what was found
 * and what to do. Nothing is opened halfway.
 */
export async function openEnrich({
  cityFile,
  asnFile,
  defaults,
  networksFile,
  now,
  meter,
  missesPerSecondMax = 2_000,
  readingMsMax,
  cacheMax = 50_000,
}: EnrichPorts): Promise<Enrich> {
  const openedAt = now()
  const tables = await openTables({ cityFile, asnFile, defaults })
  const table = tables?.networks
  const networks = await openNetworks({ asnFile, table, networksFile, now: openedAt })
  const places = await openPlaces({ cityFile, table: tables?.places, now: openedAt })
  const devices = makeDevices({
    now,
    missesPerSecondMax,
    readingMsMax,
    cacheMax: agentCacheMax,
  })
  const given = makeGiven({ cacheMax: givenCacheMax })
  const addresses = new TwoGenerations<string, Looked>(cacheMax)
  const look = makeLook({ places, networks, addresses })
  const parts = { look, given, networks, devices }
  const report = makeReport({ meter, addresses, devices, places, networks })
  return {
    enrich(events) {
      const enriched = events.map((event) => enrichOne(event, parts))
      report(enriched)
      return enriched
    },
    databases: { place: places.database, network: networks.database, list: networks.list },
    warnings: [...(tables?.warnings ?? []), ...places.warnings, ...networks.warnings],
    async [Symbol.asyncDispose]() {
      addresses.clear()
      devices.cache.clear()
    },
  }
}

/** Only those in whose place the operator gives no file. */
async function openTables({
  cityFile,
  asnFile,
  defaults,
}: Pick<EnrichPorts, 'cityFile' | 'asnFile' | 'defaults'>) {
  if (defaults === undefined) return undefined
  const files = { places: cityFile, networks: asnFile }
  const wanted = (['places', 'networks'] as const).filter((name) => files[name] === undefined)
  return await openDefaultTables(wanted, defaults)
}

interface Parts {
  readonly look: (ip: string) => Looked
  readonly given: Given
  readonly networks: Networks
  readonly devices: Devices
}

function enrichOne(event: SessionEvent, { look, given, networks, devices }: Parts): EnrichedEvent {
  const { givenPlace, givenNetwork } = event
  const looked = look(event.ip)
  let network = looked.network
  if (givenNetwork !== null) {
    network = given.networkOf(givenNetwork, knownClass(network, givenNetwork.asn, networks))
  }
  return {
    event,
    place: givenPlace === null ? looked.place : given.placeOf(givenPlace),
    network,
    device: devices.find(event.userAgent),
  }
}

/** By address when a look-up knows the class, else by the number the event gave. */
function knownClass(looked: Network, asn: number, networks: Networks): LookedClass {
  if (looked.state === 'hit' && looked.class !== 'unknown') return looked
  const numbered = networks.classOf(asn)
  return numbered.class === 'unknown' ? { class: looked.class, saidBy: '' } : numbered
}

const nowhere: Looked = { place: noPlace, network: noNetwork }

function makeLook({
  places,
  networks,
  addresses,
}: {
  readonly places: Places
  readonly networks: Networks
  readonly addresses: TwoGenerations<string, Looked>
}): (ip: string) => Looked {
  const kindOf = makeKindOf()
  const lookUp = (ip: string): Looked => {
    const address = addressOf(ip)
    if (address === undefined) return nowhere
    const kind = kindOf(address)
    const network = networks.find(address, kind)
    return { place: places.find(address, kind, network.class), network }
  }
  return (ip) => {
    if (ip === '') return nowhere
    const known = addresses.get(ip)
    if (known !== undefined) return known
    const looked = lookUp(ip)
    addresses.set(ip, looked)
    return looked
  }
}

/** Tells the meter once per batch what a batch did: states per look-up, caches, faults. */
function makeReport({
  meter,
  addresses,
  devices,
  places,
  networks,
}: {
  readonly meter: Meter
  readonly addresses: TwoGenerations<string, Looked>
  readonly devices: Devices
  readonly places: Places
  readonly networks: Networks
}): (batch: readonly EnrichedEvent[]) => void {
  const totals = [
    {
      name: 'curfew_enrich_cache_hits_total',
      labels: { cache: 'address' },
      of: () => addresses.hits,
    },
    {
      name: 'curfew_enrich_cache_misses_total',
      labels: { cache: 'address' },
      of: () => addresses.misses,
    },
    {
      name: 'curfew_enrich_cache_hits_total',
      labels: { cache: 'agent' },
      of: () => devices.cache.hits,
    },
    {
      name: 'curfew_enrich_cache_misses_total',
      labels: { cache: 'agent' },
      of: () => devices.cache.misses,
    },
    { name: 'curfew_enrich_agents_postponed_total', labels: {}, of: devices.postponed },
    { name: 'curfew_enrich_faults_total', labels: { database: 'place' }, of: places.faults },
    { name: 'curfew_enrich_faults_total', labels: { database: 'network' }, of: networks.faults },
  ].map((total) => ({ ...total, told: 0 }))
  return (batch) => {
    for (const about of ['place', 'network', 'device'] as const) countStates(meter, about, batch)
    countPlacings(meter, batch)
    for (const total of totals) {
      const reached = total.of()
      if (reached > total.told) meter.count(total.name, total.labels, reached - total.told)
      total.told = reached
    }
  }
}

function countStates(
  meter: Meter,
  about: 'place' | 'network' | 'device',
  batch: readonly EnrichedEvent[],
): void {
  const counts: { [State in LookupState]: number } = { hit: 0, miss: 0, not_evaluable: 0 }
  for (const event of batch) counts[event[about].state]++
  for (const state of ['hit', 'miss', 'not_evaluable'] as const) {
    if (counts[state] > 0)
      meter.count('curfew_enrich_lookups_total', { about, state }, counts[state])
  }
}

/** How many events say where their subject is: the others are judged by no rule about places. */
function countPlacings(meter: Meter, batch: readonly EnrichedEvent[]): void {
  const counts: { [Each in Placing]: number } = { places: 0, elsewhere: 0, not_evaluable: 0 }
  for (const event of batch) counts[placingOf(event)]++
  for (const placing of placings) {
    if (counts[placing] > 0)
      meter.count('curfew_enrich_placings_total', { placing }, counts[placing])
  }
}
