import type { CursorKey } from './cursor.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Principal } from './principal.ts'
import { pageSizeDefault } from './schemas.ts'

/** The caller; only routes that require a token may use this. */
export function principalOf(request: { readonly principal: Principal | null }): Principal {
  if (request.principal === null) throw new TypeError('the route admits requests without a token')
  return request.principal
}

/** One page of a list as requested: its start, and the cursor of the next page. */
export interface Paging {
  readonly after: CursorKey
  /** One row more than a page, to detect whether it is the last one. */
  readonly most: number
  readonly page: <Entry>(
    rows: readonly Entry[],
    positionOf: (entry: Entry) => CursorKey,
  ) => { items: Entry[]; next: string | null }
}

/**
 * Reads `limit` and `cursor` of a list. A cursor is valid for the same list and filters only.
 *
 * @throws CurfewError SHOW_INVALID for a cursor of another list or other filters.
 */
export function readPaging({
  list,
  filters,
  start,
  limit = pageSizeDefault,
  cursor,
}: {
  readonly list: string
  readonly filters: object
  /** The position before the first row; its types are those of every cursor. */
  readonly start: CursorKey
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}): Paging {
  const kinds = start.map((part) => (typeof part === 'number' ? 'number' : 'text'))
  const after = cursor === undefined ? start : readCursor(cursor, list, filters, kinds)
  return {
    after,
    most: limit + 1,
    page: (rows, positionOf) => {
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      const more = rows.length > limit && last !== undefined
      return { items, next: more ? writeCursor(list, filters, positionOf(last)) : null }
    },
  }
}

/** The instant for which a cursor's page was judged, ms; a forged one is limited to now. */
export function judgedAt(part: string | number | undefined, now: number): number {
  return Math.min(Math.max(Number(part ?? now), 0), now)
}
