import { afterAll, beforeAll, expect, it } from 'vitest'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

it('a session that events give to another subject is still found by the list of its own', async () => {
  const scene = stage.scene()
  await scene.session('stolen')
  // Whoever holds it writes to an intake that nobody vouches for.
  await scene.event('session.used', 'stolen', 'zoe', {
    outcome: 'accepted',
    observer: 'application',
  })
  const enforcer = await scene.open()
  await scene.settle(enforcer)
  await scene.cause('credential_reset')
  await scene.pass(enforcer, minute / 2, 5_000)
  expect(scene.idp.isAlive('stolen')).toBe(false)
  expect(await scene.verdicts()).toMatchObject([{ session_id: 'stolen', verdict: 'kept' }])
})

it('a list of another subject is no proof that a session is dead', async () => {
  const scene = stage.scene({ canRead: false })
  await scene.session('stolen')
  await scene.cause('credential_reset')
  const enforcer = await scene.open()
  scene.idp.lies.keepsAlive = true
  await scene.settle(enforcer)
  await scene.event('session.used', 'stolen', 'zoe', {
    outcome: 'accepted',
    observer: 'application',
  })
  await scene.pass(enforcer, 2 * minute, 10_000)
  expect(scene.idp.isAlive('stolen')).toBe(true)
  expect(await scene.verdicts()).not.toContainEqual(expect.objectContaining({ verdict: 'kept' }))
})
