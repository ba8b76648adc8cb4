import type { Ask } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'
import type { DecodedBatch, SkipRecorded } from './recall.ts'

/** What the store said of the positions from `first` up to but not including `next`. */
interface Said {
  readonly first: number
  /** Without an end when nothing beyond is recorded either. */
  readonly next: number
  /** Of each position that is recorded, the beginnings of the ids that were told there. */
  readonly recorded: ReadonlyMap<number, string>
}

/** Positions asked for at once: no source runs further ahead of what it has committed (`source/kafka/offsets.ts`). */
const spanMax = 100_000
/** As much of an id as is compared: 64 bits, so that what an assignment holds stays small. */
const nameLength = 16
const dayMs = 24 * 60 * 60_000

/**
 * Finds what a batch told that is not recorded yet. After an assignment or a restart some is: it was
 * judged and stored, and only the position was not moved. What is found in the store has been judged
 * and is not judged again.
 *
 * An event is known by its position and its id. By its position alone it could be one that was never
 * heard of: a topic that was made again, another cluster with topics of the same names, and a log cut
 * short by its new leader all give positions out a second time. What was rejected is known by its
 * position: it may have been an event when it was new.
 *
 * No key of the store leads from a position to its row, so the question costs a look at every row
 * that was received since: during one assignment it is asked once for many batches.
 *
 * Only rows of those for whom the source may speak count: two tenants may replay the same file, and
 * what one has recorded must not hide it from the other.
 *
 * The call throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export function makeSkipRecorded(ask: Ask): SkipRecorded {
  const saidIn = new WeakMap<object, Said>()
  return async (batch, told) => {
    const { messages, assignment } = batch
    const first = messages[0]?.offset
    const last = messages.at(-1)?.offset
    if (!batch.redelivered) {
      // Past what may be known nothing is asked any more, and an assignment may last for weeks.
      if (assignment) saidIn.delete(assignment)
      return told
    }
    if (first === undefined || last === undefined) return told
    const known = assignment && saidIn.get(assignment)
    const covers = known !== undefined && known.first <= first && last < known.next
    const said = covers ? known : await askFor(batch, told, { first, last }, ask)
    if (assignment && !covers) saidIn.set(assignment, said)
    const { recorded } = said
    return recorded.size === 0 ? told : without(recorded, told)
  }
}

function without(recorded: Said['recorded'], { events, rejected }: DecodedBatch): DecodedBatch {
  return {
    events: events.filter(
      ({ offset, id }) => !recorded.get(offset)?.includes(id.slice(0, nameLength)),
    ),
    rejected: rejected.filter(({ offset }) => !recorded.has(offset)),
  }
}

async function askFor(
  batch: Batch,
  told: DecodedBatch,
  { first, last }: { readonly first: number; readonly last: number },
  ask: Ask,
): Promise<Said> {
  const spoken = [batch.binding, ...batch.binding.trusted]
  const next = batch.assignment ? Math.max(last + 1, first + spanMax) : last + 1
  const [row] = await ask(statement, {
    tenants: [...new Set(spoken.map(({ tenant }) => tenant))],
    instances: [...new Set(spoken.map(({ instance }) => instance))],
    source: batch.source,
    partition: batch.partition,
    first,
    next,
    since: sinceOf(told),
  })
  const recorded = new Map<number, string>()
  const pairs: unknown = row?.recorded
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    const [offset, name]: readonly unknown[] = pair
    recorded.set(Number(offset), `${recorded.get(Number(offset)) ?? ''}${name}`)
  }
  return { first, next: row?.goes_on === 0 ? Number.POSITIVE_INFINITY : next, recorded }
}

/**
 * When the first of these can have been received: no event is taken in long before it happens, and
 * what lies further on came later. A day is more than clocks differ and relays wait. It leaves most
 * of the store unread; were it wrong, something would be judged again, which changes nothing.
 */
function sinceOf({ events }: DecodedBatch): number {
  const earliest = events.reduce((at, { occurredAt }) => Math.min(at, occurredAt), Infinity)
  return Number.isFinite(earliest) ? Math.max(0, earliest - dayMs) : 0
}

const here = `
  tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and source = {source:String} and partition = {partition:UInt32}
  and offset >= {first:UInt64} and received_at >= {since:DateTime64(3)}`

/** An event that the store refused stands among the rejected with its id for a digest. */
const statement = `
select
  groupUniqArrayIf((offset, substring(name, 1, ${nameLength})), offset < {next:UInt64}) as recorded,
  max(offset >= {next:UInt64}) as goes_on
from (
  select offset, event_id as name from events where ${here}
  union all
  select offset, digest as name from rejected where ${here}
)`
