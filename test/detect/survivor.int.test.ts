import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { Finding } from '../../src/contract/finding.ts'
import { findingRow } from '../../src/contract/rows.ts'
import { makeSchedule } from '../../src/detect/schedule.ts'
import { sweep } from '../../src/detect/sweeps/survivor.ts'
import type { Store } from '../../src/store/store.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { openTestStore } from '../parts/store.ts'

const second = 1_000
const minute = 60 * second

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

/** A tenant of its own, a cause that was a minute due some time ago, and what was told of sessions. */
let number = 0
function openWorld() {
  number += 1
  const tenant = `tenant-${number}`
  const { clock, advance } = makeClock()
  const causeAt = clock.now()
  const deadlineAt = causeAt + minute
  const iso = (at: number) => new Date(at).toISOString()
  let told = 0
  const name = (id: string) => ({ tenant, instance: 'idp', session_kind: 'online', session_id: id })
  const event = (id: string, type: string, at: number, more: object = {}) => {
    told += 1
    const times = { occurred_at: iso(at), received_at: iso(at) }
    const row = { ...name(id), event_id: `${tenant}-${told}`, type, ...times, ...more }
    return store.append('events', [{ ...row, subject_ref: 'ref-ada' }])
  }
  const listed = (id: string, at: number) =>
    store.append('listed_sessions', [
      { ...name(id), subject_ref: 'ref-ada', listing_id: 'l1', listed_at: iso(at) },
    ])
  const gone = (id: string, at: number) =>
    store.append('evidence', [
      {
        ...{ ...name(id), incarnation: 0, level: 'E2', means: 'read', at: iso(at) },
        evidence_id: `${tenant}-${id}-${at}`,
      },
    ])
  /** A session opened so long before its cause (after it, when negative), and its curfew. */
  const condemned = async (id: string, { beforeMs = 10 * minute } = {}) => {
    await event(id, 'session.created', causeAt - beforeMs)
    await curfew(id)
  }
  const curfew = (id: string) =>
    store.append('curfews', [
      {
        ...name(id),
        curfew_id: `${tenant}-${id}`,
        incarnation: 0,
        class: 'credential_reset',
        cause_id: `${tenant}-c1`,
        cause_at: iso(causeAt),
        deadline_at: iso(deadlineAt),
        mode: 'enforce',
        may_act: true,
        certainty: 'certain',
        scope_kind: 'subject',
        subject_ref: 'ref-ada',
        found_by: 'sweep',
        detected_at: iso(causeAt),
      },
    ])
  /** Runs the sweep once, as a process does that begins now; what it found of this tenant. */
  const run = async ({ forgets = false } = {}): Promise<readonly Finding[]> => {
    const kept: Finding[] = []
    const schedule = makeSchedule({
      sweeps: [sweep],
      policy: defaultPolicy,
      ask: (sql, values) =>
        forgets && sql.includes('finding_id') ? Promise.resolve([]) : store.ask(sql, values),
      keep: async (findings) => {
        const mine = findings.filter((each) => each.tenant === tenant)
        kept.push(...mine)
        if (!forgets) await store.append('findings', mine.map(findingRow))
      },
      clock,
      log: silentLog,
      meter: idleMeter,
    })
    await schedule.runOne(sweep)
    return kept.sort((one, other) => (one.sessionId < other.sessionId ? -1 : 1))
  }
  const found = async () =>
    (await run()).map(({ sessionId, standing, severity, facts }) => ({
      sessionId,
      standing,
      severity,
      idle: facts.idle,
    }))
  return { causeAt, deadlineAt, advance, event, listed, gone, condemned, curfew, run, found }
}

