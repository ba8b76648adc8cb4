import { join } from 'node:path'
import type { Ask, Row } from '../src/contract/ports.ts'
import { valuesFor } from '../src/detect/span.ts'
import type { Sweep } from '../src/detect/sweep.ts'
import { askOutstanding } from '../src/enforce/orders/open-curfews.ts'
import { firstSession } from '../src/enforce/paging/session-position.ts'
import { loadCatalog } from '../src/process/catalog.ts'
import { everyCurfew, readCurfews } from '../src/show/queries/read-curfews.ts'
import { readSessions, sessionsStart } from '../src/show/queries/session-inventory.ts'
import { readTimeline, timelineStart } from '../src/show/queries/timeline.ts'
import type { Report } from '../src/show/reporting/report.ts'
import { runReport } from '../src/show/reporting/run-report.ts'
import { openEngine } from '../src/store/clickhouse.ts'
import { makeExpandViews } from '../src/store/expand-views.ts'
import { fill } from '../src/store/literal.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { makeLoadFacts } from '../src/verdict/session-facts.ts'
import type { QueryResult } from './scale.ts'
import { fillScaleStore, storeEndsAt } from './scale-store.ts'

/**
 * Makes a store of so many events in a folder, unless it is there, asks it what people and the enforcer ask, and prints
 * the answers' costs. Each is asked once more with no more memory than the goal allows, which the engine enforces.
 */
const [path = '', size] = process.argv.slice(2)
const goals = { report: 3, lookUp: 0.1, round: 2 }
const bytesMax = 700_000_000
const source = join(import.meta.dirname, '../src')

const engine = await openEngine({ kind: 'embedded', path })
const migrations = readMigrations(join(import.meta.dirname, '../schemas/clickhouse'))
const maker = await engine.session()
await migrate(maker, migrations)
// Its rows are of one season, whatever the date is.
await maker.command('system stop ttl merges')
const [stored] = (await maker.rows('select count() as n from curfews')) as Row[]
if (Number(stored?.n) === 0) {
  await fillScaleStore(maker, Number(size), (line) => process.stderr.write(`${line}\n`))
}
/** As much as a question of people may take, and as much as it should. */
const wide = await engine.session({ max_memory_usage: 1_500_000_000 })
const lean = await engine.session({ max_memory_usage: bytesMax })
let asker = wide
const expand = makeExpandViews(migrations)
const ask: Ask = async (sql, values) => (await asker.rows(fill(expand(sql), values))) as Row[]

const now = storeEndsAt
const tenant = 'acme'
const [one] = await ask(
  'select session_id, subject_ref, curfew_id from curfews order by session_id limit 1',
)
const session = { instance: 'sso', kind: 'online', id: String(one?.session_id) }
const refs = [String(one?.subject_ref)]

type Question = () => Promise<number>

async function measure(question: string, goalSeconds: number, run: Question): Promise<QueryResult> {
  let best: Pick<QueryResult, 'seconds' | 'processorSeconds'> = {
    seconds: null,
    processorSeconds: null,
  }
  let rows = 0
  asker = wide
  for (let time = 1; time <= 3; time += 1) {
    const [begun, used] = [performance.now(), process.cpuUsage()]
    try {
      rows = await run()
    } catch (error) {
      return { question, goalSeconds, ...best, rows, failure: String(error) }
    }
    const { user, system } = process.cpuUsage(used)
    const seconds = (performance.now() - begun) / 1_000
    if (best.seconds === null || seconds < best.seconds)
      best = { seconds, processorSeconds: (user + system) / 1e6 }
  }
  asker = lean
  const failure = await run().then(
    () => undefined,
    () => `takes more than ${bytesMax / 1e6} MB`,
  )
  return { question, goalSeconds, rows, ...best, ...(failure === undefined ? {} : { failure }) }
}

const results: QueryResult[] = []
for (const report of await loadCatalog<Report>(join(source, 'show/reports'), 'report')) {
  results.push(
    await measure(`report ${report.id}`, goals.report, async () => {
      const asked = { report, tenant, parameters: {}, names: false, ask, fill, now: () => now }
      const { row_count } = await runReport({
        ...asked,
        pseudonym: (_tenant, _instance, id) => id,
        ownClients: ['curfew'],
      })
      return row_count
    }),
  )
}
for (const sweep of await loadCatalog<Sweep>(join(source, 'detect/sweeps'), 'sweep')) {
  const rounds: readonly [string, number, number][] = [
    ['round', now - sweep.everyMs, goals.round],
    // Once an hour, and at the start.
    ['look at all', 0, goals.report],
  ]
  for (const [what, since, goal] of rounds) {
    const look = async () => {
      const span = { isAll: since === 0, recordedSince: since, dueSince: since }
      return (await ask(sweep.sql, valuesFor(sweep, now, span, ''))).length
    }
    results.push(await measure(`${what} of ${sweep.id}`, goal, look))
  }
}
const paged = { ...everyCurfew, tenant, asOf: now, after: [Number.MAX_SAFE_INTEGER, ''] as const }
results.push(
  await measure('first page of curfews', goals.report, async () => {
    return (await readCurfews(ask, { ...paged, most: 51 })).length
  }),
  await measure('one curfew', goals.lookUp, async () => {
    const curfew_id = String(one?.curfew_id)
    return (await readCurfews(ask, { ...paged, curfew_id, most: 1 })).length
  }),
  await measure("a session's timeline", goals.lookUp, async () => {
    const asked = { ask, tenant, session, names: false, asOf: now, after: timelineStart, most: 101 }
    return (await readTimeline(asked)).length
  }),
  await measure("a person's sessions", goals.lookUp, async () => {
    const asked = { ask, tenant, refs, names: false, now, after: sessionsStart, most: 51 }
    return (await readSessions(asked)).length
  }),
  await measure('what the enforcer knows of one', goals.lookUp, async () => {
    return (await makeLoadFacts(ask)(tenant, session.instance, [session.id])).size
  }),
  await measure('what is owed, as it opens', goals.report, async () => {
    return (await askOutstanding(ask, firstSession, (rows, read) => rows.map(read))).found.length
  }),
)
process.stdout.write(JSON.stringify(results))
await engine.close()
process.exit(0)
