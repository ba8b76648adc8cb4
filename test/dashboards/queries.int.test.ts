import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Row } from '../../src/contract/ports.ts'
import { expand } from './expand.ts'
import type { ShippedQuery } from './queries.ts'
import { shippedQueries } from './queries.ts'
import type { Choice } from './reckon.ts'
import type { Stand } from './stand.ts'
import { alertSituation, month, openStand, queryAt, situationOf, told } from './stand.ts'

const minute = 60_000
const all = shippedQueries()
const panels = all.filter((query) => query.kind === 'panel')

/** As Grafana would run it: the bucket follows the range and never falls below the panel's own. */
function situationFor(query: ShippedQuery, choice: Choice, more = {}) {
  if (query.kind === 'alert') return alertSituation(query, choice.toMs + minute)
  const bucketMs = Math.max(query.bucketMinMs, (choice.toMs - choice.fromMs) / 1_000)
  return situationOf(choice, bucketMs, more)
}

const cells = (rows: readonly Row[]) => rows.flatMap((row) => Object.values(row))
const shares = (query: ShippedQuery, rows: readonly Row[]) =>
  rows.flatMap((row) =>
    Object.entries(row)
      .filter(([column, cell]) => {
        const unit = query.units[column] ?? (query.panelType === 'table' ? '' : query.unit)
        return unit === 'percentunit' && typeof cell === 'number'
      })
      .map(([, cell]) => Number(cell)),
  )

describe('in a seeded world', () => {
  let stand: Stand
  const answers = new Map<ShippedQuery, Promise<readonly Row[]>>()
  beforeAll(async () => {
    stand = await openStand()
  })
  afterAll(() => stand.close())

  /** What a query answers over thirty days with everything chosen; asked for once. */
  function answer(query: ShippedQuery): Promise<readonly Row[]> {
    const known =
      answers.get(query) ?? stand.run(query, situationFor(query, month, oneSession(query)))
    answers.set(query, known)
    return known
  }
  const oneSession = ({ place }: ShippedQuery) =>
    place.startsWith('curfew-session/') ? { session: 's-main-0-0' } : {}

  it.each(panels.map((query) => [query.place, query] as const))(
    '%s shows something over thirty days',
    async (_, query) => {
      const rows = await answer(query)
      expect(cells(rows).filter((cell) => cell !== null).length).toBeGreaterThan(0)
      expect(cells(rows)).not.toContain('nan')
      for (const share of shares(query, rows)) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }
    },
  )

  it.each(
    panels.filter(({ format }) => format === 0).map((query) => [query.place, query] as const),
  )('%s has its rows in order of time', async (_, query) => {
    const times = (await answer(query)).map((row) => Date.parse(String(row.time)))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.length).toBeGreaterThan(1)
  })

  it('keeps tenants apart: one with a quote in its name shows none of the others', async () => {
    const asked = panels.map(async (query) => {
      const rows = await stand.run(query, situationFor(query, { ...month, tenant: ["o'brien"] }))
      expect(JSON.stringify(rows), query.place).not.toContain('"acme"')
      expect(cells(rows), query.place).not.toContain('nan')
    })
    await Promise.all(asked)
  })

  it('tells the same whatever the time zone of the server', async () => {
    // What the dashboard of revocation shows is reckoned in UTC, panel by panel, by a test of its own.
    const others = all.filter(({ place }) => !place.startsWith('curfew-revocation/'))
    const asked = others.map(async (query) => {
      const sql = expand(query.sql, situationFor(query, month, oneSession(query)))
      const inUtc = await stand.ask(`${sql}\n${told}, session_timezone = 'UTC'`)
      expect(inUtc, query.place).toEqual(await answer(query))
    })
    await Promise.all(asked)
  })

  it('would judge hours off on such a server if the instant were not turned to UTC', async () => {
    const query = queryAt('curfew-revocation/4')
    const naive = query.sql.replace(/toTimeZone\((least\(.*?\)\)), 'UTC'\)/, '$1')
    const situation = situationFor(query, month)
    const zone = "session_timezone = 'America/Los_Angeles'"
    const right = await stand.ask(`${expand(query.sql, situation)}\n${told}, ${zone}`)
    const wrong = await stand.ask(`${expand(naive, situation)}\n${told}, ${zone}`)
    expect(naive).not.toBe(query.sql)
    expect(wrong).not.toEqual(right)
  })

  it('judges no later than now when the range ends in the future', async () => {
    const query = queryAt('curfew-revocation/4')
    const toMs = Date.parse('2100-01-01T00:00:00.000Z')
    const sql = expand(query.sql, situationFor(query, { ...month, toMs }))
    const asOf = /verdicts\(as_of = (.*)\)\n/.exec(sql)?.[1]
    const [row] = await stand.ask(`select ${asOf} <= now64(3) as past`)
    expect(row).toEqual({ past: 1 })
  })

  it.each(
    all.filter(({ kind }) => kind === 'variable').map((query) => [query.place, query] as const),
  )('%s offers what there is, each once', async (_, query) => {
    const rows = await stand.run(query, situationFor(query, month))
    const values = cells(rows)
    expect(values.length).toBeGreaterThan(1)
    expect(new Set(values).size).toBe(values.length)
    expect(rows.every((row) => Object.keys(row).length === 1)).toBe(true)
  })
})
