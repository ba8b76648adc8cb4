import { describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { Finding } from '../../src/contract/finding.ts'
import { makeDetect } from '../../src/detect/detect.ts'
import { detector as impossibleTravel } from '../../src/detect/detectors/impossible-travel.ts'
import { detector as usedAfterRevoked } from '../../src/detect/detectors/used-after-revoked.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { makeImpose } from '../../src/impose/impose.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { failOnFault, idleMeter } from '../given.ts'
import type { Happening } from '../journey/world.ts'
import { evening, minute, refOf, second } from '../journey/world.ts'
import { eventsOf } from '../recall/judge.ts'

type Mode = 'shadow' | 'inform' | 'propose' | 'act'

/** Memory, detection and imposing as they follow each other in the journey. */
function open(mode: Mode = 'inform') {
  const policy = fillPolicy({
    version: 1,
    detectors: { 'impossible-travel': { mode }, 'used-after-revoked': { mode } },
  })
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35 * second, expiryMs: 5 * second },
    subjectsMax: 100,
    sessionsMax: 100,
    storeIsEmpty: true,
    settled: async () => {},
    onFault: failOnFault,
  })
  let now = evening
  const detect = makeDetect({
    detectors: [impossibleTravel, usedAfterRevoked],
    policy,
    now: () => ++now,
    onFault: failOnFault,
    meter: idleMeter,
  })
  const impose = makeImpose({ condemn: makeCondemn({ policy }), policy, now: () => now })
  let batches = 0
  return async (
    told: readonly (Happening & { readonly id?: string })[],
    { tenant = 'acme', change = (_: Finding): Partial<Finding> => ({}), mayAct = true } = {},
  ) => {
    batches += 1
    const events = eventsOf(
      tenant,
      told.map((each, index) => ({ id: `${batches} ${index}`, ...each })),
    ).map((each) => ({ ...each, event: { ...each.event, mayAct } }))
    const recalled = await recall(events)
    const findings = detect(recalled.inOrder()).map((each) => ({ ...each, ...change(each) }))
    const imposed = impose(recalled.close().contexts, findings)
    return {
      ...imposed,
      findings,
      sessions: imposed.curfews.map(({ sessionId }) => sessionId).sort(),
      classes: imposed.causes.map((cause) => cause.class),
    }
  }
}

const created = (session: string, at = 0, more: Partial<Happening> = {}): Happening => ({
  at,
  type: 'session.created',
  session,
  subject: 'ada',
  ...more,
})
const use = (session: string, at: number, more: Partial<Happening> = {}): Happening => ({
  ...created(session, at, more),
  type: 'session.used',
})
const cause = (type: Happening['type'], at: number, more: Partial<Happening> = {}): Happening => ({
  at,
  type,
  subject: 'ada',
  ...more,
})

describe('a cause', () => {
  it('condemns at once the sessions of its subject that memory knows, and nobody else’s', async () => {
    const hear = open()
    await hear([created('s1'), created('s2'), created('s3', 0, { subject: 'grace' })])
    const { sessions, curfews } = await hear([cause('credential.reset', 10 * minute)])
    expect(sessions).toEqual(['s1', 's2'])
    expect(curfews[0]).toMatchObject({ foundBy: 'inline', subjectRef: refOf('acme', 'ada') })
  })

  it('spares what was over before it and what began after it', async () => {
    const hear = open()
    const over = { ...created('s1', 5 * minute), type: 'session.ended' as const }
    await hear([created('s1'), over, created('s2'), created('s3', 20 * minute)])
    expect((await hear([cause('credential.reset', 10 * minute)])).sessions).toEqual(['s2'])
  })

  it('keeps tenants apart that name everything alike', async () => {
    const hear = open()
    await hear([created('s1')], { tenant: 'globex' })
    expect((await hear([cause('credential.reset', 10 * minute)])).sessions).toEqual([])
  })

  it('condemns a session that is first heard of after it, whose beginning nobody told', async () => {
    const hear = open()
    await hear([cause('credential.reset', 10 * minute)])
    const first = await hear([use('s1', 20 * minute)])
    expect(first.curfews).toMatchObject([{ sessionId: 's1', certainty: 'creation_unknown' }])
    const later = await hear([use('s1', 21 * minute), use('s1', 22 * minute)])
    expect(later.curfews).toEqual([])
  })

  it('never reaches sessions of which no organization or device is known', async () => {
    const hear = open()
    await hear([created('s1')])
    const { sessions, classes } = await hear([
      cause('membership.deactivated', 10 * minute, { organization: 'o1' }),
      cause('device.lost', 10 * minute, { device: 'd1' }),
    ])
    expect(classes).toEqual(['membership_deactivated', 'device_lost'])
    expect(sessions).toEqual([])
  })

  it('of a wide scope is told and left to the enforcer', async () => {
    const hear = open()
    await hear([created('s1', 0, { connection: 'c1', grant: 'g1' })])
    const { classes, sessions } = await hear([
      cause('connection.deactivated', 10 * minute, { connection: 'c1' }),
      cause('grant.revoked', 10 * minute, { grant: 'g1' }),
    ])
    expect(classes).toEqual(['connection_deactivated', 'grant_revoked'])
    expect(sessions).toEqual([])
  })

  it('leaves sessions whose id was used again to the enforcer, which knows their lives', async () => {
    const hear = open()
    const over = { ...created('s1', 5 * minute), type: 'session.ended' as const }
    await hear([created('s1'), over, created('s1', 10 * minute)])
    expect((await hear([cause('credential.reset', 20 * minute)])).sessions).toEqual([])
  })

  it('is told again when a copy of it may act and the first could not, and never a third time', async () => {
    const hear = open()
    const event = { ...cause('credential.reset', 10 * minute), id: 'same' }
    await hear([created('s1')])
    const say = async (mayAct: boolean) => {
      const { causes, curfews } = await hear([event], { mayAct })
      return [causes.length, curfews.length]
    }
    expect(await say(false)).toEqual([1, 1])
    expect(await say(true)).toEqual([1, 1])
    expect(await say(true)).toEqual([0, 0])
    expect(await say(false)).toEqual([0, 0])
  })
})

