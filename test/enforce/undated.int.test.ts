import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

describe('a session whose creation nobody told', () => {
  it('is neither spared nor ended unasked when it was first seen after its cause', async () => {
    const scene = stage.scene()
    await scene.name('ada')
    scene.idp.open('undated', 'ada', { createdAt: null })
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('undated')).toBe(true)
    expect((await scene.steps('undated')).at(-1)).toBe('awaiting_approval')
    expect(await scene.verdicts()).toMatchObject([{ certainty: 'creation_unknown' }])
    expect(scene.notices).toMatchObject([{ kind: 'held', sessionId: 'undated' }])
    await scene.request('approve', { order_id: await scene.orderOf('undated') })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('undated')).toBe(false)
  })

  it('is ended without asking once word of its beginning comes late, and spared if that was after its cause', async () => {
    const scene = stage.scene()
    await scene.time.advance(minute)
    await scene.cause('credential_reset')
    const [before, after] = [scene.now() - minute, scene.now() + 15_000]
    await scene.time.advance(minute)
    for (const id of ['older', 'younger']) {
      scene.idp.open(id, 'ada', { createdAt: null })
      await scene.event('session.used', id, 'ada', { outcome: 'accepted', observer: 'idp' })
    }
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect((await scene.steps('older')).at(-1)).toBe('awaiting_approval')
    expect((await scene.steps('younger')).at(-1)).toBe('awaiting_approval')
    await scene.event('session.created', 'older', 'ada', { occurred_at: scene.iso(before) })
    await scene.event('session.created', 'younger', 'ada', { occurred_at: scene.iso(after) })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('older')).toBe(false)
    expect((await scene.steps('younger')).at(-1)).toBe('cancelled')
    expect(scene.idp.isAlive('younger')).toBe(true)
  })

  it('is ended when it was seen clearly before its cause', async () => {
    const scene = stage.scene()
    scene.idp.open('seen', 'ada', { createdAt: null })
    await scene.event('session.used', 'seen', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.time.advance(minute)
    await scene.cause('credential_reset')
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('seen')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([{ certainty: 'certain', verdict: 'kept' }])
  })
})

describe('a session that may be younger than its cause', () => {
  it('is told of as held, and not as a broken curfew while nobody decides', async () => {
    const scene = stage.scene()
    await scene.time.advance(1_000)
    await scene.cause('credential_reset')
    await scene.time.advance(2_000)
    scene.idp.open('after', 'ada')
    await scene.event('session.created', 'after', 'ada')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.time.advance(2 * minute)
    await scene.event('session.used', 'after', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.settle(enforcer)
    expect(scene.notices.map(({ kind }) => kind)).toEqual(['held'])
  })
})

describe('a protected subject', () => {
  it('loses no session before a person says so', async () => {
    const guards = { ...enforcing.guards, protected_subjects: ['break-glass'] }
    const scene = stage.scene({ policy: { ...enforcing, guards } })
    await scene.session('s1', 'break-glass')
    await scene.cause('subject_suspended', { subjectRef: scene.refOf('break-glass') })
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('awaiting_approval')
    expect(scene.idp.revokes('s1')).toBe(0)
    await scene.request('approve', { order_id: await scene.orderOf('s1') })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
  })
})
