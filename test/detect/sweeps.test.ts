import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { CodeFault } from '../../src/contract/code-fault.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { Row } from '../../src/contract/ports.ts'
import { makeSchedule } from '../../src/detect/schedule.ts'
import { valuesFor } from '../../src/detect/span.ts'
import type { Sweep } from '../../src/detect/sweep.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { fill } from '../../src/store/literal.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'

const sweeps = await loadCatalog<Sweep>('src/detect/sweeps', 'sweep')

describe.each(sweeps.map((sweep) => [sweep.id, sweep] as const))('%s', (_, sweep) => {
  it.each(sweep.examples.map((example) => [example.name, example] as const))(
    '%s',
    (_name, { row, stands }) => {
      expect(sweep.toSight(row).standing).toBe(stands)
    },
  )

  it('says among what was recorded lately it looks, and takes the values that the schedule has for it', () => {
    const span = { isAll: false, recordedSince: 1_000, dueSince: 1_000 }
    const values = valuesFor(sweep, 2_000, span, '')
    expect(values).toHaveProperty('tenant')
    expect(values).toHaveProperty('recorded_since')
    expect(fill(sweep.sql, values)).not.toMatch(/\{\w+:/)
  })

  it('shows at least one thing it finds and one it lets pass', () => {
    expect(new Set(sweep.examples.map(({ stands }) => stands)).size).toBe(2)
  })
})

describe('the schedule', () => {
  const sweep = sweeps.find(({ id }) => id === 'survivor')
  if (!sweep) throw new Error('there is no sweep to run')
  const [first] = sweep.examples

  function scheduleOver(answers: readonly (readonly Row[])[], stored: readonly Row[] = []) {
    const kept: Finding[] = []
    const faults: CodeFault[] = []
    const time = makeClock()
    let asked = 0
    const schedule = makeSchedule({
      sweeps,
      policy: defaultPolicy,
      ask: (sql) => {
        if (sql.includes('now64')) return Promise.resolve([{ now: time.clock.now() }])
        return Promise.resolve(sql.includes('finding_id') ? stored : (answers[asked++] ?? []))
      },
      keep: async (findings) => void kept.push(...findings),
      clock: time.clock,
      log: silentLog,
      meter: idleMeter,
      onFault: (fault) => faults.push(fault),
    })
    return { schedule, kept, faults, time }
  }

  it('writes a finding once while it stays the same', async () => {
    const { schedule, kept } = scheduleOver([[first.row], [first.row]])
    expect(await schedule.runOne(sweep)).toBe(1)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(kept).toHaveLength(1)
  })

  it('keeps and withdraws nothing for a row that its sweep cannot read, and goes on with the others', async () => {
    const broken = { ...first.row, tenant: 'acme', verdict: null }
    const { schedule, kept, faults } = scheduleOver([[first.row], [broken], [broken, first.row]])
    await schedule.runOne(sweep)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(kept.map(({ standing }) => standing)).toEqual([true])
    const fault = { tenant: 'acme', stage: 'detect', part: 'survivor', error: 'TypeError' }
    expect(faults).toMatchObject([fault, fault])
  })

  it('withdraws a finding whose session is proven dead later', async () => {
    const { schedule, kept } = scheduleOver([[first.row], [{ ...first.row, verdict: 'kept' }]])
    await schedule.runOne(sweep)
    await schedule.runOne(sweep)
    expect(kept.map(({ standing }) => standing)).toEqual([true, false])
    expect(kept[1]?.version).toBeGreaterThan(kept[0]?.version ?? 0)
  })

  it('tells of a finding whose instant moved: by it is known whether the sweep still looks at it', async () => {
    const deadline = Number(first.row.deadline) - 60_000
    const moved = { ...first.row, deadline }
    const { schedule, kept } = scheduleOver([[first.row], [moved], [moved]])
    for (const told of [1, 1, 0]) expect(await schedule.runOne(sweep)).toBe(told)
    expect(kept.map(({ at }) => at)).toEqual([first.row.deadline, deadline])
    expect(kept[1]?.findingId).toBe(kept[0]?.findingId)
  })

  it('has a finding of its own for each life of an id that was used again', async () => {
    const lives = [first.row, { ...first.row, incarnation: 1, verdict: 'kept' }]
    const { schedule, kept } = scheduleOver([lives, lives, lives])
    expect(await schedule.runOne(sweep)).toBe(1)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(await schedule.runOne(sweep)).toBe(0)
    expect(kept.map(({ standing }) => standing)).toEqual([true])
  })

  it('looks no more often than its share of the time allows', async () => {
    const time = makeClock()
    const closing = new AbortController()
    let asked = 0
    const schedule = makeSchedule({
      sweeps: [sweep],
      policy: defaultPolicy,
      ask: async (sql) => {
        if (sql.includes('now64')) return [{ now: time.clock.now() }]
        if (sql !== sweep.sql) return []
        asked += 1
        await time.clock.wait(60_000)
        return []
      },
      keep: async () => {},
      clock: time.clock,
      log: silentLog,
      meter: idleMeter,
    })
    const running = schedule.run(closing.signal)
    await settle()
    await time.advance(60_000)
    await time.advance(9 * 60_000)
    expect(asked).toBe(1)
    await time.advance(60_000)
    expect(asked).toBe(2)
    closing.abort()
    await time.advance(60_000)
    await running
  })

  it('looks at everything first and once an hour, and else at what was recorded or became due since its last look', async () => {
    const time = makeClock()
    const storeAhead = 5_000
    const looks: unknown[] = []
    const schedule = makeSchedule({
      sweeps: [sweep],
      policy: defaultPolicy,
      ask: async (sql, values) => {
        if (sql.includes('now64')) return [{ now: time.clock.now() + storeAhead }]
        if (sql === sweep.sql) looks.push([values?.recorded_since, values?.due_since])
        return []
      },
      keep: async () => {},
      clock: time.clock,
      log: silentLog,
      meter: idleMeter,
    })
    const begun = time.clock.now()
    await schedule.runOne(sweep)
    await time.advance(15_000)
    await schedule.runOne(sweep)
    await time.advance(60 * 60_000)
    await schedule.runOne(sweep)
    const all = [new Date(0), new Date(0)]
    const recorded = new Date(begun + storeAhead - 90_000)
    const due = new Date(begun - sweep.watermarkMs - 90_000)
    expect(looks).toEqual([all, [recorded, due], all])
  })

  it('tells nothing twice after a restart', async () => {
    const before = scheduleOver([[first.row]])
    await before.schedule.runOne(sweep)
    const [finding] = before.kept
    const { findingId: finding_id, at: at_ms } = finding ?? { findingId: '', at: 0 }
    const stored = [{ tenant: 'acme', finding_id, standing: true, severity: 'high', at_ms }]
    const after = scheduleOver([[first.row]], stored)
    expect(await after.schedule.runOne(sweep)).toBe(0)
  })

  it('waits for no statement when it is stopped, and keeps nothing that is answered afterwards', async () => {
    const time = makeClock()
    const stop = new AbortController()
    const answer = Promise.withResolvers<readonly Row[]>()
    const kept: Finding[] = []
    const said: object[] = []
    const schedule = makeSchedule({
      sweeps: [sweep],
      policy: defaultPolicy,
      ask: async (sql) => {
        if (sql.includes('now64')) return [{ now: time.clock.now() }]
        return sql === sweep.sql ? await answer.promise : []
      },
      keep: async (findings) => void kept.push(...findings),
      clock: time.clock,
      log: { ...silentLog, error: (fields) => said.push(fields) },
      meter: idleMeter,
    })
    const running = schedule.run(stop.signal)
    await settle()
    stop.abort()
    await running
    answer.resolve([first.row])
    await settle()
    expect([kept, said]).toEqual([[], []])
  })
})

describe('a sweep that rests on silence', () => {
  /** Finds a grant that nobody renewed since its last use, by the rows it is given. */
  const idle: Sweep = {
    id: 'idle-grant',
    title: 'A grant is idle',
    family: 'behaviour',
    severity: 'low',
    mode: 'inform',
    attack: [],
    runbook: '',
    everyMs: 60_000,
    watermarkMs: 2_000,
    restsOnSilence: true,
    windowMs: 86_400_000,
    sql: 'select {tenant:String}, {recorded_since:DateTime64(3)}, {due_since:DateTime64(3)}',
    toSight: (row) => ({
      tenant: 'acme',
      instance: 'sso',
      on: { kind: 'grant', id: String(row.grant) },
      about: [],
      standing: true,
      at: Number(row.at),
      silentSince: Number(row.at) - 600_000,
      subjectRef: 'ref',
      sessionKind: '',
      sessionId: '',
      why: 'Nobody used it.',
      facts: {},
    }),
    examples: [
      { name: 'idle', row: {}, stands: true },
      { name: 'in use', row: {}, stands: false },
    ],
  }
  const start = Date.UTC(2026, 10, 3)

  function given() {
    const time = makeClock(start)
    const kept: Finding[] = []
    const dueSince: unknown[] = []
    const counted: [string, number][] = []
    const state = { at: start - 60_000, gaps: [] as Row[], rows: [] as Row[] }
    const schedule = makeSchedule({
      sweeps: [idle],
      policy: defaultPolicy,
      ask: async (sql, values) => {
        if (sql.includes('now64')) return [{ now: time.clock.now() }]
        if (sql.includes('from work_states')) return [{ tenant: '', at_ms: state.at }]
        if (sql.includes('from work_gaps')) return state.gaps
        if (sql !== idle.sql) return []
        dueSince.push(values?.due_since)
        return state.rows
      },
      keep: async (findings) => void kept.push(...findings),
      clock: time.clock,
      log: silentLog,
      meter: { ...idleMeter, count: (name, _, by = 1) => void counted.push([name, by]) },
    })
    return { time, kept, dueSince, counted, state, schedule }
  }

  it('judges a row only once every source was read past it, and looks at it again until then', async () => {
    const { time, kept, dueSince, counted, state, schedule } = given()
    state.rows = [{ grant: 'g1', at: start - 30_000 }]
    expect(await schedule.runOne(idle)).toBe(0)
    expect(counted).toContainEqual(['curfew_detect_sweep_not_evaluable_total', 1])
    await time.advance(600_000)
    expect(await schedule.runOne(idle)).toBe(0)
    await time.advance(600_000)
    state.at = start + 1_190_000
    expect(await schedule.runOne(idle)).toBe(1)
    expect(dueSince[2]).toEqual(new Date(start - 32_000))
    expect(kept).toMatchObject([{ rootKind: 'grant', rootId: 'g1', sessionId: '', standing: true }])
  })

  it('judges nothing over a gap of a source of its tenant, and withdraws nothing for it', async () => {
    const { kept, state, schedule } = given()
    state.rows = [{ grant: 'g1', at: start - 120_000 }]
    expect(await schedule.runOne(idle)).toBe(1)
    state.gaps = [{ tenant: 'acme', from_ms: start - 300_000, until_ms: start - 290_000 }]
    state.rows = [
      { grant: 'g1', at: start - 120_000 },
      { grant: 'g2', at: start - 120_000 },
    ]
    expect(await schedule.runOne(idle)).toBe(0)
    state.gaps = [{ tenant: 'other', from_ms: start - 300_000, until_ms: start - 290_000 }]
    expect(await schedule.runOne(idle)).toBe(1)
    expect(kept.map(({ rootId }) => rootId)).toEqual(['g1', 'g2'])
  })
})
