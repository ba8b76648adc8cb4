import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertRules } from '../../dashboards/alert-rules.ts'
import type { Row } from '../../src/contract/ports.ts'
import { at as jsonAt, list, shipped, text } from './queries.ts'
import { coverage, eligibleOnes, standing } from './reckon.ts'
import type { Stand } from './stand.ts'
import { alertSituation, at, month, openStand, queryAt, world, worldEnd } from './stand.ts'
import { places } from './world.ts'

const minute = 60_000
const hour = 60 * minute

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

/** The rows of a rule's query when Grafana evaluates it a minute after the world's end. */
function rowsOf(uid: string, nowMs = worldEnd + minute): Promise<readonly Row[]> {
  const query = queryAt(`alert ${uid}`)
  return stand.run(query, alertSituation(query, nowMs))
}

/** Labels of the instances that fire: what the reduce and threshold steps would do with the rows. */
async function firing(uid: string, nowMs?: number): Promise<readonly string[]> {
  const rules = list(jsonAt(shipped('provisioning/alerting/curfew.json'), 'groups', 0, 'rules'))
  const rule = rules.find((each) => text(jsonAt(each, 'uid')) === uid)
  const evaluator = jsonAt(rule, 'data', 2, 'model', 'conditions', 0, 'evaluator')
  const bound = Number(jsonAt(evaluator, 'params', 0))
  const isOver = text(jsonAt(evaluator, 'type')) === 'gt'
  const rows = await rowsOf(uid, nowMs)
  return rows
    .filter((row) => {
      const value = Object.values(row).find((cell) => typeof cell === 'number')
      if (value === undefined) throw new Error(`no number in ${JSON.stringify(row)}`)
      return isOver ? Number(value) > bound : Number(value) < bound
    })
    .map((row) => `${row.tenant}/${row.instance}`)
    .sort()
}

describe('each alert rule', () => {
  it.each(alertRules.map(({ uid }) => uid))(
    '%s gives one row per instance with exactly one number',
    async (uid) => {
      const rows = await rowsOf(uid)
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) {
        expect(Object.values(row).filter((cell) => typeof cell === 'number')).toHaveLength(1)
        expect(Object.keys(row)).toHaveLength(3)
      }
      const labels = rows.map((row) => `${row.tenant}/${row.instance}`)
      expect(new Set(labels).size).toBe(labels.length)
    },
  )

  it.each(alertRules.filter(({ uid }) => uid !== 'curfew-intake-stopped').map(({ uid }) => uid))(
    '%s is quiet where nothing happens',
    async (uid) => {
      expect(await firing(uid, worldEnd - 20 * 24 * hour)).toEqual([])
    },
  )
})

describe('the alert on', () => {
  it('broken curfews counts those whose deadline passed within a day', async () => {
    const rows = await rowsOf('curfew-broken')
    const all = standing(world.cases, month)
    const broken = (tenant: string, instance: string) =>
      all.filter(
        ({ one, judged }) =>
          one.tenant === tenant &&
          one.instance === instance &&
          judged.certainty === 'certain' &&
          judged.verdict === 'broken',
      ).length
    for (const row of rows) {
      expect(row.broken).toBe(broken(String(row.tenant), String(row.instance)))
    }
    expect(await firing('curfew-broken')).toEqual(['acme/main', 'acme/partner', "o'brien/main"])
  })

  it('coverage speaks only where enough sessions were eligible within the hour', async () => {
    const partner = { ...month, tenant: ['acme'], instance: ['partner'] }
    const eligible = eligibleOnes(standing(world.cases, partner), worldEnd).filter(
      ({ one }) => one.causeAt + one.fate.deadlineMs >= worldEnd - hour,
    )
    expect(await rowsOf('curfew-coverage-low')).toEqual([
      { tenant: 'acme', instance: 'partner', coverage: coverage(eligible).coverage },
    ])
    expect(eligible).toHaveLength(24)
    expect(await firing('curfew-coverage-low')).toEqual(['acme/partner'])
  })

  it('breaches counts what stands, by its latest judgement', async () => {
    const rows = await rowsOf('curfew-breach')
    expect(rows.map((row) => row.breaches)).toEqual([2, 2, 2])
  })

  it('a stopped intake tells for how many minutes nothing came', async () => {
    for (const row of await rowsOf('curfew-intake-stopped')) {
      const last = Math.max(
        ...world.events
          .filter((event) => event.lane === 'live')
          .filter((event) => event.tenant === row.tenant && event.instance === row.instance)
          .map((event) => at(event.received_at))
          .filter((time) => time <= worldEnd),
      )
      expect(Number(row.silent_minutes)).toBeCloseTo((worldEnd - last) / minute, 1)
    }
    expect(await firing('curfew-intake-stopped', worldEnd + hour)).toHaveLength(places.length)
  })

  it('unproven curfews speaks when there are more than an hour before', async () => {
    expect(await firing('curfew-unproven-growing')).toEqual(['acme/partner'])
    const rows = await rowsOf('curfew-unproven-growing')
    expect(rows.find((row) => row.instance === 'partner')?.more_unproven).toBe(3)
    expect(await firing('curfew-unproven-growing', worldEnd + 2 * hour)).toEqual([])
  })

  it('rejected messages speaks only where enough messages came', async () => {
    expect(await rowsOf('curfew-rejected-share')).toEqual([
      { tenant: "o'brien", instance: 'main', rejected_share: 9 / 119 },
    ])
  })

  it('work that fails tells since when, by kind of work, and none that goes well', async () => {
    expect(await rowsOf('curfew-work-failing')).toEqual([
      { tenant: 'acme', instance: 'lists', failing_minutes: 20 },
    ])
  })

  it('the enforcer tells how far it is behind, and speaks only when that is too much', async () => {
    expect(await rowsOf('curfew-enforcement-behind')).toEqual([
      { tenant: '', instance: 'enforcement', behind_minutes: 2 },
    ])
    expect(await firing('curfew-enforcement-behind')).toEqual([])
    expect(await firing('curfew-enforcement-behind', worldEnd + hour)).toEqual(['/enforcement'])
  })

  it('the kill switch tells for how long the last turn has held', async () => {
    expect(await rowsOf('curfew-kill-switch-on')).toEqual([
      { tenant: '', instance: '', stopped_minutes: 40 },
    ])
  })
})
