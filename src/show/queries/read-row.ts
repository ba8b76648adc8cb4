import type { Cell, Row } from '../../contract/ports.ts'

/**
 * Readers of one column of a row. A column that is missing or of another type is a defect of the
 * query beside which it is read, and stops the answer instead of showing half of it.
 */

export function textOf(row: Row, column: string): string {
  const cell = row[column]
  if (typeof cell !== 'string') throw misfit(column, 'text', cell)
  return cell
}

export function numberOf(row: Row, column: string): number {
  const cell = row[column]
  if (typeof cell !== 'number') throw misfit(column, 'a number', cell)
  return cell
}

export function flagOf(row: Row, column: string): boolean {
  const cell = row[column]
  // Comparisons of the engine come as 0 and 1, its Bool columns as false and true.
  if (typeof cell === 'boolean') return cell
  if (cell === 0 || cell === 1) return cell === 1
  throw misfit(column, 'a flag', cell)
}

/** An ISO 8601 instant in UTC. */
export function timeOf(row: Row, column: string): string {
  const text = textOf(row, column)
  if (!text.endsWith('Z')) throw misfit(column, 'an instant in UTC', text)
  return text
}

export function timeOrNullOf(row: Row, column: string): string | null {
  return row[column] === null ? null : timeOf(row, column)
}

export function textsOf(row: Row, column: string): string[] {
  const cell = row[column]
  if (!Array.isArray(cell)) throw misfit(column, 'a list of texts', cell)
  return cell.map((each: Cell) => {
    if (typeof each !== 'string') throw misfit(column, 'a list of texts', each)
    return each
  })
}

function misfit(column: string, expected: string, found: Cell | undefined): TypeError {
  const kind = found === null ? 'null' : Array.isArray(found) ? 'a list' : typeof found
  return new TypeError(`column '${column}' must be ${expected}; found ${kind}`)
}
