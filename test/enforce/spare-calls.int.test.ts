import { afterAll, beforeAll, expect, it } from 'vitest'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

it('gives up no order because there was no call to spare when it came back to it late', async () => {
  const scene = stage.scene()
  const ids = Array.from({ length: 6 }, (_, index) => `s${index}`)
  for (const id of ids) await scene.session(id, `user-${id}`)
  scene.idp.lies.breaksBefore = ids.length
  const before = await scene.open()
  for (const id of ids)
    await scene.cause('credential_reset', { subjectRef: scene.refOf(`user-${id}`) })
  await before.tick()
  await before.close()
  expect(await Promise.all(ids.map(async (id) => (await scene.steps(id)).at(-1)))).toEqual(
    ids.map(() => 'in_doubt'),
  )
  await scene.time.advance(20 * minute)
  const guards = { ...enforcing.guards, provider_calls_per_second_max: 1 }
  const after = await scene.open({ policy: { ...enforcing, guards } })
  await scene.pass(after, minute, 2_000)
  expect(ids.filter(scene.idp.isAlive)).toEqual([])
  expect(scene.notices.filter(({ kind }) => kind === 'failed')).toEqual([])
})

it('ends what it looked at before it spends its few calls on looking at others', async () => {
  const guards = { ...enforcing.guards, provider_calls_per_second_max: 1 }
  const scene = stage.scene({ policy: { ...enforcing, guards } })
  const ids = Array.from({ length: 6 }, (_, index) => `s${index}`)
  for (const id of ids) {
    await scene.session(id, `user-${id}`)
    await scene.cause('credential_reset', { subjectRef: scene.refOf(`user-${id}`) })
  }
  await scene.pass(await scene.open(), minute, 2_000)
  expect(ids.filter(scene.idp.isAlive)).toEqual([])
})
