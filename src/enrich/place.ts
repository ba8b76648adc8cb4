import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Place } from '../contract/enriched-event.ts'
import { noPlace } from '../contract/enriched-event.ts'
import type { NetworkClass } from '../contract/event-words.ts'
import { accuracyOf, cityKm, countryReachKm } from './accuracy.ts'
import type { Address, AddressKind } from './address.ts'
import type { PlaceRecord } from './compile.ts'
import type { Database } from './database.ts'
import { databaseFailure, databaseOf, dayOf } from './database.ts'
import { openMmdb } from './mmdb.ts'
import type { PlaceFacts } from './records.ts'
import { coordinatesOf, countryOf, placeFactsOf } from './records.ts'
import type { Table } from './table.ts'

/** Looks up where an address is. */
export interface Places {
  readonly find: (address: Address, kind: AddressKind, network: NetworkClass) => Place
  readonly database: Database
  readonly warnings: readonly string[]
  readonly faults: () => number
}

interface PlaceData {
  readonly facts: (address: Address) => { facts: PlaceFacts | undefined; build: string }
  readonly database: Database
  readonly warnings: readonly string[]
  readonly faults: () => number
}

/**
 * Opens the operator's MMDB city file, without one the table of our own, and without either the data
 * that geoip-lite brings along.
 *
 * `cityFile` may be two paths with a comma, IPv4 and IPv6. The data of geoip-lite takes about 110 MB
 * and stays loaded for the life of the process; it is loaded only when it is needed.
 *
 * @throws CurfewError ENRICH_DATABASE when the file or the bundled data cannot be used.
 */
export async function openPlaces({
  cityFile,
  table,
  now,
}: {
  readonly cityFile?: string | undefined
  readonly table?: Table | undefined
  readonly now: number
}): Promise<Places> {
  const data = await openData(cityFile, table, now)
  return {
    find(address, kind, network) {
      if (kind !== 'public' || hidesPlace.has(network)) return noPlace
      const { facts, build } = data.facts(address)
      if (facts === undefined) return { ...noPlace, state: 'miss', saidBy: build }
      const place = placeOf(facts, build)
      return blursPlace.has(network) ? blurred(place) : place
    },
    database: data.database,
    warnings: data.warnings,
    faults: data.faults,
  }
}

/** The exit of a relay, gateway, VPN or of Tor is where the operator's machine is, not the person. */
const hidesPlace: ReadonlySet<NetworkClass> = new Set(['relay', 'gateway', 'vpn', 'tor'])

/** Carriers route a whole country through few gateways: only the country can be relied on. */
const blursPlace: ReadonlySet<NetworkClass> = new Set(['mobile', 'satellite'])

/** A place as said; without coordinates it has no radius either. */
export function placeOf(facts: PlaceFacts, saidBy: string): Place {
  const { country, region, city, latitude, longitude } = facts
  const accuracyKm = latitude === null ? null : accuracyOf(facts)
  return { state: 'hit', country, region, city, latitude, longitude, accuracyKm, saidBy }
}

function blurred(place: Place): Place {
  if (place.accuracyKm === null) return place
  return { ...place, accuracyKm: Math.max(place.accuracyKm, countryReachKm(place.country)) }
}

function openData(cityFile: string | undefined, table: Table | undefined, now: number) {
  if (cityFile !== undefined) return openCityFile(cityFile, now)
  return table === undefined ? openBundled(now) : dataOfTable(table, now)
}

function dataOfTable({ about: { build, builtAt }, find }: Table, now: number): PlaceData {
  return {
    facts(address) {
      // The table was written by `compilePlaces` with such records, and its checksum was right.
      const record = find(address) as PlaceRecord | undefined
      if (record === undefined) return { facts: undefined, build }
      const [country, region, city, latitude, longitude] = record
      return { facts: { country, region, city, latitude, longitude, accuracyKm: null }, build }
    },
    database: databaseOf(build, builtAt, now),
    warnings: [],
    faults: () => 0,
  }
}

async function openCityFile(files: string, now: number): Promise<PlaceData> {
  const mmdb = await openMmdb({
    files,
    wanted: 'a country or coordinates (MaxMind, ip-location-db or IPinfo city database)',
    accepts: (record) => placeFactsOf(record) !== undefined,
    now,
  })
  return {
    facts(address) {
      const { record, build } = mmdb.find(address)
      return { facts: placeFactsOf(record), build }
    },
    database: mmdb.database,
    warnings: mmdb.warnings,
    faults: mmdb.faults,
  }
}

async function openBundled(now: number): Promise<PlaceData> {
  try {
    const require = createRequire(import.meta.url)
    const folder = join(dirname(require.resolve('geoip-lite')), '..', 'data')
    // The package lets the environment swap its folder; the build told here must be the one read.
    Object.assign(globalThis, { geodatadir: folder })
    const { default: geoip } = await import('geoip-lite')
    Reflect.deleteProperty(globalThis, 'geodatadir')
    const version = String(require('geoip-lite/package.json').version)
    const builtAt = await bundledBuiltAt(folder)
    const build = `geoip-lite@${version}/${dayOf(builtAt)}`
    return {
      facts: (address) => ({ facts: bundledFacts(geoip.lookup(address.text)), build }),
      database: databaseOf(build, builtAt, now),
      warnings: [],
      faults: () => 0,
    }
  } catch (error) {
    throw databaseFailure(
      'geoip-lite',
      'the data files of the installed package',
      error,
      'Install the packages again, or give an MMDB city file.',
    )
  }
}

/**
 * When the bundled data was built, or NaN. The package does not say: its checksum file holds the
 * digest of the archive, in newer builds with the date in the archive's name. The digest below is
 * of the archive of late August 2019, from before the licence that forbids to pass it on. The time
 * of the files themselves is that of the installation and would make any data look fresh.
 */
async function bundledBuiltAt(folder: string): Promise<number> {
  const checksum = await readFile(join(folder, 'city.checksum'), 'utf8')
  if (checksum.startsWith('738794f02b34c28847582790e570b533')) return Date.UTC(2019, 7, 28)
  const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})\.zip/.exec(checksum) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(day))
}

function bundledFacts(
  found: {
    readonly country: string
    readonly region: string
    readonly city: string
    readonly ll: readonly [number, number]
    readonly area?: number
  } | null,
): PlaceFacts | undefined {
  const country = countryOf(found?.country)
  if (found === null || country === '') return undefined
  return {
    country,
    region: found.region,
    city: found.city,
    ...coordinatesOf(found.ll[0], found.ll[1]),
    // Its radii were true when it was built; years later a kilometre is no honest claim.
    accuracyKm: Math.max(found.area ?? 0, cityKm),
  }
}
