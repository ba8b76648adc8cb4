import { CurfewError } from '../../src/contract/errors.ts'
import type { WriteDeps } from '../../src/record/write-block.ts'

/** One write that reached the store, or was refused by it. */
export interface Write {
  readonly table: string
  /** Rows of an append; of a block only its size is known here. */
  readonly rows: readonly object[]
  readonly count: number
}

/** Rows of a block, as its second varint tells. */
function countOf(block: Buffer): number {
  let [count, shift, at] = [0, 0, 0]
  while ((block[at] ?? 0) & 0x80) at += 1
  do {
    at += 1
    count += ((block[at] ?? 0) & 0x7f) * 2 ** shift
    shift += 7
  } while ((block[at] ?? 0) & 0x80)
  return count
}

/** A store that takes down what it gets; `obey` decides on each write before it is taken. */
export function makeFakeStore(
  obey: (write: Write, block?: Buffer) => Promise<void> | void = () => {},
) {
  const writes: Write[] = []
  const append: WriteDeps['append'] = async (table, rows) => {
    const write = { table, rows, count: rows.length }
    await obey(write)
    writes.push(write)
  }
  const insertBlock: WriteDeps['insertBlock'] = async (table, _, chunks) => {
    const block = Buffer.concat(chunks)
    const write = { table, rows: [], count: countOf(block) }
    await obey(write, block)
    writes.push(write)
  }
  return {
    append,
    insertBlock,
    writes,
    tables: () => writes.map(({ table }) => table),
    /** How many rows of a table were taken. */
    count: (table: string) =>
      writes.filter((write) => write.table === table).reduce((sum, { count }) => sum + count, 0),
  }
}

export const away = new CurfewError('STORE_UNREACHABLE', 'the store is away', { retry: true })
export const refused = new CurfewError('RECORD_DATA', 'a value does not fit')
