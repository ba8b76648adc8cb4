import type { SessionKind } from './event-words.ts'
import type { Cell, Row } from './ports.ts'

/**
 * Readers of one column of a row. A column that is missing or of another type is a mistake in the
 * statement beside its reader: each reader throws a TypeError that names the column.
 */

export function text(row: Row, column: string): string {
  const cell = row[column]
  if (typeof cell !== 'string') throw misfit(column, 'text', cell)
  return cell
}

/** A number, or 0 and 1 for a flag. */
export function number(row: Row, column: string): number {
  const cell = row[column]
  if (typeof cell === 'boolean') return cell ? 1 : 0
  if (typeof cell !== 'number') throw misfit(column, 'a number', cell)
  return cell
}

export function flag(row: Row, column: string): boolean {
  return number(row, column) !== 0
}

/** Milliseconds since the epoch of a column that the statement gave as such, or null. */
export function instant(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column)
}

/** Milliseconds since the epoch of an instant in UTC as the engine writes it, or null. */
export function moment(row: Row, column: string): number | null {
  return momentOf(row[column] ?? null, column)
}

/** An instant in UTC as the engine writes it: ISO 8601 that ends with Z. */
export function isoTime(row: Row, column: string): string {
  const iso = text(row, column)
  if (!iso.endsWith('Z')) throw misfit(column, 'an instant in UTC', iso)
  return iso
}

export function isoTimeOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : isoTime(row, column)
}

export function moments(row: Row, column: string): readonly (number | null)[] {
  return list(row, column).map((cell) => momentOf(cell, column))
}

/** The cells that a statement packed into one text, in the order of these columns. */
export function packed(row: Row, column: string, columns: readonly string[]): Row {
  const cells: Cell = JSON.parse(text(row, column))
  if (!Array.isArray(cells) || cells.length !== columns.length) {
    throw misfit(column, `${columns.length} cells`, cells)
  }
  return Object.fromEntries(columns.map((name, place) => [name, cells[place] ?? null]))
}

/** The last of some texts in the order of the engine's `max`, '' of none; for hashes and plain words. */
export function lastText(some: readonly string[]): string {
  return some.toSorted().at(-1) ?? ''
}

export function texts(row: Row, column: string): string[] {
  return list(row, column).map((cell) => {
    if (typeof cell !== 'string') throw misfit(column, 'a list of texts', cell)
    return cell
  })
}

export function numbers(row: Row, column: string): number[] {
  return list(row, column).map((cell) => {
    if (typeof cell !== 'number') throw misfit(column, 'a list of numbers', cell)
    return cell
  })
}

/** Lists of numbers within one cell; each may hold null. */
export function numberLists(row: Row, column: string): readonly (readonly (number | null)[])[] {
  return list(row, column).map((inner) => {
    if (!Array.isArray(inner)) throw misfit(column, 'a list of lists', inner)
    return inner.map((cell: Cell) => {
      if (cell !== null && typeof cell !== 'number') throw misfit(column, 'lists of numbers', cell)
      return cell
    })
  })
}

export function sessionKindOf(name: string): SessionKind {
  if (name === 'online' || name === 'offline' || name === 'agent') return name
  throw misfit('session_kind', 'online, offline or agent', name)
}

function momentOf(cell: Cell, column: string): number | null {
  if (cell === null) return null
  const at = typeof cell === 'string' && cell.endsWith('Z') ? Date.parse(cell) : Number.NaN
  if (Number.isNaN(at)) throw misfit(column, 'an instant', cell)
  return at
}

function list(row: Row, column: string): readonly Cell[] {
  const cell = row[column]
  if (!Array.isArray(cell)) throw misfit(column, 'a list', cell)
  return cell
}

function misfit(column: string, expected: string, found: unknown): TypeError {
  const kind = found === null ? 'null' : Array.isArray(found) ? 'a list' : typeof found
  return new TypeError(`expected ${expected} in '${column}', found ${kind}`)
}
