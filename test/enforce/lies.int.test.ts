import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SceneOptions } from './scene.ts'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** One session of Ada's and a reset of her password, with an enforcer that has not looked yet. */
async function aReset(options: SceneOptions = {}) {
  const scene = stage.scene(options)
  await scene.session('s1')
  await scene.cause('credential_reset')
  return { scene, enforcer: await scene.open() }
}

describe('a provider that acknowledges and ends nothing', () => {
  it('is asked again, ever later, while its curfew is broken and people are told', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.keepsAlive = true
    await scene.pass(enforcer, 4 * minute, 20_000)
    expect(scene.idp.revokes('s1')).toBeGreaterThanOrEqual(2)
    expect(scene.idp.revokes('s1')).toBeLessThanOrEqual(5)
    const steps = await scene.steps('s1')
    expect(steps.filter((state) => state === 'unverified').length).toBeGreaterThanOrEqual(2)
    expect(steps).toContain('regressed')
    expect(steps).not.toContain('contained')
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'broken', outcome: 'still_alive' }])
    const told = scene.notices.map(({ kind }) => kind)
    expect(told.filter((kind) => kind === 'broken').length).toBeGreaterThanOrEqual(1)
    expect(told).toContain('breach')
  })

  it('cannot make it look dead with a list that was shifted while it was read', async () => {
    const { scene, enforcer } = await aReset({ canRead: false })
    scene.idp.lies.keepsAlive = true
    scene.idp.lies.shifts = true
    scene.idp.lies.hides = 's1'
    await scene.pass(enforcer, 2 * minute, 20_000)
    const steps = await scene.steps('s1')
    expect(steps).not.toContain('contained')
    expect(steps).toContain('unverified')
    expect(await scene.evidence('s1')).not.toContain('E2 listing')
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'unproven' }])
  })
})

describe('a provider whose list once misses a session that lives', () => {
  it('does not make it look dead: one silence proves nothing', async () => {
    const { scene } = await aReset({ canRead: false })
    const { lies } = scene.idp
    lies.keepsAlive = true
    lies.hides = 's1'
    lies.misses = 0
    const enforcer = await scene.open({
      provider: (provider) => ({
        ...provider,
        revoke: (target) => {
          lies.misses = 1
          return provider.revoke(target)
        },
      }),
    })
    await scene.pass(enforcer, 20_000, 5_000)
    expect(lies.misses).toBe(0)
    expect(await scene.evidence('s1')).not.toContain('E2 listing')
    expect((await scene.steps('s1')).at(-1)).toBe('verifying')
  })
})

describe('a provider whose answers are late', () => {
  it('leads to containment that is late as well, and never to a second call', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.staleMs = 20_000
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect((await scene.steps('s1')).at(-1)).toBe('verifying')
    await scene.pass(enforcer, 40_000, 4_000)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
    expect(scene.idp.revokes('s1')).toBe(1)
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'kept' }])
  })

  it('does not count as containment before the late list has caught up', async () => {
    const { scene, enforcer } = await aReset({ canRead: false })
    scene.idp.lies.staleMs = 90_000
    await scene.pass(enforcer, 130_000, 26_000)
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'broken' }])
    expect(scene.notices.map(({ kind }) => kind)).toContain('broken')
  })
})

describe('a provider that knows no such session when asked to end it', () => {
  it('is believed only after it was read as gone, and no credit is taken', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.knowsNothing = true
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).slice(-3)).toEqual([
      'dispatching',
      'verifying',
      'already_ended',
    ])
    expect(await scene.verdicts()).toMatchObject([
      { verdict: 'kept', outcome: 'ended_otherwise_in_time' },
    ])
  })

  it('is not believed while it still shows the session', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.knowsNothing = true
    scene.idp.lies.keepsAlive = true
    await scene.pass(enforcer, 90_000, 15_000)
    const steps = await scene.steps('s1')
    expect(steps).not.toContain('already_ended')
    expect(steps).toContain('unverified')
  })
})

