import { CurfewError } from '../../contract/errors.ts'
import { identify } from '../../contract/identity.ts'

/**
 * The end of a page of a list: the sort key of its last row, bound to the list and its filters. A cursor
 * is checked and not signed: it holds a position in an order and no right, so a forged one only starts
 * the caller's own list at another row.
 */
export type CursorKey = readonly (string | number)[]

const cursorLengthMax = 4_096

/** An opaque text for the position after `key`. */
export function writeCursor(list: string, filters: object, key: CursorKey): string {
  return Buffer.from(JSON.stringify([bindingOf(list, filters), ...key])).toString('base64url')
}

/**
 * The sort key in a cursor of the same list and filters, checked against the kinds its columns have.
 *
 * @throws CurfewError SHOW_INVALID for anything else.
 */
export function readCursor(
  cursor: string,
  list: string,
  filters: object,
  kinds: readonly ('text' | 'number')[],
): CursorKey {
  const parts = parse(cursor)
  const [binding, ...key] = parts ?? []
  const fits =
    binding === bindingOf(list, filters) &&
    key.length === kinds.length &&
    key.every((part, index) => isOfKind(part, kinds[index]))
  if (!fits) {
    throw new CurfewError(
      'SHOW_INVALID',
      'The cursor does not belong to this list with these filters; leave it out to start from the first page.',
    )
  }
  // Each part was just checked against the type of its column.
  return key as CursorKey
}

function parse(cursor: string): readonly unknown[] | undefined {
  if (cursor.length > cursorLengthMax || !/^[\w-]+$/.test(cursor)) return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : undefined
  } catch {
    return undefined
  }
}

function isOfKind(part: unknown, kind: 'text' | 'number' | undefined): boolean {
  if (kind === 'text') return typeof part === 'string'
  return kind === 'number' && typeof part === 'number' && Number.isSafeInteger(part)
}

function bindingOf(list: string, filters: object): string {
  const stated = Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return identify(list, JSON.stringify(stated)).slice(0, 12)
}
