import type { Ask, AskValues, Row } from './ports.ts'

/**
 * Names of one statement: so many, and so many bytes as they stand in it. The engine refuses a statement
 * of more than 256 KiB, names have up to 255 characters of up to 4 bytes, and a statement may hold a
 * list four times.
 */
const namesMax = 2_000
export const pageBytesMax = 48 * 1024

const plain = /^[\w.:-]*$/

/** Bytes of a name as it stands in a statement, at most; escaping writes one as up to four. */
export function bytesOf(name: string): number {
  return 3 + (plain.test(name) ? name.length : 4 * Buffer.byteLength(name))
}

/** Cuts a list into pages that one statement can hold, by what each item brings to it. */
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
 * Asks about any number of names in statements of bounded size, each name once. For statements whose rows
 * are each about one of the names; the rows come page by page.
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
