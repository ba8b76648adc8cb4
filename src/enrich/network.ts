import type { Network } from '../contract/enriched-event.ts'
import type { NetworkClass } from '../contract/event-words.ts'
import type { Address, AddressKind } from './address.ts'
import { rangeOf } from './address.ts'
import type { Database } from './database.ts'
import { noDatabase } from './database.ts'
import { knownHolders, knownNetworksBuild } from './known-asns.ts'
import { knownBlocks } from './known-blocks.ts'
import { openMmdb } from './mmdb.ts'
import { readNetworksFile } from './networks-file.ts'
import { RangeTable } from './ranges.ts'
import type { NetworkFacts } from './records.ts'
import { networkFactsOf } from './records.ts'

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
 * Opens what tells networks: the operator's MMDB ASN file (one path, or two with a comma), the
 * operator's list of blocks, and our own small tables, which are always there.
 *
 * Who decides the class, first come first served: the operator's list, our blocks, our numbers, the
 * ASN database. Number and name come from the ASN database when it knows them.
 *
 * States: `hit` when any of them answered. Without an answer it is `miss` only when an ASN database
 * was asked; without one nobody looked, which is `not_evaluable`. Private and other special
 * addresses are `not_evaluable` too, unless the operator's list names them.
 *
 * @throws CurfewError ENRICH_DATABASE when a file cannot be used.
 */
export async function openNetworks({
  asnFile,
  networksFile,
  now,
}: {
  readonly asnFile?: string | undefined
  readonly networksFile?: string | undefined
  readonly now: number
}): Promise<Networks> {
  const mmdb = asnFile === undefined ? undefined : await openAsnFile(asnFile, now)
  const list = networksFile === undefined ? undefined : await readNetworksFile(networksFile, now)
  const known = knownTables()
  const find = (address: Address, kind: AddressKind): Network => {
    const listed = list?.ranges.find(address.value)
    if (kind !== 'public' && listed === undefined) {
      return kind === 'private' ? privateNetwork : unknownNetwork
    }
    const answer = mmdb?.find(address)
    const facts = networkFactsOf(answer?.record)
    const numbered = facts === undefined ? '' : (answer?.build ?? '')
    if (listed !== undefined) {
      const saidBy = joined(list?.database.build ?? '', numbered)
      return networkOf(facts, listed.name, listed.class, saidBy)
    }
    const seen = known.blocks.find(address.value) ?? known.asns.get(facts?.asn ?? 0)
    if (seen !== undefined) {
      const saidBy = joined(knownNetworksBuild, numbered)
      return networkOf(facts ?? { ...seen, hosting: false }, '', seen.class, saidBy)
    }
    if (facts !== undefined) {
      return networkOf(facts, '', facts.hosting ? 'hosting' : 'unknown', numbered)
    }
    if (answer === undefined) return unknownNetwork
    return { ...unknownNetwork, state: 'miss', saidBy: answer.build }
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
    database: mmdb?.database ?? noDatabase,
    list: list?.database ?? noDatabase,
    warnings: mmdb?.warnings ?? [],
    faults: () => mmdb?.faults() ?? 0,
  }
}

export const unknownNetwork: Network = {
  state: 'not_evaluable',
  asn: 0,
  name: '',
  class: 'unknown',
  saidBy: '',
}

const privateNetwork: Network = { ...unknownNetwork, class: 'private' }

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

function joined(first: string, second: string): string {
  return second === '' ? first : `${first}+${second}`
}

function openAsnFile(files: string, now: number) {
  return openMmdb({
    files,
    wanted: 'an AS number (MaxMind, ip-location-db or IPinfo ASN database)',
    accepts: (record) => networkFactsOf(record) !== undefined,
    now,
  })
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
