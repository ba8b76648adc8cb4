import type { Row } from '../contract/ports.ts'
import { text } from '../verdict/read-row.ts'

/** Where a page of sessions in the order of their names ends: the name of its last one. */
export type NamePlace = Readonly<Record<'tenant' | 'instance' | 'kind' | 'id', string>>

export const firstPlace: NamePlace = { tenant: '', instance: '', kind: '', id: '' }

/** Of the last row of a page, whatever else of it can be read; undefined after the last page. */
export function nextPlace(rows: readonly Row[], pageMax: number): NamePlace | undefined {
  const last = rows.at(-1)
  if (!last || rows.length < pageMax) return undefined
  const [tenant, instance] = [text(last, 'tenant'), text(last, 'instance')]
  return { tenant, instance, kind: text(last, 'kind'), id: text(last, 'session_id') }
}

/** Reads rows; those that cannot be read are left out. */
export type ReadRows = <T>(rows: readonly Row[], read: (row: Row) => T) => readonly T[]
