import type { Ask } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'
import type { Unrecorded } from './recall.ts'

/** What the store said of the positions from `first` up to but not including `next`. */
interface Said {
  readonly first: number
  /** Without an end when nothing beyond is recorded either. */
  readonly next: number
  readonly recorded: ReadonlySet<number>
}

/** Positions asked for at once: no source runs further ahead of what it has committed. */
const spanMax = 100_000

/**
 * Finds the messages of a batch that are not recorded yet. After an assignment or a restart some
 * are: they were judged and stored, and only the position was not moved. What is found in the store
 * has been judged and is not judged again.
 *
 * No key of the store leads from a position to its row, so the question costs a look at every row:
 * during one stay it is asked once for many batches.
 *
 * Only rows of those for whom the source may speak count: two tenants may replay the same file, and
 * what one has recorded must not hide it from the other.
 *
 * The call throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export function makeUnrecorded(ask: Ask): Unrecorded {
  const saidIn = new WeakMap<object, Said>()
  return async (batch) => {
    const { messages, stay } = batch
    const first = messages[0]?.offset
    const last = messages.at(-1)?.offset
    if (!batch.redelivered || first === undefined || last === undefined) return messages
    const known = stay && saidIn.get(stay)
    const covers = known !== undefined && known.first <= first && last < known.next
    const said = covers ? known : await askFor(batch, first, last, ask)
    if (stay && !covers) saidIn.set(stay, said)
    const { recorded } = said
    return recorded.size === 0 ? messages : messages.filter(({ offset }) => !recorded.has(offset))
  }
}

async function askFor(batch: Batch, first: number, last: number, ask: Ask): Promise<Said> {
  const spoken = [batch.binding, ...batch.binding.trusted]
  const next = batch.stay ? Math.max(last + 1, first + spanMax) : last + 1
  const [row] = await ask(statement, {
    tenants: [...new Set(spoken.map(({ tenant }) => tenant))],
    instances: [...new Set(spoken.map(({ instance }) => instance))],
    source: batch.source,
    partition: batch.partition,
    first,
    next,
  })
  const recorded: unknown = row?.recorded
  return {
    first,
    next: row?.goes_on === 0 ? Number.POSITIVE_INFINITY : next,
    recorded: new Set(Array.isArray(recorded) ? recorded.map(Number) : []),
  }
}

const here = `
  tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and source = {source:String} and partition = {partition:UInt32}
  and offset >= {first:UInt64}`

const statement = `
select
  groupUniqArrayIf(offset, offset < {next:UInt64}) as recorded,
  max(offset >= {next:UInt64}) as goes_on
from (
  select offset from events where ${here}
  union all
  select offset from rejected where ${here}
)`
