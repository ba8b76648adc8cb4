import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { Finding } from '../../src/contract/finding.ts'
import { makeSchedule } from '../../src/detect/schedule.ts'
import { sweep } from '../../src/detect/sweeps/two-subjects.ts'
import { promoteFindings } from '../../src/impose/promote-findings.ts'
import type { Store } from '../../src/store/store.ts'
import { failOnFault, idleMeter, makeClock, silentLog } from '../given.ts'
import { openTestStore } from '../parts/store.ts'

const minute = 60_000
const start = Date.parse('2026-11-03T09:00:00.000Z')

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

let events = 0
const event = (
  id: string,
  type: string,
  minutes: number,
  subject: string,
  lane: 'live' | 'historical' = 'live',
) => {
  const iso = new Date(start + minutes * minute).toISOString()
  const accepted = type === 'session.used' ? 'accepted' : ''
  events += 1
  return {
    tenant: 'acme',
    instance: 'idp',
    session_kind: 'online',
    session_id: id,
    event_id: `e${events}`,
    lane,
    may_act: true,
    type,
    occurred_at: iso,
    received_at: iso,
    subject_ref: subject,
    outcome: accepted,
    observer: accepted && 'idp',
  }
}

/** What the sweep finds once the events are stored, whichever came first. */
async function findings() {
  const values = { tenant: '', as_of: start + 60 * minute, recorded_since: 0 }
  const rows = await store.ask(sweep.sql, values)
  const others = { ...values, tenant: 'another' }
  expect(await store.ask(sweep.sql, others)).toEqual([])
  return rows
    .map(sweep.toSight)
    .map(({ sessionId, about, at, subjectRef }) => ({ sessionId, about, at, subjectRef }))
    .sort((one, other) => (one.sessionId < other.sessionId ? -1 : 1))
}

describe('a session of two people', () => {
  it('is found in one life of its id, from when the second was first seen, and not across two lives', async () => {
    await store.append('events', [
      event('taken', 'session.used', 20, 'ref-bob'),
      event('taken', 'session.created', 0, 'ref-ada'),
      event('taken', 'session.used', 10, 'ref-ada'),
      // Another person signs in on the id of a session that has ended.
      event('reused', 'session.created', 0, 'ref-ada'),
      event('reused', 'session.ended', 10, 'ref-ada'),
      event('reused', 'session.created', 11, 'ref-bob'),
      event('reused', 'session.used', 12, 'ref-bob'),
      // The second life of this one is shared.
      event('again', 'session.created', 0, 'ref-ada'),
      event('again', 'session.ended', 10, 'ref-ada'),
      event('again', 'session.created', 11, 'ref-bob'),
      event('again', 'session.used', 15, 'ref-ada'),
      // Somebody else's sign-in on a session that has not ended.
      event('fixed', 'session.created', 0, 'ref-bob', 'historical'),
      event('fixed', 'session.created', 30, 'ref-ada'),
      event('own', 'session.created', 0, 'ref-ada'),
      event('own', 'session.used', 5, 'ref-ada'),
      event('own', 'session.ended', 6, ''),
    ])
    expect(await findings()).toEqual([
      {
        sessionId: 'again',
        about: ['subjects', '1'],
        at: start + 15 * minute,
        subjectRef: 'ref-bob',
      },
      { sessionId: 'fixed', about: ['subjects'], at: start + 30 * minute, subjectRef: 'ref-bob' },
      { sessionId: 'taken', about: ['subjects'], at: start + 20 * minute, subjectRef: 'ref-ada' },
    ])
  })

  it('names the event of each, and imposes in mode act where both were read live', async () => {
    const kept: Finding[] = []
    const schedule = makeSchedule({
      sweeps: [sweep],
      policy: { ...defaultPolicy, detectors: { [sweep.id]: { mode: 'act' } } },
      ask: store.askSweep,
      keep: async (findings) => void kept.push(...findings),
      clock: makeClock(start + 60 * minute).clock,
      log: silentLog,
      meter: idleMeter,
      onFault: failOnFault,
    })
    await schedule.runOne(sweep)
    const named = kept.map(({ sessionId, eventIds }) => [sessionId, eventIds.length])
    expect(named.sort()).toEqual([
      ['again', 2],
      ['fixed', 2],
      ['taken', 2],
    ])
    const taken = kept.find(({ sessionId }) => sessionId === 'taken')
    expect(taken?.eventIds).toEqual(['e1', 'e2'])
    expect(taken).toMatchObject({ rootKind: 'session', rootId: 'taken', mode: 'act' })
    const causes = await promoteFindings(kept, { ask: store.askSweep })
    const acting = causes.map(({ sessionId, scopeKind, mayAct, modeMax }) => [
      sessionId,
      scopeKind,
      mayAct,
      modeMax,
    ])
    expect(acting.sort()).toEqual([
      ['again', 'session', true, 'enforce'],
      ['fixed', 'session', false, 'enforce'],
      ['taken', 'session', true, 'enforce'],
    ])
  })
})
