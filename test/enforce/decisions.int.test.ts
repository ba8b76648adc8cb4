import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyFile } from '../../src/contract/policy.ts'
import type { Scene } from './scene.ts'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** A session that somebody opened two seconds before the reset: nobody can say which came first. */
async function anAmbiguousSession(policy: PolicyFile = enforcing) {
  const scene = stage.scene({ policy })
  scene.idp.open('s1', 'ada', { createdAt: scene.now() })
  await scene.event('session.created', 's1', 'ada')
  await scene.time.advance(2_000)
  await scene.cause('credential_reset')
  const enforcer = await scene.open()
  await scene.settle(enforcer)
  return { scene, enforcer }
}

const revokesOf = (scene: Scene): number =>
  scene.idp.calls.filter(({ call }) => call === 'revoke').length

describe('a session that may be younger than its cause', () => {
  it('is neither spared nor ended before a person approves', async () => {
    const { scene, enforcer } = await anAmbiguousSession()
    expect(scene.idp.isAlive('s1')).toBe(true)
    expect((await scene.steps('s1')).at(-1)).toBe('awaiting_approval')
    expect(scene.notices).toMatchObject([{ kind: 'held', sessionId: 's1', guard: 'certain' }])
    expect(await scene.verdicts()).toMatchObject([{ certainty: 'ambiguous' }])
    await scene.request('approve', { order_id: await scene.orderOf('s1') })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
    const approved = await scene.store.ask(
      `select actor, reason from order_steps where tenant = {tenant:String} and actor != 'curfew'`,
      { tenant: scene.tenant },
    )
    expect(approved).toEqual([{ actor: 'grace@example.com', reason: 'asked by phone' }])
  })

  it('is left alone when a person says no, until there is another reason', async () => {
    const { scene, enforcer } = await anAmbiguousSession()
    await scene.request('deny', { order_id: await scene.orderOf('s1') })
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('denied')
    await scene.time.advance(minute)
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(true)
    await scene.cause('subject_suspended')
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
  })

  it('is let go, and people are told, when nobody decides in time', async () => {
    const { scene, enforcer } = await anAmbiguousSession()
    const orderId = await scene.orderOf('s1')
    await scene.pass(enforcer, 31 * minute, 31 * minute)
    expect((await scene.steps('s1')).at(-1)).toBe('expired')
    expect(scene.notices.filter(({ kind }) => kind === 'held')).toHaveLength(2)
    await scene.request('approve', { order_id: orderId })
    await scene.settle(enforcer)
    expect(revokesOf(scene)).toBe(0)
  })

  it('cannot be approved by a role that may only look', async () => {
    const { scene, enforcer } = await anAmbiguousSession()
    await scene.request('approve', { order_id: await scene.orderOf('s1'), role: 'viewer' })
    await scene.settle(enforcer)
    expect(revokesOf(scene)).toBe(0)
  })
})

describe('signing somebody out everywhere', () => {
  it('ends all sessions until the request, also those nobody named, and none after it', async () => {
    const scene = stage.scene()
    const enforcer = await scene.open()
    await scene.session('told')
    scene.idp.open('idle', 'ada', { createdAt: scene.now() - 60 * minute })
    await scene.request('sign_out_everywhere', { subject_ref: scene.refOf('ada') })
    await scene.time.advance(10_000)
    scene.idp.open('new', 'ada')
    await scene.event('session.created', 'new', 'ada')
    await scene.settle(enforcer)
    expect(['told', 'idle', 'new'].map(scene.idp.isAlive)).toEqual([false, false, true])
    expect(await scene.verdicts()).toMatchObject([
      { session_id: 'idle', class: 'operator_order', verdict: 'kept' },
      { session_id: 'told', class: 'operator_order', verdict: 'kept' },
    ])
  })

  it('is done once, however often the request is read or the enforcer restarted', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.request('sign_out_everywhere', { subject_ref: scene.refOf('ada') })
    await scene.settle(await scene.open())
    await scene.settle(await scene.open())
    const causes = await scene.store.ask(
      'select count() as causes from causes where tenant = {tenant:String}',
      { tenant: scene.tenant },
    )
    expect(causes).toEqual([{ causes: 1 }])
    expect(revokesOf(scene)).toBe(1)
  })
})