describe('a provider that asks for a pause', () => {
  it('is left alone for as long as it says, and then asked again', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.busy = 1
    scene.idp.lies.busyMs = 20_000
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('throttled')
    const calls = scene.idp.calls.length
    await scene.pass(enforcer, 18_000, 9_000)
    expect(scene.idp.calls).toHaveLength(calls)
    await scene.pass(enforcer, 6_000, 6_000)
    expect(scene.idp.revokes('s1')).toBe(2)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
  })

  it('is left alone by the orders and lists of everybody else there, too', async () => {
    const { scene, enforcer } = await aReset()
    await scene.session('s2', 'bob')
    scene.idp.lies.busy = 1
    scene.idp.lies.busyMs = 20_000
    await scene.settle(enforcer)
    const calls = scene.idp.calls.length
    await scene.cause('subject_suspended', { subjectRef: scene.refOf('bob') })
    await scene.pass(enforcer, 18_000, 9_000)
    expect(scene.idp.calls).toHaveLength(calls)
    await scene.pass(enforcer, 6_000, 6_000)
    expect(['s1', 's2'].map(scene.idp.isAlive)).toEqual([false, false])
  })

  it('is left alone as well when it fails and asks for the pause with it', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.breaksBefore = 1
    scene.idp.lies.breaksMs = 20_000
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('in_doubt')
    const calls = scene.idp.calls.length
    await scene.pass(enforcer, 18_000, 9_000)
    expect(scene.idp.calls).toHaveLength(calls)
    await scene.pass(enforcer, 6_000, 6_000)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
  })

  it('cannot make a session wait for ever by an absurd one', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.busy = 1
    scene.idp.lies.busyMs = 1e12
    await scene.settle(enforcer)
    await scene.time.advance(15 * minute + 1_000)
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
  })

  it('has the order given up, and people told, when it never stops asking', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.busy = 1_000
    await scene.pass(enforcer, 11 * minute, minute)
    expect((await scene.steps('s1')).at(-1)).toBe('dead')
    expect(scene.idp.revokes('s1')).toBeLessThanOrEqual(8)
    expect(scene.notices.map(({ kind }) => kind)).toContain('failed')
  })
})

describe('a provider whose answer is lost', () => {
  it('is read before anything is repeated, so that one call has one effect', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.breaksAfter = 1
    await scene.pass(enforcer, 6_000, 2_000)
    expect(scene.idp.revokes('s1')).toBe(1)
    const steps = await scene.steps('s1')
    expect(steps.slice(-3)).toEqual(['dispatching', 'in_doubt', 'contained'])
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'kept' }])
  })

  it('is called again when the session is seen to live', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.breaksBefore = 1
    await scene.pass(enforcer, 6_000, 2_000)
    expect(scene.idp.revokes('s1')).toBe(2)
    const calls = scene.idp.calls.map(({ call }) => call)
    const between = calls.slice(calls.indexOf('revoke') + 1, calls.lastIndexOf('revoke'))
    expect(between).toContain('read')
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
  })

  it('is not waited for longer than ten seconds when it never answers', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.hangs = 1
    const begun = scene.now()
    await scene.settle(enforcer)
    expect(scene.now() - begun).toBeLessThan(10_000)
    expect(await scene.steps('s1')).toContain('in_doubt')
    await scene.pass(enforcer, 6_000, 2_000)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
  })
})

describe('a provider that refuses', () => {
  it('has the order rejected and people told, without a second try', async () => {
    const { scene, enforcer } = await aReset()
    scene.idp.lies.refuses = true
    await scene.pass(enforcer, 10_000, 5_000)
    expect((await scene.steps('s1')).at(-1)).toBe('rejected')
    expect(scene.notices).toMatchObject([{ kind: 'failed', sessionId: 's1' }])
    expect(scene.idp.isAlive('s1')).toBe(true)
  })
})

describe('a session that comes back', () => {
  it('is ended once more and people are told, when its provider accepted it after its end', async () => {
    const { scene, enforcer } = await aReset()
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
    await scene.time.advance(5 * minute)
    scene.idp.open('s1', 'ada', { createdAt: scene.now() - 60 * minute })
    await scene.event('session.used', 's1', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect((await scene.steps('s1')).slice(6, 8)).toEqual(['regressed', 'queued'])
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
    expect(scene.notices.map(({ kind }) => kind).sort()).toEqual(['breach', 'broken'])
  })

  it('is not taken for one by a request in flight or an application that checks offline', async () => {
    const { scene, enforcer } = await aReset()
    await scene.settle(enforcer)
    await scene.time.advance(2_000)
    await scene.event('session.used', 's1', 'ada', { outcome: 'accepted', observer: 'idp' })
    await scene.time.advance(5 * minute)
    await scene.event('session.used', 's1', 'ada', { outcome: 'accepted', observer: 'application' })
    await scene.settle(enforcer)
    expect(await scene.steps('s1')).not.toContain('regressed')
    expect(scene.idp.revokes('s1')).toBe(1)
  })

  it('is not one when the feed tells of our own revocation', async () => {
    const { scene, enforcer } = await aReset()
    await scene.settle(enforcer)
    await scene.event('session.revoked', 's1', 'ada', { initiator_client: 'curfew' })
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
    expect(scene.idp.revokes('s1')).toBe(1)
  })
})
