import type { Ask, Row } from '../contract/ports.ts'
import { fewKeysMemoryQuery, memoryQuery } from './memory-query.ts'

/**
 * Keys of one statement: so many, and together so many characters. The engine refuses a statement of
 * more than 256 KiB, and the ids of sessions may have 256 characters of up to 4 bytes each.
 */
export const keysMax = 5_000
const keyBytesMax = 230 * 1024
/** So many keys may stand in each part of the statement. */
const fewMax = 24

/** What the store knows about missed subjects and sessions, one row a fact. */
export interface MemoryRow {
  readonly part: (typeof parts)[number]
  readonly ref: string
  readonly text: readonly string[]
  /** Milliseconds and degrees; null where unknown. */
  readonly number: readonly (number | null)[]
}

/**
 * Everything the store knows about a batch's missed subjects and sessions, in one statement per
 * (tenant, instance) and page of keys: a query costs the same fixed time whatever it asks for.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function loadMemory(
  ask: Ask,
  asked: {
    readonly tenant: string
    readonly instance: string
    readonly refs: readonly string[]
    readonly sessions: readonly string[]
    /** Those of the sessions whose subject nobody named. */
    readonly orphans: readonly string[]
    /** Sightings before this instant are left where they are, ms since the epoch. */
    readonly since: number
  },
): Promise<readonly MemoryRow[]> {
  const { tenant, instance, since } = asked
  const facts: MemoryRow[] = []
  for (const { refs, sessions, orphans } of pagesOf(asked)) {
    const isFew = orphans.length === 0 && refs.length + sessions.length <= fewMax
    const rows = isFew
      ? await ask(fewKeysMemoryQuery, { tenant, instance, refs, sessions, since })
      : await ask(memoryQuery, { tenant, instance, refs, sessions, orphans, since })
    for (const row of rows) facts.push(memoryRowOf(row))
  }
  return facts
}

type Asked = Parameters<typeof loadMemory>[1]

interface Page {
  readonly refs: string[]
  readonly sessions: string[]
  readonly orphans: string[]
}

function* pagesOf(asked: Asked): Generator<Page> {
  const blank = (): Page => ({ refs: [], sessions: [], orphans: [] })
  let [page, count, bytes] = [blank(), 0, 0]
  for (const list of ['refs', 'sessions', 'orphans'] as const) {
    for (const key of asked[list]) {
      const more = bytesOf(key)
      if (count > 0 && (count >= keysMax || bytes + more > keyBytesMax)) {
        yield page
        ;[page, count, bytes] = [blank(), 0, 0]
      }
      page[list].push(key)
      count += 1
      bytes += more
    }
  }
  if (count > 0) yield page
}

/** Bytes of a key as it stands in a statement; escaping writes one as at most four. */
function bytesOf(key: string): number {
  return 3 + (plain.test(key) ? key.length : 4 * Buffer.byteLength(key))
}

const plain = /^[\w.:-]*$/

function memoryRowOf(row: Row): MemoryRow {
  const { part, ref, text, number } = row
  if (!isPart(part) || typeof ref !== 'string' || !Array.isArray(text) || !Array.isArray(number)) {
    throw new TypeError(
      `load-memory expected (part, ref, text, number), found ${Object.keys(row).join()}`,
    )
  }
  return {
    part,
    ref,
    text: text.map(String),
    number: number.map((value) => (value === null ? null : Number(value))),
  }
}

function isPart(part: unknown): part is MemoryRow['part'] {
  return parts.some((each) => each === part)
}

const parts = ['first', 'sighting', 'journey', 'act', 'session', 'turn', 'use', 'proof'] as const
