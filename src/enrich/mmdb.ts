import { readFile } from 'node:fs/promises'
import type { Response } from 'mmdb-lib'
import { Reader } from 'mmdb-lib'
import { BoundedCache } from '../process/bounded-cache.ts'
import type { Address } from './address.ts'
import { ipv4At, ipv6At } from './address.ts'
import type { Database } from './database.ts'
import { ageWarnings, databaseFailure, databaseOf, dayOf } from './database.ts'

/** One or several MMDB files that together answer for all addresses. */
export interface Mmdb {
  /** The record of an address as it was decoded, with the build that says so. */
  readonly find: (address: Address) => { readonly record: unknown; readonly build: string }
  readonly database: Database
  readonly warnings: readonly string[]
  /** Records that could not be decoded so far: a damaged page answers nothing, and is counted. */
  readonly faults: () => number
}

interface OpenFile {
  readonly reader: Reader<Response>
  readonly build: string
  readonly builtAt: number
  readonly warnings: readonly string[]
}

/**
 * Reads MMDB files whole into memory. `files` is one path, or several separated by commas when
 * IPv4 and IPv6 come apart; they are asked in that order.
 *
 * `accepts` says whether a record is of the kind wanted: handing in an ASN file as the city file
 * would otherwise look like a world without places.
 *
 * @throws CurfewError ENRICH_DATABASE when a file is missing, is no MMDB, or holds other records.
 */
export async function openMmdb({
  files,
  wanted,
  accepts,
  now,
}: {
  readonly files: string
  /** The records wanted, in words for the failure. */
  readonly wanted: string
  readonly accepts: (record: unknown) => boolean
  readonly now: number
}): Promise<Mmdb> {
  const paths = files.split(',').map((path) => path.trim())
  const opened: OpenFile[] = []
  for (const path of paths) opened.push(await openOne(path, wanted, accepts, now))
  const oldest = opened.reduce(
    (least, file) => Math.min(least, file.builtAt),
    Number.POSITIVE_INFINITY,
  )
  const build = opened.map((file) => file.build).join('+')
  let faults = 0
  return {
    find(address) {
      for (const { reader, build } of opened) {
        // An IPv4 tree asked for an IPv6 address would walk its first 32 bits and answer wrongly.
        if (address.family === 6 && reader.metadata.ipVersion === 4) continue
        try {
          const record: unknown = reader.get(address.text)
          if (record !== null) return { record, build }
        } catch {
          faults++
        }
      }
      return { record: null, build }
    },
    database: databaseOf(build, oldest, now),
    warnings: opened.flatMap((file) => file.warnings),
    faults: () => faults,
  }
}

async function openOne(
  path: string,
  wanted: string,
  accepts: (record: unknown) => boolean,
  now: number,
): Promise<OpenFile> {
  const todo = 'Give the path of a readable .mmdb file, or leave the setting out.'
  let reader: Reader<Response>
  let sample: unknown
  try {
    reader = new Reader<Response>(await readFile(path), {
      cache: new BoundedCache<string | number, unknown>(decodedMax),
    })
    checkTree(reader)
    sample = firstRecord(reader)
  } catch (error) {
    throw databaseFailure(path, 'a MaxMind DB (MMDB) file', error, todo)
  }
  if (!accepts(sample)) {
    const fields = sample === null ? 'no record at all' : `fields ${fieldsOf(sample)}`
    throw databaseFailure(path, `records with ${wanted}`, fields, 'Check which file is which.')
  }
  const builtAt = reader.metadata.buildEpoch.getTime()
  const build = `${nameOf(reader.metadata.databaseType)}@${dayOf(builtAt)}`
  return { reader, build, builtAt, warnings: ageWarnings(path, databaseOf(build, builtAt, now)) }
}

/** Decoded records kept per file; neighbouring addresses share them. */
const decodedMax = 10_000

/** Networks walked at most to find the first record; real files have one within a few dozen. */
const sampleStepsMax = 4096

function checkTree({ metadata }: Reader<Response>): void {
  const { ipVersion, nodeCount, searchTreeSize } = metadata
  if (ipVersion !== 4 && ipVersion !== 6) throw new Error(`IP version ${ipVersion}`)
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || !Number.isFinite(searchTreeSize)) {
    throw new Error('a search tree without nodes')
  }
}

/** Walks the address space network by network until one holds a record; null when none does. */
function firstRecord(reader: Reader<Response>): unknown {
  const wide = reader.metadata.ipVersion === 6
  const end = 1n << (wide ? 128n : 32n)
  let place = 0n
  for (let step = 0; step < sampleStepsMax && place < end; step++) {
    const address = wide ? ipv6At(place) : ipv4At(Number(place))
    const [record, prefix] = reader.getWithPrefixLength(address.text)
    if (record !== null) return record
    place += end >> BigInt(prefix)
  }
  return null
}

function fieldsOf(record: unknown): string {
  return typeof record === 'object' && record !== null
    ? Object.keys(record).slice(0, 12).join(', ')
    : typeof record
}

/** The type a file gives itself, made safe to be part of a word. */
function nameOf(databaseType: unknown): string {
  const name = String(databaseType)
    .replaceAll(/[^\w.-]+/g, '-')
    .slice(0, 64)
  return name === '' ? 'mmdb' : name
}