describe('who is exempt', () => {
  it('is nobody from a recovery', async () => {
    const hear = open()
    await hear([created('s1'), created('s2')])
    const reset = cause('credential.reset', 10 * minute, {
      session: 's1',
      initiator: { kind: 'user', session: 's1' },
    })
    expect((await hear([reset])).sessions).toEqual(['s1', 's2'])
  })

  it('is the session that an authenticated change was made from: the others go at once', async () => {
    const hear = open()
    await hear([created('s1'), created('s2'), created('s3')])
    const changed = cause('credential.changed', 10 * minute, {
      initiator: { kind: 'user', session: 's2' },
    })
    expect((await hear([changed])).sessions).toEqual(['s1', 's3'])
  })
})

describe('a finding', () => {
  const travel = [use('s1', 0, { from: 'warsaw' }), use('s2', 30 * minute, { from: 'tokyo' })]

  it.each([
    ['shadow', undefined],
    ['inform', undefined],
    ['propose', 'approve'],
    ['act', 'enforce'],
  ] as const)('in mode %s leads to a cause in mode %s', async (mode, modeMax) => {
    const { causes, findings } = await open(mode)(travel)
    expect(findings).toHaveLength(1)
    const expected = { class: 'finding', modeMax, sessionId: 's2', scopeKind: 'session' }
    expect(causes).toMatchObject(modeMax === undefined ? [] : [expected])
  })

  it('leads to one although what it rests on came in an earlier batch', async () => {
    const hear = open('act')
    await hear([use('s2', 30 * minute, { from: 'tokyo' })])
    const { causes } = await hear([use('s1', 0, { from: 'warsaw' })])
    expect(causes).toMatchObject([{ class: 'finding', sessionId: 's2', mayAct: true }])
  })

  it('that was withdrawn, or names no session, leads to none', async () => {
    const gone = await open('act')(travel, { change: () => ({ standing: false }) })
    const nameless = await open('act')(travel, { change: () => ({ sessionId: '' }) })
    expect([gone.causes, nameless.causes]).toEqual([[], []])
  })

  it('about the life of a session reports and never imposes, whatever policy says', async () => {
    const { causes, findings } = await open('act')([
      created('s1'),
      { ...created('s1', 10 * minute), type: 'session.revoked' },
      use('s1', 20 * minute),
    ])
    expect(findings).toMatchObject([{ detector: 'used-after-revoked', mode: 'inform' }])
    expect(causes).toEqual([])
  })

  it('gives its reason in whole characters, since the store refuses half ones', async () => {
    const why = `${'x'.repeat(511)}\u{1f310}`
    const { causes } = await open('act')(travel, { change: () => ({ why }) })
    expect(causes[0]?.reason).toBe('x'.repeat(511))
  })
})

describe('a session past its own expiry', () => {
  const expiring = created('s1', 0, { expiresAt: 60 * minute })

  it('is condemned once its provider accepts it, but events alone never end it', async () => {
    const hear = open()
    await hear([expiring])
    const { causes, curfews } = await hear([use('s1', 61 * minute), use('s1', 62 * minute)])
    expect(causes).toMatchObject([{ class: 'session_expired', sessionId: 's1', mayAct: false }])
    expect(curfews).toMatchObject([{ class: 'session_expired', mayAct: false }])
    expect((await hear([use('s1', 63 * minute)])).causes).toEqual([])
  })

  it.each([
    ['within clock uncertainty', { at: 60 * minute + 5 * second }],
    ['refused', { outcome: 'refused' }],
    ['accepted by an application, perhaps offline', { observer: 'application' }],
    ['with its expiry moved on', { expiresAt: 120 * minute }],
  ] as const)('is not when the use was %s', async (_, more) => {
    const hear = open()
    await hear([expiring])
    expect((await hear([use('s1', 61 * minute, more)])).causes).toEqual([])
  })
})
