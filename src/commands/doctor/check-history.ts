import type { EngineSession } from '../../store/clickhouse.ts'
import type { Symptom } from './check-result.ts'

const tables = `select count() as n from system.tables
where database = currentDatabase() and name = 'subject_firsts'`

/** How many people are known at all, and how many for long enough at the youngest sight of anybody. */
const peopleKnown = (settlingSeconds: number) => `
with (select max(tupleElement(first, 1)) from subject_firsts) as now
select count() as people, countIf(since <= now - toIntervalSecond(${settlingSeconds})) as known
from
(
  select tenant, instance, subject_ref, min(tupleElement(first, 1)) as since
  from subject_firsts
  group by tenant, instance, subject_ref
)`

/**
 * Of how many people enough is known to say what is new for them. Undefined in a store that has no
 * tables yet.
 *
 * @param settlingMs how long somebody has to be known, ms.
 */
export async function examineHistory(
  session: EngineSession,
  settlingMs: number,
): Promise<Symptom | undefined> {
  if ((await countsOf(session, tables)).n === 0) return undefined
  const { people = 0, known = 0 } = await countsOf(
    session,
    peopleKnown(Math.round(settlingMs / 1000)),
  )
  const check = 'history'
  const days = settlingMs / 86_400_000
  if (people === 0) return { check, state: 'ok', detail: 'nobody was seen yet' }
  if (known === people) {
    return { check, state: 'ok', detail: `all ${people} people are known for ${days} days` }
  }
  const detail =
    `insufficient history for ${people - known} of ${people} people, known for less than ${days} ` +
    'days: no country, device or network is called new for them yet. Replay events of before to shorten it.'
  return { check, state: 'ok', detail }
}

async function countsOf(
  session: EngineSession,
  sql: string,
): Promise<{ readonly [name: string]: number }> {
  const [row] = await session.rows(sql)
  const cells = Object.entries(typeof row === 'object' && row !== null ? row : {})
  return Object.fromEntries(cells.map(([name, cell]) => [name, Number(cell)]))
}
