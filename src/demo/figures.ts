import { loadCatalog } from '../catalog.ts'
import type { Row } from '../contract/ports.ts'
import { catalogs } from '../ingest.ts'
import type { Report } from '../show/report.ts'
import { runReport } from '../show/run-report.ts'
import type { TruthEntry } from '../simulate/truth.ts'
import { fill } from '../store/literal.ts'
import type { Demo } from './company.ts'
import { instance, tenant } from './company.ts'

type Verdicts = { kept: number; broken: number; open: number; unproven: number }

/** What a demo prints at its end; survivors are judged against the company's own truth. */
export interface Figures {
  readonly events: number
  readonly eventsPerSecond: number
  readonly rejected: number
  readonly findings: { readonly [detector: string]: number }
  readonly curfews: { readonly [cause: string]: Verdicts }
  readonly survivors: {
    readonly planted: number
    readonly found: number
    readonly contained: number
    readonly false: number
  }
  readonly coverage: number | null
  readonly latency: {
    readonly n: number
    readonly p50Ms: number | null
    readonly p95Ms: number | null
    readonly p99Ms: number | null
  }
}

/** Reads the store as of now and holds it against the truth. */
export async function readFigures(demo: Demo): Promise<Figures> {
  const { curfew, startedAt } = demo
  const { ask } = curfew.store
  const now = Date.now()
  const [counts] = await ask(
    `select
       (select uniqExact(event_id) from events where tenant = {tenant:String}) as events,
       (select count() from rejected where tenant = {tenant:String}) as rejected`,
    { tenant },
  )
  const findings = await ask(
    `select detector, count() as n
     from
     (
       select finding_id, toString(any(detector)) as detector, argMax(standing, version) as stands
       from findings
       where tenant = {tenant:String}
       group by finding_id
     )
     where stands
     group by detector`,
    { tenant },
  )
  const curfews = await ask(
    `select
       session_kind, session_id, toString(class) as class, verdict, certainty, mode,
       isNotNull(dead_at) as dead, isNotNull(acknowledged_at) as ended_by_us,
       toUnixTimestamp64Milli(cause_at) as cause,
       if(isNull(dead_at), null, toUnixTimestamp64Milli(assumeNotNull(dead_at))) as died
     from verdicts(as_of = {now:DateTime64(3)})
     where tenant = {tenant:String}`,
    { tenant, now },
  )
  const events = Number(counts?.events ?? 0)
  return {
    events,
    eventsPerSecond: Math.round(events / ((now - startedAt) / 1_000)),
    rejected: Number(counts?.rejected ?? 0),
    findings: Object.fromEntries(findings.map(({ detector, n }) => [String(detector), Number(n)])),
    curfews: verdictsOf(curfews),
    survivors: survivorsOf(demo.truth, curfews),
    coverage: await coverageOf(demo),
    latency: latencyOf(curfews),
  }
}

function verdictsOf(curfews: readonly Row[]): Figures['curfews'] {
  const byCause: { [cause: string]: Verdicts } = {}
  for (const { class: cause, verdict, certainty } of curfews) {
    if (certainty !== 'certain') continue
    const of = byCause[String(cause)] ?? { kept: 0, broken: 0, open: 0, unproven: 0 }
    byCause[String(cause)] = of
    if (verdict === 'kept' || verdict === 'broken' || verdict === 'open' || verdict === 'unproven')
      of[verdict] += 1
  }
  return byCause
}

function survivorsOf(truth: readonly TruthEntry[], curfews: readonly Row[]): Figures['survivors'] {
  const nameOf = (kind: unknown, id: unknown) => `${String(kind)} ${String(id)}`
  const planted = truth.flatMap((entry) =>
    entry.kind === 'survivor' ? [nameOf(entry.session.kind, entry.session.id)] : [],
  )
  const condemned = new Set(curfews.map((row) => nameOf(row.session_kind, row.session_id)))
  const dead = new Set(
    curfews
      .filter((row) => Boolean(row.dead))
      .map((row) => nameOf(row.session_kind, row.session_id)),
  )
  // Whom the company itself names alive at one of its causes, and not exempt, was rightly ended.
  const rightly = new Set<string>(planted)
  for (const entry of truth) {
    if (entry.kind === 'cause') {
      for (const session of entry.sessions)
        if (!session.exempt) rightly.add(nameOf(session.kind, session.id))
    } else if (entry.kind !== 'run' && entry.kind !== 'ended')
      rightly.add(nameOf(entry.session.kind, entry.session.id))
  }
  const ended = curfews
    .filter((row) => Boolean(row.ended_by_us))
    .map((row) => nameOf(row.session_kind, row.session_id))
  return {
    planted: planted.length,
    found: planted.filter((name) => condemned.has(name)).length,
    contained: planted.filter((name) => dead.has(name)).length,
    false: new Set(ended.filter((name) => !rightly.has(name))).size,
  }
}

/** From the report that auditors pull: one definition of coverage. */
async function coverageOf({ curfew }: Demo): Promise<number | null> {
  const reports = await loadCatalog<Report>(catalogs.reports, 'report')
  const report = reports.find(({ id }) => id === 'coverage')
  if (!report) return null
  const { summary } = await runReport({
    report,
    tenant,
    parameters: {},
    names: false,
    ask: curfew.store.ask,
    fill,
    now: Date.now,
    pseudonym: curfew.pseudonym,
    ownClients: ['curfew'],
  })
  return typeof summary.coverage === 'number' ? summary.coverage : null
}

/** Cause → proven dead, of the sessions that Curfew ended. */
function latencyOf(curfews: readonly Row[]): Figures['latency'] {
  const waited = curfews
    .filter((row) => Boolean(row.ended_by_us) && typeof row.died === 'number')
    .map((row) => Number(row.died) - Number(row.cause))
    .sort((one, other) => one - other)
  const at = (share: number) =>
    waited[Math.min(waited.length - 1, Math.floor(waited.length * share))] ?? null
  return { n: waited.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}

/** What the terminal view shows of the newest containments. */
export async function newestContainments({ curfew }: Demo): Promise<readonly Row[]> {
  return curfew.store.ask(
    `select
       toString(class) as class, session_kind, session_id, verdict, dead_by,
       if(isNull(dead_at), null, toUnixTimestamp64Milli(assumeNotNull(dead_at)) - toUnixTimestamp64Milli(cause_at)) as waited
     from verdicts(as_of = {now:DateTime64(3)})
     where tenant = {tenant:String} and instance = {instance:String} and isNotNull(acknowledged_at)
     order by acknowledged_at desc
     limit 8`,
    { tenant, instance, now: Date.now() },
  )
}
