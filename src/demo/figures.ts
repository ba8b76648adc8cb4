import type { Ask } from '../contract/ports.ts'
import { loadCatalog } from '../process/catalog.ts'
import { systemClock } from '../process/clock.ts'
import { catalogs } from '../runtime/catalog-folders.ts'
import type { Report } from '../show/reporting/report.ts'
import { runReport } from '../show/reporting/run-report.ts'
import { fill } from '../store/literal.ts'
import type { Demo } from './company.ts'
import { tenant } from './company.ts'
import type { Evaluation, Found, FoundCurfew } from './evaluation.ts'
import { evaluate, readFound } from './evaluation.ts'
import type { Names } from './stories.ts'
import type { Slowness } from './strain.ts'

type Verdicts = { kept: number; broken: number; open: number; unproven: number }

/** What a demo prints at its end; survivors are judged against the company's own truth. */
export interface Figures {
  readonly events: number
  readonly eventsPerSecond: number
  readonly rejected: number
  /** Standing findings by detector. */
  readonly findings: { readonly [detector: string]: number }
  readonly curfews: { readonly [cause: string]: Readonly<Verdicts> }
  readonly survivors: Evaluation['survivors']
  readonly coverage: number | null
  /** From cause to proven death, of the curfews whose session Curfew ended; `n` counts them. */
  readonly latency: {
    readonly n: number
    readonly p50Ms: number | null
    readonly p95Ms: number | null
    readonly p99Ms: number | null
  }
  readonly machine: Slowness
}

/** What the screen shows beside the figures. */
export interface Snapshot {
  readonly figures: Figures
  readonly found: Found
  readonly names: Names
}

/** Reads the store as of now and compares it with the truth. */
export async function readFigures(demo: Demo): Promise<Snapshot> {
  const { curfew, truth, startedAt, strain } = demo
  const { ask } = curfew.store
  const now = systemClock.now()
  const [counts] = await ask(
    `select
       (select uniqExact(event_id) from events where tenant = {tenant:String}) as events,
       (select count() from rejected where tenant = {tenant:String}) as rejected`,
    { tenant },
  )
  const found = await readFound(ask, tenant, now)
  const events = Number(counts?.events ?? 0)
  const coverage = await coverageOf(demo)
  const names = await readNames(ask)
  strain.note(systemClock.now() - now)
  const figures: Figures = {
    events,
    eventsPerSecond: Math.round(events / ((now - startedAt) / 1_000)),
    rejected: Number(counts?.rejected ?? 0),
    findings: countBy(found.findings.map(({ detector }) => detector)),
    curfews: verdictsOf(found.curfews),
    survivors: evaluate(truth, found).survivors,
    coverage,
    latency: latencyOf(found.curfews),
    machine: strain.slowness(),
  }
  return { figures, found, names }
}

async function readNames(ask: Ask): Promise<Names> {
  const rows = await ask(
    `select subject_ref, max(if(email.2 != '', email.2, subject_id)) as name
     from identities
     where tenant = {tenant:String}
     group by subject_ref`,
    { tenant },
  )
  return new Map(rows.map(({ subject_ref, name }) => [String(subject_ref), String(name)]))
}

function countBy(names: readonly string[]): { readonly [name: string]: number } {
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, each]) => [name, each.length]),
  )
}

/** Verdicts by class of cause, of sessions that certainly were there before it. */
export function verdictsOf(curfews: readonly FoundCurfew[]): Figures['curfews'] {
  const byCause: { [cause: string]: Verdicts } = {}
  for (const { class: cause, verdict, certain } of curfews) {
    if (!certain) continue
    const of = byCause[cause] ?? { kept: 0, broken: 0, open: 0, unproven: 0 }
    byCause[cause] = of
    if (verdict === 'kept' || verdict === 'broken' || verdict === 'open' || verdict === 'unproven')
      of[verdict] += 1
  }
  return byCause
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
    now: systemClock.now,
    pseudonym: curfew.pseudonym,
    ownClients: ['curfew'],
  })
  return typeof summary.coverage === 'number' ? summary.coverage : null
}

/** Cause → proven dead, of the curfews whose session Curfew ended; the least that so large a share took. */
export function latencyOf(curfews: readonly FoundCurfew[]): Figures['latency'] {
  const waited = curfews
    .flatMap(({ endedByUs, diedAfterMs }) =>
      endedByUs && diedAfterMs !== null ? [diedAfterMs] : [],
    )
    .sort((one, other) => one - other)
  const at = (share: number) => waited[Math.max(0, Math.ceil(waited.length * share) - 1)] ?? null
  return { n: waited.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}
