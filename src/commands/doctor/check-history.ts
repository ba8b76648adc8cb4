import type { EngineSession } from '../../store/clickhouse.ts'
import type { CheckResult } from './check-result.ts'

const tables = `select count() as n from system.tables
where database = currentDatabase() and name = 'subject_firsts'`

/** How many people there are, and how many were first seen long enough before the newest first sight. */
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
 * For how many people there is enough history to detect what is new for them. Undefined in a store
 * without tables.
 *
 * @param settlingMs the history that a person needs, ms.
 */
export async function examineHistory(
  session: EngineSession,
  settlingMs: number,
): Promise<CheckResult | undefined> {
  if ((await countsOf(session, tables)).n === 0) return undefined
  const { people = 0, known = 0 } = await countsOf(
    session,
    peopleKnown(Math.round(settlingMs / 1000)),
  )
  const check = 'history'
  const days = settlingMs / 86_400_000
  if (people === 0) return { check, state: 'ok', detail: 'no person has been seen yet' }
  if (known === people) {
    return {
      check,
      state: 'ok',
      detail: `there are ${days} days of history for all ${people} people`,
    }
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
