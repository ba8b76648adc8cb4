import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import type { CurfewMode, SessionLifespan } from '../../src/contract/curfew.ts'
import type { DetectorMode } from '../../src/contract/finding.ts'
import { Finding } from '../../src/contract/finding.ts'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import { makeJudge } from '../../src/enforce/guarding/run-guards.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { makeImpose } from '../../src/impose/impose.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { aPolicy, aProposal, aTally, noon } from '../enforce/given-orders.ts'
import { eventsOf } from '../recall/judge.ts'
import { codesIn, tableUnder } from './markdown.ts'

const page = { path: 'docs/policy.md', text: readFileSync('docs/policy.md', 'utf8') }
const rows = tableUnder(page, 'The product')
const guards = await loadCatalog<Guard>('src/enforce/guards', 'guard')

const curfewModes: readonly CurfewMode[] = ['observe', 'approve', 'enforce']
const detectorModes: readonly DetectorMode[] = ['off', 'shadow', 'inform', 'propose', 'act']

interface Case {
  readonly by: 'finding' | 'lifecycle event'
  readonly lane: 'live' | 'historical'
  readonly mayAct: boolean
  readonly mode: CurfewMode
  readonly detector: DetectorMode
}

const cases = (['finding', 'lifecycle event'] as const).flatMap((by) =>
  (['live', 'historical'] as const).flatMap((lane) =>
    [true, false].flatMap((mayAct) =>
      curfewModes.flatMap((mode) =>
        detectorModes.map((detector): Case => ({ by, lane, mayAct, mode, detector })),
      ),
    ),
  ),
)

/** What becomes of a session of which such a cause is recorded: its cause, its curfew, what the guards say. */
function outcomeOf({ by, lane, mayAct, mode, detector }: Case): string {
  const policy = aPolicy({}, { finding: mode, subject_suspended: mode })
  const condemn = makeCondemn({ policy })
  const [one] = eventsOf('acme', [{ id: 'one', at: 0, type: 'subject.suspended', subject: 'ada' }])
  if (!one) throw new Error('no event was made')
  const type = by === 'finding' ? 'session.used' : 'subject.suspended'
  const event = { ...one.event, type, lane, mayAct } as const
  const finding = {
    ...Value.Create(Finding),
    ...{
      tenant: 'acme',
      instance: event.instance,
      findingId: 'f',
      sessionId: 's',
      sessionKind: 'online',
    },
    ...{ standing: true, mode: detector, subjectRef: event.subjectRef, at: event.occurredAt },
  }
  const impose = makeImpose({ condemn, policy, now: () => noon })
  const { causes } = impose(
    [{ ...one, event, subject: null, session: null }],
    by === 'finding' ? [finding] : [],
  )
  const [cause] = causes
  if (!cause) return 'no cause'
  const { at, tenant, instance, subjectRef } = cause
  const life: SessionLifespan = {
    ...{ tenant, instance, subjectRef, sessionKind: 'online', sessionId: 's', incarnation: 0 },
    ...{ createdAt: at - 3_600_000, firstSeenAt: at - 3_600_000, endedAt: null, suspect: false },
  }
  const curfew = condemn(cause, life, { by: 'inline', at: noon })
  if (!curfew) return 'no curfew'
  const { mode: decided, mayAct: acts } = curfew
  const proposal = aProposal({ mode: decided, mayAct: acts, classes: [curfew.class] })
  const { judged } = makeJudge(guards)(proposal, aTally(), policy).judgement
  if (judged === 'suppress') return 'never ended'
  if (decided === 'observe') return 'no call'
  return judged === 'pass' ? 'ended' : judged
}

/** The first row of the page that fits. */
function resultOf({ by, lane, mayAct, mode, detector }: Case): string {
  const row = rows.find(([cause = '', modes = '', detectors = '']) => {
    const fits = (cell: string, word: string) =>
      cell === 'any' || cell === '–' || codesIn(cell).includes(word)
    if (cause.startsWith('replayed')) return lane === 'historical'
    if (cause.includes('may_act: false')) return !mayAct
    return cause === by && fits(modes, mode) && fits(detectors, detector)
  })
  return row?.[3] ?? 'no row'
}

/** How the page words each outcome. */
const words: { readonly [outcome: string]: RegExp } = {
  'no cause': /^no cause: nothing is condemned$/,
  'never ended': /^reported, never ended$/,
  'no call': /^curfew, read back, no call$/,
  approve: /^a person approves each order$/,
  ended: /^ended(, within the limits for findings)?$/,
}

describe('the product of modes in docs/policy.md', () => {
  it('says for every combination what the code does', () => {
    const outcomes = new Set(cases.map(outcomeOf))
    expect(outcomes).toEqual(new Set(Object.keys(words)))
    const wrong = cases.filter((each) => !words[outcomeOf(each)]?.test(resultOf(each)))
    expect(wrong.map((each) => [each, outcomeOf(each), resultOf(each)])).toEqual([])
  })
})