describe('an order to end one session', () => {
  it('ends that one and no other of its subject', async () => {
    const scene = stage.scene()
    await scene.session('phone')
    await scene.session('laptop')
    const session = { session_kind: 'online', session_id: 'phone' }
    await scene.request('end_session', { subject_ref: scene.refOf('ada'), ...session })
    await scene.settle(await scene.open())
    expect(['phone', 'laptop'].map(scene.idp.isAlive)).toEqual([false, true])
    expect(await scene.verdicts()).toMatchObject([
      { session_id: 'phone', class: 'operator_order', verdict: 'kept' },
    ])
  })
})

describe('a request to list somebody now', () => {
  it('makes sessions known that nobody named', async () => {
    const scene = stage.scene()
    await scene.name('ada')
    scene.idp.open('idle', 'ada')
    await scene.request('list_now', { subject_ref: scene.refOf('ada'), role: 'viewer' })
    await scene.settle(await scene.open())
    const known = await scene.store.ask(
      'select session_id from sessions where tenant = {tenant:String} group by session_id',
      { tenant: scene.tenant },
    )
    expect(known).toEqual([{ session_id: 'idle' }])
  })
})

describe('the kill switch', () => {
  it('stops the next call within the tick, and what it stopped goes on when it is off', async () => {
    const scene = stage.scene()
    for (const id of ['k1', 'k2', 'k3', 'k4']) await scene.session(id)
    await scene.cause('subject_suspended')
    const enforcer = await scene.open({
      provider: (provider) => ({
        ...provider,
        revoke: (target) => {
          scene.kill.on = true
          return provider.revoke(target)
        },
      }),
      callsAtOnceMax: 1,
    })
    await scene.settle(enforcer)
    expect(revokesOf(scene)).toBe(1)
    scene.kill.on = false
    for (let left = 0; left < 4; left += 1) {
      scene.kill.on = false
      await scene.settle(enforcer)
    }
    expect(['k1', 'k2', 'k3', 'k4'].map(scene.idp.isAlive)).toEqual([false, false, false, false])
  })
})

describe('observe mode', () => {
  const observing: PolicyFile = {
    ...enforcing,
    causes: { credential_reset: { mode: 'observe', deadline_seconds: 600 } },
    timing: { listing_every_seconds: 60 },
  }

  it('ends nothing, says what it would have done, and still reads back for real', async () => {
    const scene = stage.scene({ policy: observing })
    await scene.session('stays')
    await scene.session('leaves')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    scene.idp.end('leaves')
    await scene.pass(enforcer, 14 * minute, 2 * minute)
    expect(revokesOf(scene)).toBe(0)
    expect(await scene.verdicts()).toMatchObject([
      { session_id: 'leaves', verdict: 'kept', dead_by: 'E2', order_state: 'shadowed' },
      { session_id: 'stays', verdict: 'broken', order_reason: 'it would have been ended' },
    ])
    expect(scene.notices).toMatchObject([{ kind: 'broken', sessionId: 'stays' }])
  })

  it('gives way to a later cause that is enforced', async () => {
    const scene = stage.scene({ policy: observing })
    await scene.session('s1')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(await scene.steps('s1')).toEqual(['proposed', 'queued', 'shadowed'])
    const strict = { ...observing.causes, subject_suspended: { mode: 'enforce' as const } }
    const second = await scene.open({ policy: { ...observing, causes: strict } })
    await scene.time.advance(10_000)
    await scene.cause('subject_suspended')
    await scene.settle(second)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([
      { class: 'credential_reset', order_state: 'contained' },
      { class: 'subject_suspended', order_state: 'contained' },
    ])
  })
})

describe('history', () => {
  it('never calls a provider, and does not keep a live copy of the same cause from acting', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    const told = await scene.cause('subject_offboarded', { lane: 'historical' })
    await scene.cause('credential_reset', { lane: 'historical', at: scene.now() - minute })
    const enforcer = await scene.open()
    await scene.pass(enforcer, 20 * minute, 10 * minute)
    expect(scene.idp.calls).toEqual([])
    expect(await scene.steps('s1')).toEqual(['proposed', 'suppressed'])
    await scene.cause('credential_reset', { causeId: told.causeId, at: told.at })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
  })

  it('does not act either when a source may not', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset', { mayAct: false })
    await scene.settle(await scene.open())
    expect(scene.idp.calls).toEqual([])
  })
})
