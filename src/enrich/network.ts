import type { Network } from '../contract/enriched-event.ts'
import { noNetwork } from '../contract/enriched-event.ts'
import type { NetworkClass } from '../contract/event-words.ts'
import type { Address, AddressKind } from './address.ts'
import { rangeOf } from './address.ts'
import type { NetworkRecord } from './compile.ts'
import type { Database } from './database.ts'
import { databaseOf, noDatabase } from './database.ts'
import { classByName, knownHolders, knownNetworksBuild } from './known-asns.ts'
import { knownBlocks } from './known-blocks.ts'
import { openMmdb } from './mmdb.ts'
import { readNetworksFile } from './networks-file.ts'
import { RangeTable } from './ranges.ts'
import type { NetworkFacts } from './records.ts'
import { networkFactsOf } from './records.ts'
import type { Table } from './table.ts'

/** Looks up which network an address belongs to and of what class that is. */
export interface Networks {
  readonly find: (address: Address, kind: AddressKind) => Network
  /** What is known of a network by its number alone. */
  readonly classOf: (asn: number) => { readonly class: NetworkClass; readonly saidBy: string }
  readonly database: Database
  readonly list: Database
  readonly warnings: readonly string[]
  readonly faults: () => number
}

/**
 * Opens what tells networks: the operator's MMDB ASN file (one path, or two with a comma) or without
 * one the table of our own, the operator's list of blocks, and our own lists, which are always there.
 *
 * Who decides the class, first come first served: the operator's list, our blocks, our numbers, the
 * ASN database, the network's name. Number and name come from the ASN database when it knows them.
 *
 * States: `hit` when any of them answered. Without an answer it is `miss` only when an ASN database
 * was asked; without one nobody looked, which is `not_evaluable`. Private and other special
 * addresses are `not_evaluable` too, unless the operator's list names them.
 *
 * @throws CurfewError ENRICH_DATABASE when a file cannot be used.
 */
export async function openNetworks({
  asnFile,
  table,
  networksFile,
  now,
}: {
  readonly asnFile?: string | undefined
  readonly table?: Table | undefined
  readonly networksFile?: string | undefined
  readonly now: number
}): Promise<Networks> {
  const numbers = await openNumbers(asnFile, table, now)
  const list = networksFile === undefined ? undefined : await readNetworksFile(networksFile, now)
  const known = knownTables()
  const find = (address: Address, kind: AddressKind): Network => {
    const listed = list?.ranges.find(address.value)
    if (kind !== 'public' && listed === undefined) {
      return kind === 'private' ? privateNetwork : noNetwork
    }
    const { facts, build } = numbers.facts(address)
    const numbered = facts === undefined ? '' : build
    if (listed !== undefined) {
      const saidBy = joined(list?.database.build ?? '', numbered)
      return networkOf(facts, listed.name, listed.class, saidBy)
    }
    const seen = known.blocks.find(address.value) ?? known.asns.get(facts?.asn ?? 0)
    if (seen !== undefined) {
      const saidBy = joined(knownNetworksBuild, numbered)
      return networkOf(facts ?? { ...seen, hosting: false }, '', seen.class, saidBy)
    }
    if (facts !== undefined) return byOwnWords(facts, numbered)
    if (build === '') return noNetwork
    return { ...noNetwork, state: 'miss', saidBy: build }
  }
  return {
    find,
    classOf(asn) {
      const seen = known.asns.get(asn)
      return {
        class: seen?.class ?? 'unknown',
        saidBy: seen === undefined ? '' : knownNetworksBuild,
      }
    },
    database: numbers.database,
    list: list?.database ?? noDatabase,
    warnings: numbers.warnings,
    faults: numbers.faults,
  }
}

const privateNetwork: Network = { ...noNetwork, class: 'private' }

function networkOf(
  facts: NetworkFacts | undefined,
  name: string,
  networkClass: NetworkClass,
  saidBy: string,
): Network {
  return {
    state: 'hit',
    asn: facts?.asn ?? 0,
    name: name || (facts?.name ?? ''),
    class: networkClass,
    saidBy,
  }
}

function byOwnWords(facts: NetworkFacts, saidBy: string): Network {
  if (facts.hosting) return networkOf(facts, '', 'hosting', saidBy)
  const named = classByName(facts.name)
  const by = named === 'unknown' ? saidBy : joined(knownNetworksBuild, saidBy)
  return networkOf(facts, '', named, by)
}

function joined(first: string, second: string): string {
  return second === '' ? first : `${first}+${second}`
}

/** Who holds an address, by number and name. */
interface Numbers {
  /** `build` is '' when there is nobody to ask. */
  readonly facts: (address: Address) => { facts: NetworkFacts | undefined; build: string }
  readonly database: Database
  readonly warnings: readonly string[]
  readonly faults: () => number
}

async function openNumbers(
  asnFile: string | undefined,
  table: Table | undefined,
  now: number,
): Promise<Numbers> {
  if (asnFile !== undefined) return openAsnFile(asnFile, now)
  const silent = { warnings: [], faults: () => 0 }
  if (table === undefined) {
    return { facts: () => ({ facts: undefined, build: '' }), database: noDatabase, ...silent }
  }
  const { build, builtAt } = table.about
  return {
    facts(address) {
      // The table was written by `compileNetworks` with such records, and its checksum was right.
      const record = table.find(address) as NetworkRecord | undefined
      if (record === undefined) return { facts: undefined, build }
      return { facts: { asn: record[0], name: record[1], hosting: false }, build }
    },
    database: databaseOf(build, builtAt, now),
    ...silent,
  }
}

async function openAsnFile(files: string, now: number): Promise<Numbers> {
  const { find, database, warnings, faults } = await openMmdb({
    files,
    wanted: 'an AS number (MaxMind, ip-location-db or IPinfo ASN database)',
    accepts: (record) => networkFactsOf(record) !== undefined,
    now,
  })
  return {
    facts(address) {
      const { record, build } = find(address)
      return { facts: networkFactsOf(record), build }
    },
    database,
    warnings,
    faults,
  }
}

interface KnownNetwork {
  readonly asn: number
  readonly class: NetworkClass
  readonly name: string
}

function knownTables() {
  const asns = new Map<number, KnownNetwork>(
    Object.entries(knownHolders).flatMap(([word, holders]) =>
      Object.entries(holders).flatMap(([name, numbers]) =>
        // The keys of `knownHolders` are classes; Object.entries widens them to string.
        numbers.map((asn) => [asn, { asn, class: word as NetworkClass, name }] as const),
      ),
    ),
  )
  const blocks = new RangeTable<KnownNetwork>(
    knownBlocks.flatMap(({ blocks: texts, ...value }) =>
      texts.split(/\s+/).flatMap((text) => {
        const range = rangeOf(text)
        return range === undefined ? [] : [{ ...range, value }]
      }),
    ),
  )
  return { asns, blocks }
}
