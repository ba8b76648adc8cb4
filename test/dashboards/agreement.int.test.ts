import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AskValue, Row } from '../../src/contract/ports.ts'
import { report as coverageReport } from '../../src/show/reports/coverage.ts'
import { report as debtReport } from '../../src/show/reports/debt.ts'
import { report as findingsReport } from '../../src/show/reports/findings.ts'
import { report as latencyReport } from '../../src/show/reports/latency.ts'
import { groupBy } from './reckon.ts'
import type { Stand } from './stand.ts'
import { month, openStand, queryAt, situationOf } from './stand.ts'

const tenant = 'acme'

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const panel = (place: string) =>
  stand.run(queryAt(place), situationOf({ ...month, tenant: [tenant] }, 3_600_000))

/** A report of the same tenant and period, judged as of the same instant. */
function rowsOf(report: { readonly sql: string }): Promise<readonly Row[]> {
  const values: { readonly [name: string]: AskValue } = {
    tenant,
    from: month.fromMs,
    to: month.toMs,
    as_of: month.toMs,
    class: '',
    instance: '',
    detector: '',
    severity: '',
    top: 10,
  }
  const asked = Object.entries(values).filter(([name]) => report.sql.includes(`{${name}:`))
  return stand.ask(report.sql, Object.fromEntries(asked))
}

describe('a dashboard and a report of the same period say the same', () => {
  it('of coverage, overall and by class', async () => {
    const report = await rowsOf(coverageReport)
    const all = report.find((row) => row.cause_class === 'all')
    expect(await panel('curfew-revocation/1')).toEqual([{ coverage: all?.coverage }])
    expect(await panel('curfew-revocation/3')).toEqual([{ eligible: all?.eligible }])
    const classes = report.filter((row) => row.cause_class !== 'all' && Number(row.eligible) > 0)
    const shown = await panel('curfew-revocation/5')
    expect(classes.length).toBeGreaterThan(5)
    for (const row of classes) {
      expect(shown.find((each) => each.class === row.cause_class)).toMatchObject({
        eligible: row.eligible,
        coverage: row.coverage,
        contained_in_time: row.contained_in_time,
        still_alive: row.still_alive,
        unknown: row.unknown,
        open: row.open,
      })
    }
  })

  it('of debt', async () => {
    const all = (await rowsOf(debtReport)).find((row) => row.dimension === 'all')
    const [shown] = await panel('curfew-revocation/31')
    expect(shown?.closed).toBeCloseTo(Number(all?.closed_hours), 6)
    expect(shown?.growing_still).toBeCloseTo(Number(all?.growing_hours), 6)
    expect(await panel('curfew-revocation/32')).toEqual([{ sessions_growing: all?.growing }])
  })

  it('of latency', async () => {
    const report = await rowsOf(latencyReport)
    const shown = await panel('curfew-revocation/20')
    for (const [step, measure] of [
      ['detected', 'cause_to_detected'],
      ['acknowledged', 'cause_to_acknowledged'],
      ['read back as gone', 'cause_to_read_back'],
      ['proven dead', 'cause_to_dead'],
      ['first refused', 'cause_to_first_refused'],
    ]) {
      const told = report.find((row) => row.cause_class === 'all' && row.measure === measure)
      const row = shown.find((each) => each.step === step)
      expect(row, step).toMatchObject({ seen: told?.n, not_seen: told?.censored })
      for (const level of ['p50', 'p95', 'p99']) {
        const ms = Number(row?.[`${level}_since_cause`])
        expect(ms / 1_000, `${step} ${level}`).toBeCloseTo(Number(told?.[level]), 6)
      }
    }
  })

  it('of findings, but for those that dashboards show to nobody', async () => {
    const report = (await rowsOf(findingsReport)).filter((row) => row.mode !== 'shadow')
    const shown = await panel('curfew-findings/1')
    for (const [severity, rows] of groupBy(report, (row) => String(row.severity))) {
      const standing = rows.reduce((sum, row) => sum + Number(row.standing), 0)
      const row = shown.find((each) => each.severity === severity)
      expect(Number(row?.findings ?? 0), severity).toBe(standing)
    }
    expect(shown.length).toBeGreaterThan(2)
  })
})
