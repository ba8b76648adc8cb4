import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Policy } from '../../src/contract/policy.ts'
import type { Guard, GuardCounts, Judgement, Proposal } from '../../src/enforce/guarding/guard.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { aPolicy, aProposal, aTally, noon } from './given-orders.ts'

const folder = join(import.meta.dirname, '../../src/enforce/guards')
const guards = await loadCatalog<Guard>(folder, 'guard')

interface Case {
  readonly when: string
  readonly proposal?: Partial<Proposal>
  readonly tally?: Partial<GuardCounts>
  readonly policy?: Policy
  readonly judged: Judgement['judged']
}

const byFinding = { classes: ['finding'] } as const
const subjects = (count: number) => new Set(Array.from({ length: count }, (_, i) => `ref-${i}`))

const cases: { readonly [guard: string]: readonly [Case, Case, ...Case[]] } = {
  'kill-switch': [
    { when: 'the switch is off', judged: 'pass' },
    { when: 'it is on', tally: { killed: true }, judged: 'wait' },
    {
      when: 'it is on and a person approved',
      proposal: { approvedBy: 'grace' },
      tally: { killed: true },
      judged: 'wait',
    },
  ],
  'also-ends': [
    {
      when: 'what it also ends is condemned',
      proposal: { alsoEnds: ['online a'] },
      judged: 'pass',
    },
    { when: 'it is not condemned', proposal: { bystanders: ['online a'] }, judged: 'approve' },
    {
      when: 'a person approved what was shown',
      proposal: { bystanders: ['online a'], shownEnds: ['online a'], approvedBy: 'grace' },
      judged: 'pass',
    },
    {
      when: 'a person approved before it was there',
      proposal: { bystanders: ['online a'], approvedBy: 'grace' },
      judged: 'approve',
    },
  ],
  'may-act': [
    { when: 'a cause may act', judged: 'pass' },
    { when: 'none may', proposal: { mayAct: false }, judged: 'suppress' },
    {
      when: 'none may and a person approved',
      proposal: { mayAct: false, approvedBy: 'grace' },
      judged: 'suppress',
    },
  ],
  'known-target': [
    { when: 'session and subject are named', judged: 'pass' },
    { when: 'the session is empty', proposal: { sessionId: '' }, judged: 'suppress' },
    { when: 'the session is blank', proposal: { sessionId: ' \t' }, judged: 'suppress' },
    { when: 'the session is a wildcard', proposal: { sessionId: '*' }, judged: 'suppress' },
    { when: 'the session is a path upwards', proposal: { sessionId: '..' }, judged: 'suppress' },
    { when: 'the subject is empty', proposal: { subjectId: '' }, judged: 'suppress' },
    { when: 'the subject is a pattern', proposal: { subjectId: '%' }, judged: 'suppress' },
    {
      when: 'a person approved an empty one',
      proposal: { sessionId: '', approvedBy: 'grace' },
      judged: 'suppress',
    },
  ],
  certain: [
    { when: 'it surely is older', judged: 'pass' },
    { when: 'clocks leave it open', proposal: { certainty: 'ambiguous' }, judged: 'approve' },
    {
      when: 'nobody told its creation',
      proposal: { certainty: 'creation_unknown' },
      judged: 'approve',
    },
    {
      when: 'a person approved',
      proposal: { certainty: 'ambiguous', approvedBy: 'grace' },
      judged: 'pass',
    },
  ],
  'protected-subjects': [
    { when: 'the subject is not on the list', judged: 'pass' },
    { when: 'it is', proposal: { subjectId: 'user-break-glass' }, judged: 'approve' },
    {
      when: 'it is and a person approved',
      proposal: { subjectId: 'user-break-glass', approvedBy: 'grace' },
      judged: 'pass',
    },
  ],
  mode: [
    { when: 'it is enforce', judged: 'pass' },
    { when: 'it is approve', proposal: { mode: 'approve' }, judged: 'approve' },
    {
      when: 'it is approve and a person approved',
      proposal: { mode: 'approve', approvedBy: 'grace' },
      judged: 'pass',
    },
    { when: 'it is observe', proposal: { mode: 'observe' }, judged: 'pass' },
  ],
  'finding-rate': [
    {
      when: 'one is left',
      proposal: byFinding,
      tally: { findingOrdersLastMinute: 9 },
      judged: 'pass',
    },
    {
      when: 'none is left',
      proposal: byFinding,
      tally: { findingOrdersLastMinute: 10 },
      judged: 'wait',
    },
    { when: 'a lifecycle cause acts', tally: { findingOrdersLastMinute: 10 }, judged: 'pass' },
    {
      when: 'a person approved',
      proposal: { ...byFinding, approvedBy: 'grace' },
      tally: { findingOrdersLastMinute: 10 },
      judged: 'pass',
    },
    {
      when: 'the policy allows none',
      proposal: byFinding,
      policy: aPolicy({ findingOrdersPerMinuteMax: 0 }),
      judged: 'wait',
    },
    {
      when: 'a lifecycle curfew stands beside it that policy only observes',
      proposal: { classes: ['credential_changed', 'finding'] },
      tally: { findingOrdersLastMinute: 10 },
      policy: aPolicy({}, { credential_changed: 'observe' }),
      judged: 'wait',
    },
    {
      when: 'a lifecycle curfew stands beside it that policy enforces',
      proposal: { classes: ['credential_changed', 'finding'] },
      tally: { findingOrdersLastMinute: 10 },
      judged: 'pass',
    },
    {
      when: 'no class is named at all',
      proposal: { classes: [] },
      tally: { findingOrdersLastMinute: 10 },
      judged: 'wait',
    },
  ],
  'finding-subjects': [
    {
      when: 'one is left',
      proposal: byFinding,
      tally: { findingSubjectsLastHour: subjects(24) },
      judged: 'pass',
    },
    {
      when: 'none is left',
      proposal: byFinding,
      tally: { findingSubjectsLastHour: subjects(25) },
      judged: 'approve',
    },
    {
      when: 'the subject was already reached',
      proposal: { ...byFinding, subjectRef: 'ref-7' },
      tally: { findingSubjectsLastHour: subjects(25) },
      judged: 'pass',
    },
    {
      when: 'a lifecycle cause acts',
      tally: { findingSubjectsLastHour: subjects(25) },
      judged: 'pass',
    },
    {
      when: 'a person approved',
      proposal: { ...byFinding, approvedBy: 'grace' },
      tally: { findingSubjectsLastHour: subjects(25) },
      judged: 'pass',
    },
  ],
  'mass-stop': [
    {
      when: 'the share is not reached',
      proposal: byFinding,
      tally: { findingSessionsLastHour: 49 },
      judged: 'pass',
    },
    {
      when: 'the next one is over the share',
      proposal: byFinding,
      tally: { findingSessionsLastHour: 50 },
      judged: 'approve',
    },
    {
      when: 'a small tenant is below the floor',
      proposal: byFinding,
      tally: { findingSessionsLastHour: 4, liveSessions: 6 },
      judged: 'pass',
    },
    {
      when: 'a small tenant is at the floor',
      proposal: byFinding,
      tally: { findingSessionsLastHour: 5, liveSessions: 6 },
      judged: 'approve',
    },
    {
      when: 'the policy leaves no share',
      proposal: byFinding,
      policy: aPolicy({ massStopShare: 0 }),
      judged: 'approve',
    },
    {
      when: 'a lifecycle cause acts',
      tally: { findingSessionsLastHour: 900 },
      judged: 'pass',
    },
  ],
  waves: [
    { when: 'the first wave has begun', tally: { dispatchedOfCause: 9 }, judged: 'pass' },
    { when: 'the first wave is out', tally: { dispatchedOfCause: 10 }, judged: 'wait' },
    {
      when: 'nine of the first ten are contained',
      tally: { dispatchedOfCause: 10, containedOfCause: 9 },
      judged: 'wait',
    },
    {
      when: 'the first wave is contained',
      tally: { dispatchedOfCause: 10, containedOfCause: 10 },
      judged: 'pass',
    },
    {
      when: 'the second wave is out',
      tally: { dispatchedOfCause: 60, containedOfCause: 59 },
      judged: 'wait',
    },
    {
      when: 'both waves are contained',
      tally: { dispatchedOfCause: 5000, containedOfCause: 60 },
      judged: 'pass',
    },
    {
      when: 'a person approved',
      proposal: { approvedBy: 'grace' },
      tally: { dispatchedOfCause: 10 },
      judged: 'wait',
    },
    {
      when: 'the policy has no waves',
      tally: { dispatchedOfCause: 5000 },
      policy: aPolicy({ waveSizes: [] }),
      judged: 'pass',
    },
  ],
  'stale-finding': [
    {
      when: 'the finding is ten minutes old',
      proposal: { ...byFinding, causeAt: noon - 600_000 },
      judged: 'pass',
    },
    {
      when: 'the finding is older',
      proposal: { ...byFinding, causeAt: noon - 600_001 },
      judged: 'approve',
    },
    {
      when: 'the finding is older and a person approved',
      proposal: { ...byFinding, causeAt: noon - 600_001, approvedBy: 'grace' },
      judged: 'pass',
    },
    {
      when: 'an old lifecycle cause acts after an outage',
      proposal: { causeAt: noon - 86_400_000 },
      judged: 'pass',
    },
  ],
}

test('every guard has cases, and every case a guard', () => {
  expect(guards.map(({ id }) => id)).toEqual(Object.keys(cases).sort())
})

for (const guard of guards) {
  describe(guard.title, () => {
    test.each(cases[guard.id] ?? [])(`${guard.id} judges $judged when $when`, (each) => {
      const judgement = guard.judge(
        aProposal(each.proposal),
        aTally(each.tally),
        each.policy ?? aPolicy(),
      )
      expect(judgement.judged).toBe(each.judged)
      if (judgement.judged !== 'pass') expect(judgement.reason).not.toBe('')
    })
  })
}
