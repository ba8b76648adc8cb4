import type { Ask } from '../contract/ports.ts'
import type { Batch, RawMessage } from '../contract/raw-message.ts'

/**
 * The messages of a batch that are not recorded yet. After an assignment or a restart some are:
 * they were judged and stored, and only the position was not moved. What is found in the store has
 * been judged and is not judged again.
 *
 * Only rows of those for whom the source may speak count: two tenants may replay the same file, and
 * what one has recorded must not hide it from the other.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function unrecorded(batch: Batch, ask: Ask): Promise<readonly RawMessage[]> {
  const { messages, binding } = batch
  const first = messages[0]
  const last = messages.at(-1)
  if (!batch.redelivered || !first || !last) return messages
  const spoken = [binding, ...binding.trusted]
  const rows = await ask(statement, {
    tenants: [...new Set(spoken.map(({ tenant }) => tenant))],
    instances: [...new Set(spoken.map(({ instance }) => instance))],
    source: batch.source,
    partition: batch.partition,
    first: first.offset,
    last: last.offset,
  })
  const recorded = new Set(rows.map((row) => Number(row.offset)))
  return recorded.size === 0 ? messages : messages.filter(({ offset }) => !recorded.has(offset))
}

const here = `
  tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and source = {source:String} and partition = {partition:UInt32}
  and offset between {first:UInt64} and {last:UInt64}`

const statement = `
select offset from events where ${here}
union all
select offset from rejected where ${here}`
