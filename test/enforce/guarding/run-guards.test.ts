import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CauseClass } from '../../../src/contract/cause.ts'
import type { CurfewMode } from '../../../src/contract/curfew.ts'
import type { Guard, Judgement } from '../../../src/enforce/guarding/guard.ts'
import { makeJudge } from '../../../src/enforce/guarding/run-guards.ts'
import { loadCatalog } from '../../../src/process/catalog.ts'
import { aPolicy, aProposal, aTally, noon } from '../given-orders.ts'

const folder = join(import.meta.dirname, '../../../src/enforce/guards')
const judge = makeJudge(await loadCatalog<Guard>(folder, 'guard'))
const classes = CauseClass.anyOf.map((each) => each.const)

const aGuard = (id: string, judgement: Judgement): Guard => ({
  id,
  title: id,
  judge: () => judgement,
})

const anyProposal = fc
  .record({
    sessionId: fc.constantFrom('session-1', ''),
    subjectId: fc.constantFrom('user-ada', 'user-break-glass', ''),
    classes: fc.subarray(classes),
    mode: fc.constantFrom<CurfewMode>('observe', 'approve', 'enforce'),
    certainty: fc.constantFrom('certain', 'ambiguous', 'creation_unknown'),
    mayAct: fc.boolean(),
    causeAt: fc.integer({ min: noon - 3_600_000, max: noon }),
    approvedBy: fc.constantFrom('', 'grace'),
  })
  .map(aProposal)
const anyTally = fc
  .record({
    findingOrdersLastMinute: fc.nat(20),
    findingSubjectsLastHour: fc
      .uniqueArray(fc.string(), { maxLength: 40 })
      .map((all) => new Set(all)),
    findingSessionsLastHour: fc.nat(100),
    liveSessions: fc.nat(2000),
    dispatchedOfCause: fc.nat(100),
    containedOfCause: fc.nat(100),
    failedOfCause: fc.nat(100),
    killed: fc.boolean(),
  })
  .map(aTally)

test('an order that nobody objects to passes', () => {
  expect(judge(aProposal(), aTally(), aPolicy())).toEqual({
    judgement: { judged: 'pass' },
    guard: '',
    objections: [],
  })
})

test('the gravest objection decides, and among equals the first by name', () => {
  const all = makeJudge([
    aGuard('e', { judged: 'suppress', reason: 'late' }),
    aGuard('a', { judged: 'wait', reason: 'soon' }),
    aGuard('c', { judged: 'approve', reason: 'ask' }),
    aGuard('d', { judged: 'suppress', reason: 'never' }),
    aGuard('b', { judged: 'pass' }),
  ])
  const { judgement, guard, objections } = all(aProposal(), aTally(), aPolicy())
  expect(judgement).toEqual({ judged: 'suppress', reason: 'never' })
  expect(guard).toBe('d')
  expect(objections.map((each) => each.guard)).toEqual(['d', 'e', 'c', 'a'])
})

test('a person is never asked to approve what can never be done', () => {
  const order = aProposal({ mayAct: false, certainty: 'ambiguous', mode: 'approve' })
  const { judgement, objections } = judge(order, aTally(), aPolicy())
  expect(judgement.judged).toBe('suppress')
  expect(objections.map(({ guard }) => guard)).toEqual(['may-act', 'certain', 'mode'])
})

test('nothing passes while the kill switch is on, without a target, or by a lane that may not act', () => {
  fc.assert(
    fc.property(anyProposal, anyTally, (proposal, tally) => {
      const { judgement } = judge(proposal, tally, aPolicy())
      const stopped =
        tally.killed || !proposal.mayAct || proposal.sessionId === '' || proposal.subjectId === ''
      expect(stopped && judgement.judged === 'pass').toBe(false)
    }),
  )
})

test('a weaker mode never lets through what a stronger one stops, and approve never acts unasked', () => {
  fc.assert(
    fc.property(anyProposal, anyTally, (proposal, tally) => {
      const as = (mode: CurfewMode) => judge({ ...proposal, mode }, tally, aPolicy()).judgement
      if (as('enforce').judged !== 'pass') expect(as('approve').judged).not.toBe('pass')
      if (proposal.approvedBy === '') expect(as('approve').judged).not.toBe('pass')
    }),
  )
})

test('approval lifts what asks for it and nothing else', () => {
  fc.assert(
    fc.property(anyProposal, anyTally, (proposal, tally) => {
      const approved = judge({ ...proposal, approvedBy: 'grace' }, tally, aPolicy())
      expect(approved.objections.map(({ judgement }) => judgement.judged)).not.toContain('approve')
      const unasked = judge({ ...proposal, approvedBy: '' }, tally, aPolicy())
      if (unasked.judgement.judged === 'suppress')
        expect(approved.judgement.judged).toBe('suppress')
    }),
  )
})

test('waves never exceed their size, and end once what is out gets contained', () => {
  const steps = fc.array(fc.constantFrom('dispatch', 'contain'), { maxLength: 400 })
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 })
  fc.assert(
    fc.property(steps, sizes, (all, waveSizes) => {
      const policy = aPolicy({ waveSizes })
      let [dispatchedOfCause, containedOfCause] = [0, 0]
      const mayGo = () =>
        judge(aProposal(), aTally({ dispatchedOfCause, containedOfCause }), policy).judgement
          .judged === 'pass'
      for (const step of all) {
        if (step === 'dispatch' && mayGo()) dispatchedOfCause += 1
        if (step === 'contain' && containedOfCause < dispatchedOfCause) containedOfCause += 1
        // The wave under way is the first that is not wholly contained.
        let end = 0
        const limit = waveSizes.map((size) => (end += size)).find((most) => containedOfCause < most)
        if (limit !== undefined) expect(dispatchedOfCause).toBeLessThanOrEqual(limit)
      }
      containedOfCause = dispatchedOfCause
      expect(mayGo()).toBe(true)
    }),
  )
})
