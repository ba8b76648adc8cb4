import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minute } from '../scene.ts'
import type { Stage } from '../stage.ts'
import { openStage } from '../stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

describe('a session that outlived its own expiry', () => {
  it('is ended when its provider itself still lists it', async () => {
    const scene = stage.scene()
    const expiresAt = scene.now() - minute
    scene.idp.open('late', 'ada', { createdAt: scene.now() - 60 * minute, expiresAt })
    await scene.event('session.created', 'late', 'ada', {
      occurred_at: scene.iso(scene.now() - 60 * minute),
      expires_at: scene.iso(expiresAt),
    })
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(scene.idp.calls).toEqual([])
    await scene.event('session.used', 'late', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('late')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([{ class: 'session_expired' }])
  })
})

describe('an expiry that only events told', () => {
  it('ends no session, though its provider lists it', async () => {
    const scene = stage.scene()
    scene.idp.open('alive', 'ada', { createdAt: scene.now() - 60 * minute })
    await scene.event('session.used', 'alive', 'ada', {
      ...{ outcome: 'accepted', observer: 'idp', lane: 'historical' },
      occurred_at: scene.iso(scene.now() - 30 * minute),
      expires_at: scene.iso(scene.now() - minute),
    })
    const enforcer = await scene.open()
    await scene.event('session.used', 'alive', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.request('list_now', { subject_ref: scene.refOf('ada') })
    await scene.pass(enforcer, minute, 10_000)
    expect(scene.idp.isAlive('alive')).toBe(true)
    const lists = scene.idp.calls.filter(({ call }) => call === 'list')
    expect([lists.length > 0, lists.length < 4]).toEqual([true, true])
  })
})
