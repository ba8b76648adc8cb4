import type { CursorKey } from './cursor.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { Principal } from './principal.ts'
import { pageSizeDefault } from './schemas.ts'

/** Whoever asks; only routes that admit nobody without a token may call this. */
export function principalOf(request: { readonly principal: Principal | null }): Principal {
  if (request.principal === null) throw new TypeError('the route admits requests without a token')
  return request.principal
}

/** A list's page as asked for: where it begins, and the cursor of the page after it. */
export interface Paging {
  readonly after: CursorKey
  /** One row more than a page, so that the last page is known to be the last. */
  readonly most: number
  readonly page: <Entry>(
    rows: readonly Entry[],
    positionOf: (entry: Entry) => CursorKey,
  ) => { items: Entry[]; next: string | null }
}

/**
 * Reads `limit` and `cursor` of a list. The cursor holds for the same list and filters only.
 *
 * @throws CurfewError SHOW_INVALID for a cursor that is none of this list's.
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
  /** The place before the first row; its kinds are those of every cursor. */
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

/** The instant a cursor was judged at; one that a forger moved ends at now. */
export function judgedAt(part: string | number | undefined, now: number): number {
  return Math.min(Math.max(Number(part ?? now), 0), now)
}
