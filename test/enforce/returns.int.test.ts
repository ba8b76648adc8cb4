import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scene } from './scene.ts'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const hour = 60 * minute

/** It lives again at its provider, which accepts a use of it. */
async function comesBack(scene: Scene): Promise<void> {
  scene.idp.open('s1', 'ada', { createdAt: scene.now() - 1 })
  await scene.time.advance(1)
  await scene.event('session.used', 's1', 'ada', { outcome: 'accepted', observer: 'idp' })
}

describe('a session that is used after its death was proved', () => {
  it('turns its verdict at once, is ended again each time, and people hear of each', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    for (const turn of [1, 2, 3]) {
      expect(await scene.verdicts()).toMatchObject([{ order_state: 'contained' }])
      await scene.time.advance(3 * hour)
      await comesBack(scene)
      expect(await scene.verdicts()).toMatchObject([{ verdict: 'broken' }])
      await scene.settle(enforcer)
      expect(scene.idp.isAlive('s1')).toBe(false)
      expect(scene.idp.revokes('s1')).toBe(turn + 1)
      expect(scene.notices.filter(({ kind }) => kind === 'breach')).toHaveLength(turn)
    }
  })

  it('is ended again by whatever its death was proved before, also where no order was needed', async () => {
    for (const type of ['session.ended', 'refused'] as const) {
      const scene = stage.scene()
      await scene.session('s1')
      await scene.cause('credential_reset')
      scene.idp.end('s1')
      await scene.time.advance(100)
      if (type === 'refused') {
        const refused = { outcome: 'refused', refusal_reason: 'session_ended', observer: 'idp' }
        await scene.event('session.used', 's1', 'ada', refused)
      } else await scene.event(type, 's1', 'ada')
      const enforcer = await scene.open()
      await scene.settle(enforcer)
      expect(await scene.verdicts()).toMatchObject([{ verdict: 'kept' }])
      expect(scene.idp.revokes('s1')).toBe(0)
      await scene.time.advance(10 * minute)
      await comesBack(scene)
      await scene.settle(enforcer)
      expect(scene.idp.isAlive('s1')).toBe(false)
      expect(scene.idp.revokes('s1')).toBe(1)
      expect(scene.notices.map(({ kind }) => kind)).toContain('breach')
    }
  })

  it('is ended again ever later where it never stays dead, at most nine times an hour', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.time.advance(2 * minute)
    for (let turn = 0; turn < 60; turn += 1) {
      if (!scene.idp.isAlive('s1')) await comesBack(scene)
      await scene.pass(enforcer, minute, minute)
    }
    expect(scene.idp.revokes('s1')).toBeGreaterThan(4)
    expect(scene.idp.revokes('s1')).toBeLessThanOrEqual(10)
  })

  it('is looked at anew, and ended where it lives, also within the grace for requests in flight', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.time.advance(2_000)
    await comesBack(scene)
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(scene.idp.revokes('s1')).toBe(2)
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'kept', order_state: 'contained' }])
    expect(scene.notices.map(({ kind }) => kind)).toContain('breach')
  })
})
