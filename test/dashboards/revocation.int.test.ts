import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Choice, Standing } from './reckon.ts'
import {
  bucket,
  certainOnes,
  countBy,
  coverage,
  debts,
  eligibleOnes,
  groupBy,
  hours,
  isInTime,
  quantile,
  sessionOf,
  standing,
  steps,
  usesAfter,
} from './reckon.ts'
import type { Stand } from './stand.ts'
import { at, month, openStand, queryAt, situationOf, world, worldEnd } from './stand.ts'

const hour = 3_600_000

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

/** Rows of a panel for a choice, in buckets of an hour. */
const panel = (id: number, choice: Choice, more = {}) =>
  stand.run(queryAt(`curfew-revocation/${id}`), situationOf(choice, hour, more))

const first = world.cases[0]
if (!first) throw new Error('the world has no curfew')

const choices: readonly (readonly [string, Choice])[] = [
  ['everything', month],
  [
    'several instances and classes of a tenant with a quote',
    {
      tenant: ["o'brien"],
      instance: ['main', 'partner'],
      class: ['credential_reset', 'subject_suspended', 'credential_changed'],
      fromMs: worldEnd - 19 * hour,
      toMs: month.toMs,
    },
  ],
]

describe.each(choices)('the revocation dashboard, for %s,', (_, choice) => {
  const all = standing(world.cases, choice)
  const certain = certainOnes(all)
  const eligible = eligibleOnes(all, choice.toMs)
  const count = (rows: readonly Standing[], is: (one: Standing) => boolean) =>
    all.length === 0 ? null : rows.filter(is).length

  it('shows coverage by session', async () => {
    const expected = coverage(eligible)
    expect(eligible.length).toBeGreaterThan(0)
    const [overall, ours, sessions] = [
      await panel(1, choice),
      await panel(2, choice),
      await panel(3, choice),
    ]
    expect(overall).toEqual([{ coverage: expected.coverage }])
    expect(ours).toEqual([{ contained_by_curfew: expected.byCurfew }])
    expect(sessions).toEqual([{ eligible: expected.eligible }])
  })

  it('counts broken, unproven, open and uncertain curfews', async () => {
    expect(await panel(4, choice)).toEqual([
      {
        broken: count(certain, ({ judged }) => judged.verdict === 'broken'),
        unproven: count(certain, ({ judged }) => judged.verdict === 'unproven'),
        open: count(certain, ({ judged }) => judged.verdict === 'open'),
        uncertain: count(all, ({ judged }) => judged.certainty !== 'certain'),
      },
    ])
  })

  it('shows by class what became of every session', async () => {
    const classes = groupBy(all, ({ one }) => one.fate.class)
    const expected = [...classes].sort().map(([name, curfews]) => {
      const due = eligibleOnes(curfews, choice.toMs)
      const outcomes = countBy(due, ({ judged }) => judged.outcome)
      const of = (outcome: string) => outcomes[outcome] ?? 0
      return {
        class: name,
        eligible: due.length,
        coverage: due.length === 0 ? null : due.filter(isInTime).length / due.length,
        contained_in_time: of('contained_in_time'),
        contained_late: of('contained_late'),
        ended_otherwise_in_time: of('ended_otherwise_in_time'),
        ended_otherwise_late: of('ended_otherwise_late'),
        expired: of('expired'),
        still_alive: of('still_alive'),
        unknown: of('unknown'),
        open: certainOnes(curfews).length - due.length,
        uncertain: curfews.length - certainOnes(curfews).length,
      }
    })
    expect(await panel(5, choice)).toEqual(expected)
  })

  it('shows coverage and outcomes over time', async () => {
    const key = (each: Standing, word: string) =>
      JSON.stringify([bucket(each.one.causeAt, hour), word])
    const byClass = groupBy(eligible, (each) => key(each, each.one.fate.class))
    const shares = [...byClass].map(([name, curfews]) => [
      name,
      curfews.filter(isInTime).length / curfews.length,
    ])
    const shown = (await panel(6, choice)).map((row) => [
      JSON.stringify([at(row.time), row.class]),
      row.coverage,
    ])
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(shares))
    const outcomes = (await panel(7, choice)).map((row) => [
      JSON.stringify([at(row.time), row.outcome]),
      row.curfews,
    ])
    expect(Object.fromEntries(outcomes)).toEqual(
      countBy(eligible, (each) => key(each, each.judged.outcome)),
    )
  })

  it('counts curfews by their best evidence', async () => {
    const shown = (await panel(8, choice)).map((row) => [row.best_evidence, row.curfews])
    expect(Object.fromEntries(shown)).toEqual(countBy(eligible, ({ judged }) => judged.best))
  })

  it('shows each step since the cause and since the one before, and how many were not seen', async () => {
    const expected = steps(certain).map(({ step, sinceCause, sinceBefore, notSeen }) => ({
      step,
      seen: sinceCause.length,
      not_seen: notSeen,
      p50_since_cause: quantile(sinceCause, 0.5),
      p95_since_cause: quantile(sinceCause, 0.95),
      p99_since_cause: quantile(sinceCause, 0.99),
      max_since_cause: quantile(sinceCause, 1),
      p50_since_step_before: quantile(sinceBefore, 0.5),
      p95_since_step_before: quantile(sinceBefore, 0.95),
      p99_since_step_before: quantile(sinceBefore, 0.99),
    }))
    expect(await panel(20, choice)).toEqual(expected)
  })

  it.each([
    [21, 0.5],
    [22, 0.95],
    [23, 0.99],
  ])('shows quantiles over time in panel %i', async (id, level) => {
    const buckets = groupBy(certain, ({ one }) => String(bucket(one.causeAt, hour)))
    const expected = [...buckets].flatMap(([time, curfews]) =>
      steps(curfews)
        .filter(({ sinceCause }) => sinceCause.length > 0)
        .map(({ step, sinceCause }) => [`${time} ${step}`, quantile(sinceCause, level)]),
    )
    const shown = (await panel(id, choice)).map((row) => [
      `${at(row.time)} ${row.step}`,
      row.since_cause,
    ])
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected))
  })

  it('lists what is open, broken or unproven, the worst first', async () => {
    const order = ['broken', 'unproven', 'open']
    const expected = all
      .filter(({ judged }) => order.includes(judged.verdict))
      .map(({ one, judged }) => ({
        verdict: judged.verdict,
        tenant: one.tenant,
        class: one.fate.class,
        session_id: one.sessionId,
        outcome: judged.outcome,
        certainty: judged.certainty,
      }))
    const rows = await panel(30, choice)
    const shown = rows.map(({ verdict, tenant, class: cause, session_id, outcome, certainty }) => ({
      verdict,
      tenant,
      class: cause,
      session_id,
      outcome,
      certainty,
    }))
    expect(shown).toHaveLength(expected.length)
    expect(shown).toEqual(expect.arrayContaining(expected))
    const places = rows.map((row) => order.indexOf(String(row.verdict)))
    expect(places).toEqual([...places].sort())
  })

  it('adds up the hours that sessions lived past their cause', async () => {
    const owed = debts(certain, choice.toMs)
    const closed = owed.filter(({ growing }) => !growing)
    const growing = owed.filter((debt) => debt.growing)
    const none = owed.length === 0
    const [row] = await panel(31, choice)
    expect(row?.closed).toEqual(none ? null : expect.closeTo(hours(closed), 9))
    expect(row?.growing_still).toEqual(none ? null : expect.closeTo(hours(growing), 9))
    expect(await panel(32, choice)).toEqual([{ sessions_growing: none ? null : growing.length }])
  })

  it('spreads the same hours over time', async () => {
    const owed = debts(certain, choice.toMs)
    const rows = await panel(33, choice)
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)
    expect(sum('closed')).toBeCloseTo(hours(owed.filter(({ growing }) => !growing)), 6)
    expect(sum('growing_still')).toBeCloseTo(hours(owed.filter((debt) => debt.growing)), 6)
    for (const row of rows) {
      const from = at(row.time)
      const within = owed
        .filter((debt) => debt.growing)
        .map((debt) => Math.min(debt.until, from + hour) - Math.max(debt.from, from))
      const expected = within.reduce((total, ms) => total + Math.max(ms, 0), 0) / hour
      expect(Number(row.growing_still)).toBeCloseTo(expected, 6)
    }
  })

  it('shows who was still let in after the cause', async () => {
    const sessions = [...groupBy(certain, sessionOf).values()]
    const most = (curfews: readonly Standing[], of: (ms: readonly number[]) => number) =>
      Math.max(...curfews.map((each) => of(usesAfter(each, choice.toMs))))
    const uses = sessions.map((curfews) => most(curfews, (ms) => ms.length))
    const windows = sessions.map((curfews) => most(curfews, (ms) => Math.max(0, ...ms)))
    const none = sessions.length === 0
    expect(await panel(40, choice)).toEqual([
      {
        sessions_used: none ? null : uses.filter((n) => n > 0).length,
        accepted_uses: none ? null : uses.reduce((sum, n) => sum + n, 0),
      },
    ])
    expect(await panel(41, choice)).toEqual([{ longest: none ? null : Math.max(...windows) }])
    const exposed = certain.filter((each) => usesAfter(each, choice.toMs).length > 0)
    const rows = await panel(43, choice)
    expect(rows.map((row) => row.exposed_ms)).toEqual(
      exposed.map((each) => Math.max(...usesAfter(each, choice.toMs))).sort((a, b) => b - a),
    )
  })
})

