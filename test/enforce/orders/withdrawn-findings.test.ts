import { expect, it } from 'vitest'
import type { Ask } from '../../../src/contract/ports.ts'
import { withoutWithdrawn } from '../../../src/enforce/orders/withdrawn-findings.ts'
import { assess } from '../../../src/verdict/assess.ts'
import { aKnown, aPair } from '../given-facts.ts'

const pairs = [
  aPair({ class: 'finding', causeId: 'withdrawn' }),
  aPair({ class: 'finding', causeId: 'open' }),
]
const assessments = assess(aKnown({ pairs }), 5_000)

it('an assessment keeps no active pair of a finding that was withdrawn', async () => {
  const ask: Ask = async () => [{ cause_id: 'withdrawn' }]
  const [assessment] = await withoutWithdrawn(ask, assessments)
  expect(assessment?.active.map(({ pair }) => pair.causeId)).toEqual(['open'])
})

it('an assessment keeps the active pairs of findings that nobody withdrew', async () => {
  expect(await withoutWithdrawn(async () => [], assessments)).toBe(assessments)
})
