import { reasonOf } from '../contract/errors.ts'
import { askInPages } from '../contract/in-pages.ts'
import type { Append, Ask, Clock, Log, Row } from '../contract/ports.ts'
import { repeat, roundMsMax } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'

export interface ConflictSweep {
  /** Examines what was recorded since the last run; returns the number of newly recorded contents. */
  readonly runOnce: () => Promise<number>
  /** Runs repeatedly until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Interval of runs; and the share of time spent on them, at most. */
const everyMs = 30_000
const shareMax = 1 / 50
/**
 * Overlap with the previous run: rows become visible a little after their time of
 * recording, and two copies of an event that arrive together are recorded within this time.
 */
const overlapMs = 60_000
/**
 * Time of recording covered by one statement, at most: a backlog is processed in steps. Where the store lacks
 * memory for one, the next covers half, down to the minimum.
 */
const stepMsMax = 600_000
const stepMsMin = 1_000
/** Ids in one statement. */
const chunkMax = 5_000
const cursorId = 'conflicts'
const sweeps = { work: 'sweeps', of: cursorId } as const
const keepAgainMs = 24 * 60 * 60_000

/**
 * Records conflicts: events with the same id and different contents. Both
 * contents stay in `events`, so a sweep can find them at any time, and inserts cost nothing.
 *
 * An event that arrived promptly can only conflict with events recorded in the same minute; only
 * late events, or events with a future time, are compared with all data.
 *
 * Several processes may do this at once: they find the same rows.
 */
export function makeConflictSweep({
  ask,
  append,
  clock,
  log,
  onWork = () => {},
}: {
  /** The store session for sweeps: the limits for queries of people are too low. */
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
  readonly onWork?: OnWork
}): ConflictSweep {
  let stepMs = stepMsMax
  const keep = (to: number) => append('cursors', [{ id: cursorId, cursor: String(to) }])
  const step = async (): Promise<{ readonly found: number; readonly more: boolean }> => {
    const since = await readCursor(ask)
    const [ahead] = await ask(recordedAfter, { since: new Date(since) })
    const first = Number(ahead?.first_ms ?? 0)
    const now = Number(ahead?.now_ms ?? 0)
    if (first === 0) {
      // An unused cursor expires, and everything would be examined again.
      if (since > 0 && now - since > keepAgainMs) await keep(now)
      return { found: 0, more: false }
    }
    const to = Math.min(now, first + stepMs)
    const ids = await ask(contradicted, {
      from: new Date(Math.max(0, since - overlapMs)),
      to: new Date(to),
      overlap: overlapMs,
    })
    let found = 0
    for (let at = 0; at < ids.length; at += chunkMax) {
      found += await writeDown(ids.slice(at, at + chunkMax), { ask, append, clock })
    }
    await keep(to)
    return { found, more: to < now }
  }
  const stepOrHalf = async () => {
    try {
      const stepped = await step()
      stepMs = Math.min(stepMsMax, stepMs * 2)
      return stepped
    } catch (error) {
      if (stepMs <= stepMsMin) throw error
      // A store that does not answer is not short of memory.
      await ask('select 1 as one')
      stepMs = Math.max(stepMsMin, stepMs / 2)
      const said = { reason: reasonOf(error), nextMs: stepMs }
      log.warn(
        said,
        'a window of the conflict sweep was too large for the store; retrying with half of it',
      )
      return { found: 0, more: true }
    }
  }
  const runOnce = async (): Promise<number> => {
    let found = 0
    for (let more = true; more; ) {
      const stepped = await stepOrHalf()
      found += stepped.found
      if (stepped.more) onWork({ ...sweeps, isUnderway: true, withinMs: roundMsMax })
      more = stepped.more
    }
    if (found > 0) log.warn({ contents: found }, 'found events with one id and two contents')
    return found
  }
  const repeated = { of: cursorId, everyMs, shareMax, round: async () => void (await runOnce()) }
  return { runOnce, run: (signal) => repeat(repeated, { clock, log, onWork }, signal) }
}

/** ms since the epoch, by the clock of the store; 0 before the first run. */
async function readCursor(ask: Ask): Promise<number> {
  const [row] = await ask(
    'select argMax(cursor, recorded_at) as cursor from cursors where id = {id:String}',
    { id: cursorId },
  )
  return Number(row?.cursor ?? 0)
}

const recordedAfter = `
select
  toUnixTimestamp64Milli(minOrNull(recorded_at)) as first_ms,
  toUnixTimestamp64Milli(now64(3, 'UTC')) as now_ms
from events
where recorded_at > {since:DateTime64(3)}`

const inWindow = 'recorded_at > {from:DateTime64(3)} and recorded_at <= {to:DateTime64(3)}'

const contradicted = `
select tenant, instance, event_id
from
(
  select tenant, instance, event_id, content_hash
  from events
  where ${inWindow}
  union all
  select tenant, instance, event_id, content_hash
  from events
  where event_id in
  (
    select event_id
    from events
    where ${inWindow}
      and (occurred_at > recorded_at
        or recorded_at > occurred_at + toIntervalMillisecond({overlap:UInt32}))
  )
)
group by tenant, instance, event_id
having min(content_hash) != max(content_hash)
order by tenant, instance, event_id
settings max_bytes_before_external_group_by = 400000000`

const contents = `
select
  tenant, instance, event_id, toString(content_hash) as content_hash,
  tupleElement(told, 1) as received_at, tupleElement(told, 2) as source,
  tupleElement(told, 3) as partition, tupleElement(told, 4) as offset,
  tupleElement(told, 5) as native_id, tupleElement(told, 6) as type,
  tupleElement(told, 7) as occurred_at, tupleElement(told, 8) as subject_ref,
  tupleElement(told, 9) as session_kind, tupleElement(told, 10) as session_id
from
(
  select
    tenant, instance, event_id, content_hash,
    min((received_at, source, partition, offset, native_id, type, occurred_at, subject_ref,
      session_kind, session_id)) as told
  from events
  where event_id in {ids:Array(String)}
    and (event_id, content_hash) not in
      (select event_id, content_hash from conflicts where event_id in {ids:Array(String)})
  group by tenant, instance, event_id, content_hash
)`

/** The contents of these events, each with its first source, unless recorded before. */
async function writeDown(
  events: readonly Row[],
  { ask, append, clock }: { readonly ask: Ask; readonly append: Append; readonly clock: Clock },
): Promise<number> {
  const ids = events.map((row) => String(row.event_id))
  const rows = await askInPages(ask, contents, 'ids', ids)
  const found_at = new Date(clock.now()).toISOString()
  await append(
    'conflicts',
    rows.map((row) => ({ ...row, found_at })),
  )
  return rows.length
}