describe('the sweep for survivors', () => {
  let world: ReturnType<typeof openWorld>
  beforeEach(() => {
    world = openWorld()
  })

  it('finds a condemned session that nobody uses and no event tells of', async () => {
    await world.condemned('idle')
    await world.advance(2 * minute)
    expect(await world.found()).toEqual([
      { sessionId: 'idle', standing: true, severity: 'medium', idle: true },
    ])
  })

  it('is certain of one that its provider still shows, and tells it from one that is used', async () => {
    await world.condemned('shown')
    await world.condemned('used')
    await world.listed('shown', world.deadlineAt + second)
    const used = { outcome: 'accepted', observer: 'idp' }
    await world.event('used', 'session.used', world.deadlineAt + second, used)
    await world.advance(2 * minute)
    expect(await world.found()).toEqual([
      { sessionId: 'shown', standing: true, severity: 'high', idle: true },
      { sessionId: 'used', standing: true, severity: 'high', idle: false },
    ])
  })

  it('leaves alone what ended in time, what is younger than the cause, and what may be either', async () => {
    const { causeAt, deadlineAt } = world
    await world.condemned('told-ended')
    await world.event('told-ended', 'session.ended', causeAt + 30 * second)
    await world.condemned('read-gone')
    await world.gone('read-gone', deadlineAt)
    await world.condemned('ended-before')
    await world.event('ended-before', 'session.ended', causeAt - minute)
    await world.condemned('younger', { beforeMs: -10 * second })
    await world.condemned('ambiguous', { beforeMs: 2 * second })
    await world.curfew('never-dated')
    await world.advance(2 * minute)
    expect(await world.found()).toEqual([])
  })

  it('waits until the deadline and the time that facts may be late are over', async () => {
    await world.condemned('idle')
    await world.advance(minute + sweep.watermarkMs)
    expect(await world.found()).toEqual([])
    await world.advance(1)
    expect(await world.found()).toMatchObject([{ sessionId: 'idle' }])
  })

  it('judges as of the instant it is run for, and says which that was', async () => {
    await world.condemned('ends-late')
    await world.listed('ends-late', world.deadlineAt + second)
    await world.event('ends-late', 'session.ended', world.deadlineAt + 10 * minute)
    await world.advance(2 * minute)
    const [finding] = await world.run()
    expect(finding).toMatchObject({
      standing: true,
      at: world.deadlineAt,
      asOf: world.causeAt + 2 * minute,
    })
  })

  it('finds the same under the same names again, and writes nothing down twice', async () => {
    await world.condemned('one')
    await world.condemned('two')
    await world.advance(2 * minute)
    const first = await world.run()
    await world.advance(minute)
    expect(await world.run()).toEqual([])
    const again = await world.run({ forgets: true })
    expect(again.map(({ findingId }) => findingId)).toEqual(first.map(({ findingId }) => findingId))
    expect(new Set(first.map(({ findingId }) => findingId)).size).toBe(2)
  })

  it('takes back what late proof says, and keeps what was seen', async () => {
    await world.condemned('silent')
    await world.condemned('seen')
    await world.listed('seen', world.deadlineAt + second)
    await world.advance(2 * minute)
    const before = await world.run()
    await world.gone('silent', world.deadlineAt + 30 * second)
    await world.gone('seen', world.deadlineAt + 30 * second)
    await world.advance(minute)
    const after = await world.run()
    expect(after).toMatchObject([{ sessionId: 'silent', standing: false }])
    const silent = before.find(({ sessionId }) => sessionId === 'silent')
    expect(after[0]?.findingId).toBe(silent?.findingId)
    expect(after[0]?.version).toBeGreaterThan(silent?.version ?? 0)
  })

  it('takes back what late news leaves nothing of, also after a restart, and only once', async () => {
    const { causeAt, event, condemned, advance, run } = world
    await condemned('dead-before')
    await condemned('idle')
    await advance(2 * minute)
    const before = await run()
    expect(before).toHaveLength(2)
    await event('dead-before', 'session.ended', causeAt - minute)
    await advance(minute)
    const [finding, ...others] = await run()
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      ...before.find(({ sessionId }) => sessionId === 'dead-before'),
      standing: false,
      version: expect.any(Number),
      why: expect.any(String),
      receivedAt: expect.any(Number),
      asOf: causeAt + 3 * minute,
    })
    await advance(minute)
    expect(await run()).toEqual([])
  })

  it('leaves standing what it looks at no more', async () => {
    await world.condemned('old')
    await world.advance(2 * minute)
    await world.run()
    await world.advance(sweep.windowMs)
    expect(await world.run()).toEqual([])
  })
})