describe('the revocation dashboard', () => {
  it('judges as of the end of the range: a second after the cause a curfew is open', async () => {
    const choice = { ...month, fromMs: first.causeAt - 200, toMs: first.causeAt + 800 }
    expect(await panel(4, choice)).toEqual([{ broken: 0, unproven: 0, open: 1, uncertain: 0 }])
    expect(await panel(1, choice)).toEqual([{ coverage: null }])
  })

  it('shows no data where nothing is eligible', async () => {
    const choice = { ...month, class: ['session_expired'] }
    expect(await panel(1, choice)).toEqual([{ coverage: null }])
    expect(await panel(5, choice)).toEqual([])
    expect(await panel(20, choice)).toEqual([])
    expect(await panel(32, choice)).toEqual([{ sessions_growing: null }])
    expect(await panel(40, choice)).toEqual([{ sessions_used: null, accepted_uses: null }])
  })

  it('shows one session or one subject when one is written above', async () => {
    const broken = world.cases.find(({ fate }) => fate.judged?.verdict === 'broken')
    const session = broken?.sessionId ?? ''
    const rows = await panel(30, { ...month, tenant: ['acme'] }, { session })
    expect(rows.map((row) => row.session_id)).toEqual([session])
    expect(await panel(30, month, { subject: `ref-${session}` })).toHaveLength(1)
    expect(await panel(30, month, { session: "it's none" })).toEqual([])
  })

  it('marks each wide cause once', async () => {
    const marks = await stand.run(
      queryAt('curfew-revocation/annotation Wide causes'),
      situationOf(month, hour),
    )
    expect(marks).toHaveLength(6)
    expect(marks[0]).toMatchObject({ text: 'connection_deactivated over a connection' })
  })
})
