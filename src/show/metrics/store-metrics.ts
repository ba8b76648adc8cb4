import type { Ask, Clock, Log, Meter, Row } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import { causeClasses, severities, verdictNames } from './store-metric-table.ts'

/** Figures older than this are read again at the next scrape, ms. */
const freshMs = 30_000
/** A scrape waits this long for a read in progress; then it returns the previous figures, ms. */
const waitMs = 2_000

/** Verdicts of a day by class, and per class how many of the last hour died in time. */
const verdicts = `
with
  recent as
  (
    select distinct session_key, session_id from curfews where cause_at > {day:DateTime64(3)}
  )
select
  class, verdict, count() as curfews,
  countIf(deadline_at > {hour:DateTime64(3)} and deadline_at < {now:DateTime64(3)}
    and certainty = 'certain') as eligible,
  countIf(deadline_at > {hour:DateTime64(3)} and deadline_at < {now:DateTime64(3)}
    and certainty = 'certain' and outcome in ('contained_in_time', 'ended_otherwise_in_time')) as in_time
from verdicts(as_of = {now:DateTime64(3)}, among = recent)
where cause_at > {day:DateTime64(3)}
group by class, verdict`

const findings = `
select severity, countIf(standing) as standing
from
(
  select one.1 as severity, one.2 as standing
  from
  (
    select argMax((f.severity, f.standing, f.mode, f.at), (f.version, f.row_commit)) as one
    from findings as f
    where recorded_at > {day:DateTime64(3)}
    group by tenant, instance, finding_id
  )
  where one.3 not in ('shadow', 'off') and one.4 > {day:DateTime64(3)}
)
group by severity`

const waiting = `
select countIf(state = 'awaiting_approval') as orders
from
(
  select argMax(s.state, (s.epoch, s.at, s.seq)) as state
  from order_steps as s
  where (tenant, order_id) in (
    select tenant, order_id from order_steps
    where state = 'awaiting_approval' and at > {week:DateTime64(3)})
  group by tenant, instance, order_id
)`

const lists = `
select instance, min(last_at) as complete_at
from
(
  select instance, toUnixTimestamp64Milli(max(finished_at)) / 1000 as last_at
  from listings
  where complete and finished_at > {month:DateTime64(3)}
  group by tenant, instance
)
group by instance
order by instance
limit 200`

/** Includes instances that were never listed: every curfew there waits. */
const waitingForLists = `
select c.tenant as tenant, c.instance as instance,
  toUnixTimestamp64Milli(minIf(c.detected_at, c.detected_at > l.last_at)) / 1000 as waits_since,
  countIf(c.detected_at > l.last_at) as waiting
from curfews as c
left join
(
  select tenant, instance, max(finished_at) as last_at
  from listings
  where complete and finished_at > {day:DateTime64(3)}
  group by tenant, instance
) as l on c.tenant = l.tenant and c.instance = l.instance
where c.detected_at > {day:DateTime64(3)} and c.may_act
group by c.tenant, c.instance
limit 10000`

const hourMs = 3_600_000

/**
 * Makes the metrics page of figures from the store: verdicts, coverage, findings, waiting approvals,
 * age of lists. Scrapes cause at most one read every 30 s, and never two at a time.
 */
export function makeStoreMetrics({
  ask,
  isStopped,
  canList,
  meter,
  text,
  clock,
  log,
}: {
  readonly ask: Ask
  readonly isStopped: () => boolean
  /** Whether the provider of an instance lists sessions; otherwise nothing waits for a list. */
  readonly canList: CanList
  readonly meter: Meter
  readonly text: () => Promise<string>
  readonly clock: Clock
  readonly log: Log
}): () => Promise<string> {
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  const read = async (): Promise<void> => {
    const now = clock.now()
    try {
      await measure({ ask, meter, canList }, now)
      meter.gauge('curfew_figures_read_seconds', now / 1_000)
    } catch {
      // The engine's message quotes statements, so only the fact of the failure is logged.
      log.warn({}, 'figures for the metrics page could not be read; the previous ones stay valid')
    } finally {
      readAt = clock.now()
      reading = undefined
    }
  }
  return async () => {
    meter.gauge('curfew_kill_switch_on', isStopped() ? 1 : 0)
    if (clock.now() - readAt >= freshMs) reading ??= read()
    if (reading) {
      const over = new AbortController()
      await Promise.race([reading, clock.wait(waitMs, over.signal)])
      over.abort()
    }
    return await text()
  }
}

type CanList = (tenant: string, instance: string) => boolean

async function measure(
  { ask, meter, canList }: { readonly ask: Ask; readonly meter: Meter; readonly canList: CanList },
  now: number,
): Promise<void> {
  const ago = (ms: number) => new Date(now - ms)
  const [day, week, month] = [ago(24 * hourMs), ago(7 * 24 * hourMs), ago(30 * 24 * hourMs)]
  // In sequence: a scrape is not urgent.
  const judged = await ask(verdicts, { now: new Date(now), hour: ago(hourMs), day })
  const seen = await ask(findings, { day })
  const [held] = await ask(waiting, { week })
  const listed = await ask(lists, { month })
  const classes = Map.groupBy(judged, (row) => text(row, 'class'))
  for (const [name, rows] of classes) {
    const sum = (column: string) => rows.reduce((total, row) => total + number(row, column), 0)
    const eligible = sum('eligible')
    // Without data the value is NaN, neither 0 nor 1.
    const share = eligible === 0 ? Number.NaN : sum('in_time') / eligible
    meter.gauge('curfew_coverage_ratio', share, { class: name })
  }
  const countOf = (name: string, verdict: string) =>
    classes.get(name)?.find((row) => row.verdict === verdict)?.curfews ?? 0
  for (const name of causeClasses) {
    for (const verdict of verdictNames) {
      meter.gauge('curfew_verdicts', Number(countOf(name, verdict)), { class: name, verdict })
    }
    if (!classes.has(name)) meter.gauge('curfew_coverage_ratio', Number.NaN, { class: name })
  }
  for (const severity of severities) {
    const row = seen.find((each) => each.severity === severity)
    meter.gauge('curfew_findings', row ? number(row, 'standing') : 0, { severity })
  }
  meter.gauge('curfew_approvals_waiting', held ? number(held, 'orders') : 0)
  for (const row of listed) {
    meter.gauge('curfew_list_complete_seconds', number(row, 'complete_at'), {
      instance: text(row, 'instance'),
    })
  }
  for (const [instance, seconds] of latenessOf(await ask(waitingForLists, { day }), canList, now)) {
    meter.gauge('curfew_list_late_seconds', seconds, { instance })
  }
}

function latenessOf(
  rows: readonly Row[],
  canList: CanList,
  now: number,
): ReadonlyMap<string, number> {
  const longest = new Map<string, number>()
  for (const row of rows) {
    const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
    if (!canList(tenant, instance)) continue
    const isWaiting = number(row, 'waiting') > 0
    const seconds = isWaiting ? Math.max(0, now / 1_000 - number(row, 'waits_since')) : 0
    longest.set(instance, Math.max(seconds, longest.get(instance) ?? 0))
  }
  return longest
}
