import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { Device, EnrichedEvent, Network, Place } from '../contract/enriched-event.ts'
import { noDevice, noNetwork, noPlace } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { Meter, Now } from '../contract/ports.ts'
import { BoundedCache } from '../process/bounded-cache.ts'
import { addressOf, makeKindOf } from './address.ts'
import { makeCounts } from './counts.ts'
import type { Database } from './database.ts'
import type { DefaultTablesPorts } from './default-tables.ts'
import { openDefaultTables } from './default-tables.ts'
import type { Devices } from './device.ts'
import { makeDevices } from './device.ts'
import type { Given, LookUpClass } from './given.ts'
import { makeGiven } from './given.ts'
import type { Networks } from './network.ts'
import { openNetworks } from './network.ts'
import type { Places } from './place.ts'
import { openPlaces } from './place.ts'

export interface Enrich extends AsyncDisposable {
  /**
   * One enriched event per event, in the same order. Places, networks and devices are shared by
   * reference among events and must not be changed. Never throws for what an event holds: what a look-up
   * that throws would have said is `not_evaluable`, and the fault goes to `onFault`.
   */
  readonly enrich: (events: readonly SessionEvent[]) => readonly EnrichedEvent[]
  /** Which builds answer: of the place data, the ASN data, and the operator's list of networks. */
  readonly databases: {
    readonly place: Database
    readonly network: Database
    readonly list: Database
  }
  /** Warnings for the operator about files that are old or without a date. */
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
  /** Called for each look-up that threw on an event. */
  readonly onFault?: OnFault | undefined
  /** New user agents read per second of `now`; beyond it a device is a `miss`. */
  readonly missesPerSecondMax?: number
  /** Milliseconds of each second of `now` that reading them may take; 100 unless said. */
  readonly readingMsMax?: number
  /** Addresses kept; a cache smaller than those in use costs more than all detectors together. */
  readonly cacheMax?: number
}

/** Place and network of one address, cached under one key. */
interface AddressFacts {
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
  onFault = () => {},
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
  const addresses = new BoundedCache<string, AddressFacts>(cacheMax)
  const look = makeLook({ places, networks, addresses })
  const parts = partsOf({ look, given, networks, devices }, onFault)
  const count = makeCounts({ meter, addresses, devices, places, networks })
  return {
    enrich(events) {
      const enriched = events.map((event) => enrichOne(event, parts))
      count(enriched)
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

interface LookUps {
  readonly look: (ip: string) => AddressFacts
  readonly given: Given
  readonly networks: Networks
  readonly devices: Devices
}

interface Parts {
  readonly looked: Part<AddressFacts>
  readonly place: Part<Place>
  readonly network: Part<Network>
  readonly device: Part<Device>
}

type Part<Found> = (event: SessionEvent, looked: AddressFacts) => Found

/** What is asked about an event: each by itself, so that one that throws leaves only its own answer out. */
function partsOf({ look, given, networks, devices }: LookUps, onFault: OnFault): Parts {
  return {
    looked: contained('address', (event) => look(event.ip), nowhere, onFault),
    place: contained(
      'place',
      ({ givenPlace }, { place }) => (givenPlace === null ? place : given.placeOf(givenPlace)),
      noPlace,
      onFault,
    ),
    network: contained(
      'network',
      ({ givenNetwork: said }, { network }) =>
        said === null ? network : given.networkOf(said, knownClass(network, said.asn, networks)),
      noNetwork,
      onFault,
    ),
    device: contained('device', (event) => devices.find(event.userAgent), noDevice, onFault),
  }
}

/** Turns an error of a look-up into `none`. */
function contained<Found>(
  part: string,
  find: Part<Found>,
  none: Found,
  onFault: OnFault,
): Part<Found> {
  return (event, looked) => {
    try {
      return find(event, looked)
    } catch (error) {
      const { tenant, instance, source } = event
      onFault({ tenant, instance, source, stage: 'enrich', part, ...thrownOn(error) })
      return none
    }
  }
}

function enrichOne(event: SessionEvent, { looked: lookUp, place, network, device }: Parts) {
  const looked = lookUp(event, nowhere)
  return {
    event,
    place: place(event, looked),
    network: network(event, looked),
    device: device(event, looked),
  }
}

/** By address when a look-up knows the class, else by the number the event gave. */
function knownClass(looked: Network, asn: number, networks: Networks): LookUpClass {
  if (looked.state === 'hit' && looked.class !== 'unknown') return looked
  const numbered = networks.classOf(asn)
  return numbered.class === 'unknown' ? { class: looked.class, saidBy: '' } : numbered
}

const nowhere: AddressFacts = { place: noPlace, network: noNetwork }

function makeLook({
  places,
  networks,
  addresses,
}: {
  readonly places: Places
  readonly networks: Networks
  readonly addresses: BoundedCache<string, AddressFacts>
}): (ip: string) => AddressFacts {
  const kindOf = makeKindOf()
  const lookUp = (ip: string): AddressFacts => {
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
