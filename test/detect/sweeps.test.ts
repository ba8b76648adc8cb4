import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { Row } from '../../src/contract/ports.ts'
import { makeSchedule } from '../../src/detect/schedule.ts'
import type { Sweep } from '../../src/detect/sweep.ts'
import { defaultPolicy } from '../../src/policy.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'

const sweeps = await loadCatalog<Sweep>('src/detect/sweeps', 'sweep')

describe.each(sweeps.map((sweep) => [sweep.id, sweep] as const))('%s', (_, sweep) => {
  it.each(sweep.examples.map((example) => [example.name, example] as const))(
    '%s',
    (_name, { row, stands }) => {
      expect(sweep.toSight(row).standing).toBe(stands)
    },
  )

  it('shows at least one thing it finds and one it lets pass', () => {
    expect(new Set(sweep.examples.map(({ stands }) => stands)).size).toBe(2)
  })
})

describe('the schedule', () => {
  const [sweep] = sweeps
  if (!sweep) throw new Error('there is no sweep to run')
  const [first] = sweep.examples

  function scheduleOver(answers: readonly (readonly Row[])[], stored: readonly Row[] = []) {
    const kept: Finding[] = []
    let asked = 0
    const schedule = makeSchedule({
      sweeps,
      policy: defaultPolicy,
      ask: (sql) =>
        Promise.resolve(sql.includes('from findings') ? stored : (answers[asked++] ?? [])),
      keep: async (findings) => void kept.push(...findings),
      clock: makeClock().clock,
      log: silentLog,
      meter: idleMeter,
    })
    return { schedule, kept }
  }

  it('writes a finding once while it stays the same', async () => {
    const { schedule, kept } = scheduleOver([[first.row], [first.row]])
    expect(await schedule.runOne(sweep)).toBe(1)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(kept).toHaveLength(1)
  })

  it('withdraws a finding whose session is proven dead later', async () => {
    const { schedule, kept } = scheduleOver([[first.row], [{ ...first.row, verdict: 'kept' }]])
    await schedule.runOne(sweep)
    await schedule.runOne(sweep)
    expect(kept.map(({ standing }) => standing)).toEqual([true, false])
    expect(kept[1]?.version).toBeGreaterThan(kept[0]?.version ?? 0)
  })

  it('tells nothing twice after a restart', async () => {
    const before = scheduleOver([[first.row]])
    await before.schedule.runOne(sweep)
    const [finding] = before.kept
    const stored = [{ finding_id: finding?.findingId ?? '', standing: true, severity: 'high' }]
    const after = scheduleOver([[first.row]], stored)
    expect(await after.schedule.runOne(sweep)).toBe(0)
  })
})
