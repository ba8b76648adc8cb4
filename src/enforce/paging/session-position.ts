import type { Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { beyondIds } from './change-pages.ts'

/** The position of a page of sessions: the key of its last row. */
export type SessionPosition = Readonly<Record<'tenant' | 'instance' | 'kind' | 'id', string>>

export const firstSession: SessionPosition = { tenant: '', instance: '', kind: '', id: '' }

/** Of the last row of a page, whatever else of it can be read; undefined after the last page. */
export function nextSession(rows: readonly Row[], pageMax: number): SessionPosition | undefined {
  const last = rows.at(-1)
  if (!last || rows.length < pageMax) return undefined
  return sessionPositionOf(last)
}

/** The place of a row, by its columns `kind` and `session_id`. */
export function sessionPositionOf(row: Row): SessionPosition {
  const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
  return { tenant, instance, kind: text(row, 'kind'), id: text(row, 'session_id') }
}

/** The order of session pages. */
export const bySession = {
  first: { kind: '', id: '' },
  last: { kind: beyondIds, id: beyondIds },
  positionOf: sessionPositionOf,
} as const

/** Reads rows; those that cannot be read are left out. */
export type ReadRows = <T>(rows: readonly Row[], read: (row: Row) => T) => readonly T[]
