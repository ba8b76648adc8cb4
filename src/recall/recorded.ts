import type { Ask } from '../contract/ports.ts'
import type { Batch, RawMessage } from '../contract/raw-message.ts'

/** Positions asked for in one statement; a batch is a slice of at most a few thousand. */
const spanMax = 100_000

/**
 * The messages of a batch that are not recorded yet. After an assignment or a restart some are:
 * they were judged and stored, and only the position was not moved. What is found in the store has
 * been judged and is not judged again.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function unrecorded(batch: Batch, ask: Ask): Promise<readonly RawMessage[]> {
  const { messages } = batch
  const first = messages[0]
  const last = messages.at(-1)
  if (!batch.redelivered || !first || !last) return messages
  if (last.offset - first.offset > spanMax) {
    throw new TypeError(`a batch spans ${last.offset - first.offset} positions, at most ${spanMax}`)
  }
  const rows = await ask(
    `select offset from events
     where source = {source:String} and partition = {partition:UInt32}
       and offset between {first:UInt64} and {last:UInt64}
     union all
     select offset from rejected
     where source = {source:String} and partition = {partition:UInt32}
       and offset between {first:UInt64} and {last:UInt64}`,
    { source: batch.source, partition: batch.partition, first: first.offset, last: last.offset },
  )
  const recorded = new Set(rows.map((row) => Number(row.offset)))
  return recorded.size === 0 ? messages : messages.filter(({ offset }) => !recorded.has(offset))
}
