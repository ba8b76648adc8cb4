import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { NetworkClass } from '../contract/event-words.ts'
import { rangeOf } from './address.ts'
import type { Database } from './database.ts'
import { databaseFailure, databaseOf, dayOf } from './database.ts'
import type { Range } from './ranges.ts'
import { RangeTable } from './ranges.ts'

export interface ListedNetwork {
  readonly class: NetworkClass
  readonly name: string
}

export interface NetworksFile {
  readonly ranges: RangeTable<ListedNetwork>
  readonly database: Database
}

const classes: ReadonlyMap<string, NetworkClass> = new Map(
  NetworkClass.anyOf.map((schema) => [schema.const, schema.const]),
)

/**
 * Reads the operator's list of networks: one `CIDR,class,name` per line, the name optional and free
 * to hold commas; empty lines and lines that begin with `#` are skipped. The narrowest block wins,
 * of two equal ones the later line. Its build is the day of the file and a digest of its bytes.
 *
 * @throws CurfewError ENRICH_DATABASE naming the first bad line: a list read in part would let the
 * rest of a VPN's addresses pass as ordinary ones.
 */
export async function readNetworksFile(path: string, now: number): Promise<NetworksFile> {
  let bytes: Buffer
  let changedAt: number
  try {
    bytes = await readFile(path)
    changedAt = (await stat(path)).mtimeMs
  } catch (error) {
    throw databaseFailure(path, 'a readable list of networks', error, 'Check path and rights.')
  }
  const ranges: Range<ListedNetwork>[] = []
  for (const [index, line] of bytes.toString('utf8').split(/\r?\n/).entries()) {
    // Trimming also takes the byte order mark that spreadsheets put in front.
    const text = line.trim()
    if (text !== '' && !text.startsWith('#')) ranges.push(rangeOnLine(path, index + 1, text))
  }
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
  const build = `networks-file@${dayOf(changedAt)}/${digest}`
  return { ranges: new RangeTable(ranges), database: databaseOf(build, changedAt, now) }
}

function rangeOnLine(path: string, number: number, text: string): Range<ListedNetwork> {
  const [cidr = '', word = '', ...rest] = text.split(',')
  const range = rangeOf(cidr.trim())
  const networkClass = classes.get(word.trim().toLowerCase())
  if (range === undefined || networkClass === undefined) {
    throw databaseFailure(
      `${path}, line ${number}`,
      `CIDR,class,name with a class of ${[...classes.keys()].join(' ')}`,
      `'${text.slice(0, 80)}'`,
      'Correct or remove the line.',
    )
  }
  return { ...range, value: { class: networkClass, name: rest.join(',').trim().slice(0, 128) } }
}
