import type { OnFault } from './code-fault.ts'
import { CurfewError } from './errors.ts'
import type { Append, Log } from './ports.ts'

/** Consecutive rows that are left out, at most. */
const refusalsMax = 3

/**
 * Appends rows of which the store may refuse some for their data: a refused batch is halved until the bad
 * row is found. The row is left out and reported without its content: one message must not
 * stop all others. After `refusalsMax` consecutive refusals of a table the fault is not in a row, and the
 * error is thrown: evidence must not be lost unnoticed.
 *
 * @throws CurfewError as `append`; RECORD_DATA only then.
 */
export function makeIsolatingAppend({
  append,
  log,
  onFault = () => {},
}: {
  readonly append: Append
  readonly log: Log
  readonly onFault?: OnFault | undefined
}): Append {
  const refusals = new Map<string, number>()
  const leaveOut = (table: string, row: object | undefined): void => {
    const { tenant = '', instance = '' }: { tenant?: string; instance?: string } = { ...row }
    const text = 'the store refuses a row for what is in it; it is left out'
    log.error({ table, tenant, instance }, text)
    const of = { tenant, instance, source: '' }
    onFault({ ...of, stage: 'record', part: table, error: 'RECORD_DATA', line: '' })
  }
  const appendAll = async (table: string, rows: readonly object[]): Promise<void> => {
    if (rows.length === 0) return
    try {
      await append(table, rows)
      refusals.delete(table)
    } catch (error) {
      if (!isAboutData(error)) throw error
      if (rows.length === 1) {
        const count = (refusals.get(table) ?? 0) + 1
        refusals.set(table, count)
        if (count > refusalsMax) throw error
        leaveOut(table, rows[0])
        return
      }
      const middle = Math.ceil(rows.length / 2)
      await appendAll(table, rows.slice(0, middle))
      await appendAll(table, rows.slice(middle))
    }
  }
  return appendAll
}

/** Whether the store refuses rows for their data: a retry would be refused again. */
export function isAboutData(error: unknown): boolean {
  return error instanceof CurfewError && error.code === 'RECORD_DATA'
}
