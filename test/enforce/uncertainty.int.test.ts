import { afterAll, beforeAll, expect, it } from 'vitest'
import { enforcing } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

it('reports a session as ambiguous by the same clock uncertainty that kept it from being ended', async () => {
  const scene = stage.scene()
  scene.idp.open('s1', 'ada', { createdAt: scene.now() })
  await scene.event('session.created', 's1', 'ada')
  await scene.time.advance(20_000)
  await scene.cause('credential_reset')
  const cautious = { ...enforcing, timing: { clock_uncertainty_seconds: 30 } }
  const enforcer = await scene.open({ policy: cautious })
  await scene.settle(enforcer)
  expect((await scene.steps('s1')).at(-1)).toBe('awaiting_approval')
  expect(await scene.verdicts()).toMatchObject([{ certainty: 'ambiguous' }])
  const judgedAt = scene.now()

  // Who trusts the clocks more from now on ends it; what was reported before stays as it was.
  await enforcer.close()
  await scene.time.advance(1_000)
  await scene.settle(await scene.open())
  expect(await scene.verdicts()).toMatchObject([{ certainty: 'certain' }])
  expect(await scene.verdicts(judgedAt)).toMatchObject([{ certainty: 'ambiguous' }])
})
