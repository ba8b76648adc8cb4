import type { Row } from '../../src/contract/ports.ts'
import { openTestStore } from '../parts/store.ts'
import type { Situation } from './expand.ts'
import { expand } from './expand.ts'
import type { ShippedQuery } from './queries.ts'
import { shippedQueries } from './queries.ts'
import type { Choice } from './reckon.ts'
import {
  makeBadBurst,
  makeBurst,
  makeCauses,
  makeFindings,
  makeListings,
  makeOddEvents,
  makeRejected,
  makeUnread,
  makeWork,
} from './side-world.ts'
import type { TableRow } from './world.ts'
import { curfewsOf, eventsOf, evidenceOf, makeCases, stepsOf } from './world.ts'

const day = 86_400_000

/** Midnight, in the past of any machine: panels judge no later than now. */
export const worldEnd = Date.parse('2026-11-21T00:00:00.000Z')

/** The rows as they are inserted, to reckon from. */
export const world = {
  cases: makeCases(worldEnd),
  events: [
    ...makeCases(worldEnd).flatMap(eventsOf),
    ...makeOddEvents(worldEnd),
    ...makeBurst(worldEnd),
  ],
  findings: makeFindings(worldEnd),
  rejected: [...makeRejected(worldEnd), ...makeBadBurst(worldEnd)],
  unread: makeUnread(worldEnd),
  listings: makeListings(worldEnd),
  causes: makeCauses(worldEnd),
  work: makeWork(worldEnd),
}

const tables: readonly (readonly [string, readonly TableRow[]])[] = [
  ['events', world.events],
  ['curfews', world.cases.flatMap(curfewsOf)],
  ['evidence', world.cases.flatMap(evidenceOf)],
  ['order_steps', [...world.cases.flatMap(stepsOf), ...world.work.waiting]],
  ['findings', world.findings],
  ['rejected', world.rejected],
  ['unread', world.unread],
  ['listings', world.listings],
  ['causes', world.causes],
  ['work_states', world.work.states],
  ['work_gaps', world.work.gaps],
  ['kill_switch', world.work.turns],
]

export const month: Choice = {
  fromMs: worldEnd - 30 * day,
  toMs: worldEnd,
  tenant: null,
  instance: null,
  class: null,
}

const all = ['$__all']

/** What Grafana would fill in for a choice; further variables may be given. */
export function situationOf(
  choice: Choice,
  intervalMs: number,
  more: { readonly [name: string]: string | readonly string[] } = {},
): Situation {
  const { fromMs, toMs } = choice
  const variables = {
    datasource: 'curfew-clickhouse',
    tenant: choice.tenant ?? all,
    instance: choice.instance ?? all,
    class: choice.class ?? all,
    severity: all,
    detector: all,
    session: '',
    subject: '',
    ...more,
  }
  return { fromMs, toMs, intervalMs, variables }
}

/** NaN and infinity come as text instead of NULL, so that neither can pass for "no data". */
export const told = 'settings output_format_json_quote_denormals = 1'

/** A zone far from UTC and off the hour: what is reckoned here in UTC, no query may find in its own. */
export const elsewhere = `${told}, session_timezone = 'Asia/Kathmandu'`

/** Opens an engine with the world in it, and runs shipped queries on it, as on a server elsewhere. */
export async function openStand() {
  const store = await openTestStore()
  for (const [table, rows] of tables) await store.append(table, rows)
  const run = (query: ShippedQuery, situation: Situation): Promise<readonly Row[]> =>
    store.ask(`${expand(query.sql, situation)}\n${elsewhere}`)
  return { run, ask: store.ask, close: store.close }
}
export type Stand = Awaited<ReturnType<typeof openStand>>

/** The shipped query whose place begins so. */
export function queryAt(place: string): ShippedQuery {
  const found = shippedQueries().filter(
    (query) => query.place === place || query.place.startsWith(`${place} `),
  )
  const [only] = found
  if (!only || found.length > 1) throw new Error(`${found.length} queries stand at ${place}`)
  return only
}

/** What an alert's query sees when it is evaluated at `nowMs`. */
export function alertSituation(query: ShippedQuery, nowMs: number): Situation {
  const { from, to } = query.range ?? { from: 0, to: 0 }
  return { fromMs: nowMs - from * 1_000, toMs: nowMs - to * 1_000, intervalMs: 1_000 }
}

/** Milliseconds of an instant as the engine prints it. */
export const at = (cell: unknown) => Date.parse(String(cell))
