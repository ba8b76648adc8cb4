import { edgeOfScope, isUnnamed } from '../contract/cause-scope-sql.ts'
import type { Ask, Clock, Log, Meter } from '../contract/ports.ts'
import { repeat } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'
import { makeOnceADay } from './once-a-day.ts'

/** Causes of one class and scope that can condemn no session of their instance. */
export interface UnreachableCause {
  readonly tenant: string
  readonly instance: string
  readonly class: string
  readonly scopeKind: string
  /** The first of them by id. */
  readonly causeId: string
  readonly causes: number
}

export interface UnreachableCauses {
  /** Checks the causes recorded since the last run. Returns those that reach no session. */
  readonly runOnce: () => Promise<readonly UnreachableCause[]>
  readonly run: (signal: AbortSignal) => Promise<void>
}

const everyMs = 60_000
/** The share of the time that the check may take. */
const shareMax = 1 / 10
/** Rows become visible a little after their time of recording. */
const behindMs = 10_000
/** How far back the first check goes. Receivers deduplicate repeated notifications by their id. */
const backMs = 24 * 60 * 60_000

const storeTime = `select toUnixTimestamp64Milli(now64(3)) - ${behindMs} as to`

/** Grouped, so that a flood of causes is a few rows. Historical causes condemn nobody and are left out. */
const recorded = `
select tenant, instance, toString(class) as class, toString(scope_kind) as scope_kind,
  toUInt8(${isUnnamed}) as unnamed, ${edgeOfScope} as edge,
  min(cause_id) as one, uniqExact(cause_id) as causes
from causes
where recorded_at >= {from:DateTime64(3)} and recorded_at < {to:DateTime64(3)} and lane = 'live'
group by tenant, instance, class, scope_kind, unnamed, edge
having unnamed = 1 or edge != ''`

const tied = `
select 1 as one from session_edges
where tenant = {tenant:String} and instance = {instance:String} and edge = {edge:String}
limit 1`

/**
 * Finds causes that can reach no session: their scope has no id, or no session of their instance was
 * ever linked to a scope of that kind. Such a cause condemns nobody, and would otherwise look like one
 * whose sessions had all ended. Notifies once a day for each instance, class and scope.
 */
export function makeUnreachableCauses({
  ask,
  clock,
  log,
  meter,
  notify,
  onWork = () => {},
}: {
  readonly ask: Ask
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly notify: (unreaching: UnreachableCause, day: string, at: number) => void
  readonly onWork?: OnWork
}): UnreachableCauses {
  let from: number | undefined
  const check = async (): Promise<readonly UnreachableCause[]> => {
    const [time] = await ask(storeTime)
    const to = Number(time?.to)
    const unreachable: UnreachableCause[] = []
    const since = new Date(from ?? to - backMs)
    for (const row of await ask(recorded, { from: since, to: new Date(to) })) {
      const [tenant, instance] = [String(row.tenant), String(row.instance)]
      const isNamed = row.unnamed === 0
      if (isNamed && (await ask(tied, { tenant, instance, edge: String(row.edge) })).length > 0) {
        continue
      }
      unreachable.push({
        tenant,
        instance,
        class: String(row.class),
        scopeKind: String(row.scope_kind),
        causeId: String(row.one),
        causes: Number(row.causes),
      })
    }
    from = to
    return unreachable
  }
  const report = makeReport({ clock, log, meter, notify })
  const runOnce = async (): Promise<readonly UnreachableCause[]> => {
    const unreachable = await check()
    for (const each of unreachable) report(each)
    return unreachable
  }
  const repeated = { of: 'reach', everyMs, shareMax, round: async () => void (await runOnce()) }
  return { runOnce, run: (signal) => repeat(repeated, { clock, log, onWork }, signal) }
}

function makeReport({
  clock,
  log,
  meter,
  notify,
}: Omit<Parameters<typeof makeUnreachableCauses>[0], 'ask' | 'onWork'>): (
  cause: UnreachableCause,
) => void {
  const isDue = makeOnceADay(clock.now)
  return (cause) => {
    const { tenant, instance, class: causeClass, scopeKind, causes } = cause
    meter.count('curfew_blind_causes_total', { class: causeClass, instance }, causes)
    const due = isDue(tenant, instance, causeClass, scopeKind)
    if (due === undefined) return
    log.warn(
      { tenant, instance, class: causeClass, scope: scopeKind, causes },
      'causes can reach no session: their scope has no id, or no session is linked to it; the policy may give this class another scope',
    )
    notify(cause, due.day, due.at)
  }
}
