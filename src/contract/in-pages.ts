import type { Ask, AskValues, Row } from './ports.ts'

/**
 * Ids in one statement, by number and encoded bytes. The engine refuses a statement
 * of more than 256 KiB, ids have up to 255 characters of up to 4 bytes, and a statement may contain a
 * list four times.
 */
const namesMax = 2_000
export const pageBytesMax = 48 * 1024

const plain = /^[\w.:-]*$/

/** Bytes of an id in a statement, at most; escaping writes one byte as up to four. */
export function bytesOf(name: string): number {
  return 3 + (plain.test(name) ? name.length : 4 * Buffer.byteLength(name))
}

/** Splits a list into pages that one statement can hold, by the bytes of each item. */
export function pagesBy<Item>(
  items: readonly Item[],
  bytes: (item: Item) => number,
): readonly (readonly Item[])[] {
  const pages: Item[][] = []
  let page: Item[] = []
  let held = 0
  for (const item of items) {
    const more = bytes(item)
    if (page.length > 0 && (page.length >= namesMax || held + more > pageBytesMax)) {
      pages.push(page)
      page = []
      held = 0
    }
    page.push(item)
    held += more
  }
  if (page.length > 0) pages.push(page)
  return pages
}

/**
 * Runs a statement for any number of ids, in pages of bounded size, each id once. Each row of the statement must
 * concern one of the ids; rows are returned page by page.
 *
 * @throws CurfewError as `ask`.
 */
export async function askInPages(
  ask: Ask,
  sql: string,
  list: string,
  names: readonly string[],
  values: AskValues = {},
): Promise<readonly Row[]> {
  const found: Row[] = []
  for (const page of pagesBy([...new Set(names)], bytesOf)) {
    for (const row of await ask(sql, { ...values, [list]: page })) found.push(row)
  }
  return found
}
