import { afterAll, beforeAll, expect, it } from 'vitest'
import { askOutstanding } from '../../src/enforce/orders/open-curfews.ts'
import { firstSession } from '../../src/enforce/paging/session-position.ts'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** A wide cause whose first wave, of two, is acknowledged by its provider and not ended. */
async function aStuckWave(between: object = {}) {
  const guards = { ...enforcing.guards, wave_sizes: [2, 3] }
  const scene = stage.scene({ policy: { ...enforcing, guards } })
  const ids = Array.from({ length: 6 }, (_, index) => `w${index}`)
  for (const id of ids) {
    await scene.session(id, `user-${id}`)
    await scene.tie('connection', 'saml', id)
  }
  scene.idp.lies.keepsAlive = true
  const about = { scopeKind: 'connection', scopeId: 'saml', subjectRef: '' } as const
  await scene.cause('connection_deactivated', about)
  const enforcer = await scene.open(between)
  await scene.settle(enforcer)
  const called = () => ids.filter((id) => scene.idp.revokes(id) > 0)
  const held = () => scene.notices.filter(({ kind }) => kind === 'held')
  return { scene, ids, enforcer, called, held }
}

it('tells once that a wave failed and holds up the next, also over a restart', async () => {
  const { scene, enforcer, called, held } = await aStuckWave()
  expect(called()).toHaveLength(2)
  // While the wave is read back nobody is needed.
  expect(held()).toEqual([])
  await scene.pass(enforcer, 2 * minute, 20_000)
  expect(called()).toHaveLength(2)
  expect(held()).toMatchObject([
    { reason: expect.stringMatching(/ 2 ended without proof.* \(guard waves\)$/) },
  ])
  await enforcer.close()
  await scene.pass(await scene.open(), minute, 20_000)
  expect([called().length, held().length]).toEqual([2, 1])
})

it('goes on with the next wave when late proof shows that the failed one is dead', async () => {
  const { scene, ids, enforcer, called } = await aStuckWave()
  // Nobody can look at them, so they are given up and not seen alive either.
  scene.idp.lies.refuses = true
  await scene.pass(enforcer, 2 * minute, 20_000)
  const [first = ''] = called()
  expect((await scene.steps(first)).at(-1)).toBe('unverified')
  Object.assign(scene.idp.lies, { keepsAlive: false, refuses: false })
  for (const id of called()) {
    scene.idp.end(id)
    await scene.event('session.ended', id, `user-${id}`)
  }
  await scene.pass(enforcer, minute, 20_000)
  expect((await scene.steps(first)).at(-1)).toBe('contained')
  expect(ids.filter(scene.idp.isAlive)).toEqual([])
})

it('spends no call on sessions that wait for a wave', async () => {
  const { scene, enforcer, called } = await aStuckWave()
  const waiting = new Set(
    ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'].filter((id) => !called().includes(id)),
  )
  const before = scene.idp.calls.length
  await scene.pass(enforcer, 10_000)
  const reads = scene.idp.calls.slice(before).filter(({ call }) => call === 'read')
  expect(reads.filter(({ of }) => waiting.has(of))).toEqual([])
})

it('is looked at again at the next opening when proof came while nobody enforced', async () => {
  const { scene, enforcer, called } = await aStuckWave()
  scene.idp.lies.refuses = true
  await scene.pass(enforcer, 2 * minute, 20_000)
  await enforcer.close()
  for (const id of called()) await scene.event('session.ended', id, `user-${id}`)
  const owed = await askOutstanding(scene.store.ask, firstSession, (rows, read) => rows.map(read))
  const mine = owed.found.filter(({ tenant }) => tenant === scene.tenant)
  expect(mine.map(({ sessionId }) => sessionId)).toEqual(expect.arrayContaining(called()))
})

it('goes on when a person had the sessions of a failed wave ended by another order', async () => {
  const { scene, ids, enforcer, called } = await aStuckWave()
  await scene.pass(enforcer, 2 * minute, 20_000)
  scene.idp.lies.keepsAlive = false
  for (const id of called())
    await scene.cause('operator_order', { subjectRef: scene.refOf(`user-${id}`) })
  // The call before is read back for 30 s, and only then the session is called for anew.
  await scene.pass(enforcer, 1.5 * minute, 20_000)
  expect(ids.filter(scene.idp.isAlive)).toEqual([])
})
