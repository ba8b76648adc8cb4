import { edgeOfScope, isUnnamed } from '../contract/cause-scope-sql.ts'
import type { Ask, Clock, Log, Meter } from '../contract/ports.ts'
import { repeat } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'
import { makeOnceADay } from './once-a-day.ts'

/** Causes of one class and scope that no session of their instance can be in. */
export interface Unreaching {
  readonly tenant: string
  readonly instance: string
  readonly class: string
  readonly scopeKind: string
  /** One of them. */
  readonly causeId: string
  readonly causes: number
}

export interface ReachWatch {
  /** Looks at the causes recorded since the last time, and gives those that reach no session. */
  readonly runOnce: () => Promise<readonly Unreaching[]>
  readonly run: (signal: AbortSignal) => Promise<void>
}

const everyMs = 60_000
/** Of the time, at most so much is spent on looking. */
const shareMax = 1 / 10
/** Rows become visible a little after their time of recording. */
const behindMs = 10_000
/** How far the first look goes back; what was said then is known to receivers by its id. */
const backMs = 24 * 60 * 60_000

const storeTime = `select toUnixTimestamp64Milli(now64(3)) - ${behindMs} as to`

/** Grouped, so that a flood of causes is a few rows; history acts on nobody and is not told of. */
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
 * Finds causes that can reach no session: nothing names their scope, or no session of their instance was
 * ever tied to anything of that kind. Such a cause condemns nobody, and without a word would look like
 * one whose sessions had all ended. Each class and scope of an instance is told once a day.
 */
export function makeReachWatch({
  ask,
  clock,
  log,
  meter,
  tell,
  onWork = () => {},
}: {
  readonly ask: Ask
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly tell: (unreaching: Unreaching, day: string, at: number) => void
  readonly onWork?: OnWork
}): ReachWatch {
  let from: number | undefined
  const look = async (): Promise<readonly Unreaching[]> => {
    const [time] = await ask(storeTime)
    const to = Number(time?.to)
    const found: Unreaching[] = []
    const since = new Date(from ?? to - backMs)
    for (const row of await ask(recorded, { from: since, to: new Date(to) })) {
      const [tenant, instance] = [String(row.tenant), String(row.instance)]
      const isNamed = row.unnamed === 0
      if (isNamed && (await ask(tied, { tenant, instance, edge: String(row.edge) })).length > 0) {
        continue
      }
      found.push({
        tenant,
        instance,
        class: String(row.class),
        scopeKind: String(row.scope_kind),
        causeId: String(row.one),
        causes: Number(row.causes),
      })
    }
    from = to
    return found
  }
  const say = makeSay({ clock, log, meter, tell })
  const runOnce = async (): Promise<readonly Unreaching[]> => {
    const found = await look()
    for (const each of found) say(each)
    return found
  }
  const repeated = { of: 'reach', everyMs, shareMax, round: async () => void (await runOnce()) }
  return { runOnce, run: (signal) => repeat(repeated, { clock, log, onWork }, signal) }
}

function makeSay({
  clock,
  log,
  meter,
  tell,
}: Omit<Parameters<typeof makeReachWatch>[0], 'ask' | 'onWork'>): (found: Unreaching) => void {
  const isDue = makeOnceADay(clock.now)
  return (found) => {
    const { tenant, instance, class: causeClass, scopeKind, causes } = found
    meter.count('curfew_blind_causes_total', { class: causeClass, instance }, causes)
    const due = isDue(tenant, instance, causeClass, scopeKind)
    if (due === undefined) return
    log.warn(
      { tenant, instance, class: causeClass, scope: scopeKind, causes },
      'causes can reach no session: nothing names their scope, or no session is known by it; the policy may give this class another scope',
    )
    tell(found, due.day, due.at)
  }
}
