import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soak, timeout } from '../journey/play.ts'
import type { SceneOptions } from './scene.ts'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const apartMs = 2_000
/** Time for five calls, the waits between which double from 2 s, and for the lists after the last. */
const waits = [...Array.from({ length: 6 }, () => 2_500), 5_000, 12_000, 5_000, 5_000]
/** A provider whose ends can be undone by whoever lists meanwhile, as those of Keycloak. */
const undoable: SceneOptions = {
  canRead: false,
  repeat: { call: 'again', apartMs },
  proofs: {
    absence: 'after_nothing_left',
    read: 'after_nothing_left',
    ownEnd: 'acknowledges',
    otherEnd: 'after_nothing_left',
    refusal: 'again_apart',
  },
}

async function aReset(options: SceneOptions = undoable) {
  const scene = stage.scene(options)
  await scene.session('s1')
  await scene.cause('credential_reset')
  return scene
}
type Scene = Awaited<ReturnType<typeof aReset>>

const verdictOf = async (scene: Scene) => (await scene.verdicts())[0]?.verdict
const revokesOf = ({ idp }: Scene) => idp.calls.filter(({ call }) => call === 'revoke')

describe('a provider whose end can be undone by somebody who lists meanwhile', () => {
  it('is called again, apart in time, until nothing is left to end, and only then is it proved', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(true)
    expect(await scene.evidence('s1')).not.toContain('E2 listing')
    while (scene.idp.isAlive('s1')) {
      expect(await verdictOf(scene)).toBe('open')
      await scene.pass(enforcer, 1_000, 1_000)
    }
    await scene.pass(enforcer, 8_000, 2_000)
    expect(await scene.verdicts()).toMatchObject([
      { verdict: 'kept', outcome: 'contained_in_time', dead_by: 'E2' },
    ])
    const calls = revokesOf(scene).map(({ at }) => at)
    expect(calls).toHaveLength(3)
    for (const [place, at] of calls.slice(1).entries()) {
      expect(at - (calls[place] ?? 0)).toBeGreaterThanOrEqual(apartMs)
    }
    expect((await scene.evidence('s1')).filter((each) => each.startsWith('E1'))).toEqual([
      'E1 answer',
      'E1 answer',
      'E1 nothing_left',
    ])
  })

  it('writes down each call before it makes it', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1
    await scene.pass(await scene.open(), 10_000, 2_500)
    const steps = await scene.steps('s1')
    expect(steps.filter((state) => state === 'dispatching')).toHaveLength(3)
    const intents = (await scene.evidence('s1')).filter((each) => each === 'E0 intent')
    expect(intents).toHaveLength(3)
  })

  it('goes on where an enforcer that was lost between two calls had left it', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1
    await scene.settle(await scene.open())
    expect((await scene.steps('s1')).at(-1)).toBe('verifying')
    await scene.pass(await scene.open(), 10_000, 2_500)
    expect(await verdictOf(scene)).toBe('kept')
    expect(scene.idp.isAlive('s1')).toBe(false)
  })

  it('does not prove by an end event of our own call, nor by a refusal in the middle of it', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.event('session.revoked', 's1', 'ada', { initiator_client: 'curfew' })
    const refused = { outcome: 'refused', refusal_reason: 'session_ended', observer: 'idp' }
    await scene.event('session.used', 's1', 'ada', refused)
    await scene.settle(enforcer)
    expect(await verdictOf(scene)).toBe('open')
    await scene.pass(enforcer, 10_000, 2_500)
    expect(await verdictOf(scene)).toBe('kept')
    expect(scene.idp.isAlive('s1')).toBe(false)
  })

  it('is asked twice as well when somebody else has ended the session, whose event proves nothing alone', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1
    scene.idp.end('s1')
    await scene.time.advance(100)
    await scene.event('session.revoked', 's1', 'ada', { initiator_kind: 'admin' })
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(await verdictOf(scene)).toBe('open')
    await scene.pass(enforcer, 10_000, 2_500)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(await verdictOf(scene)).toBe('kept')
  })

  it('is unproven and told when it never says that nothing is left', async () => {
    const scene = await aReset()
    scene.idp.lies.putsBack = 1_000
    await scene.pass(await scene.open(), 4 * minute, 15_000)
    expect(await verdictOf(scene)).toBe('unproven')
    expect(scene.idp.revokes('s1')).toBeLessThanOrEqual(8)
    expect(scene.notices.map(({ kind }) => kind)).toContain('broken')
  })

  it('proves nothing while it is only observed, until a refusal comes apart from the end', async () => {
    const scene = stage.scene({ ...undoable, policy: { version: 1 } })
    await scene.session('s1')
    await scene.cause('credential_reset')
    scene.idp.end('s1')
    await scene.event('session.ended', 's1', 'ada')
    const enforcer = await scene.open()
    await scene.pass(enforcer, 10_000, 2_000)
    expect(scene.idp.revokes('s1')).toBe(0)
    expect(await verdictOf(scene)).toBe('open')
    const refused = { outcome: 'refused', refusal_reason: 'session_ended', observer: 'idp' }
    await scene.event('session.used', 's1', 'ada', refused)
    expect(await scene.verdicts()).toMatchObject([{ verdict: 'kept', dead_by: 'E4' }])
  })

  it('is never listed by us while it is called for one of the same subject', async () => {
    const scene = stage.scene(undoable)
    for (const id of ['s1', 's2', 's3', 's4']) await scene.session(id)
    await scene.cause('credential_reset')
    let calls = { list: 0, revoke: 0 }
    let together = 0
    const counted =
      <T>(call: 'list' | 'revoke', work: (given: T) => Promise<unknown>) =>
      async (given: T) => {
        calls = { ...calls, [call]: calls[call] + 1 }
        if (calls.list > 0 && calls.revoke > 0) together += 1
        try {
          return await work(given)
        } finally {
          calls = { ...calls, [call]: calls[call] - 1 }
        }
      }
    const enforcer = await scene.open({
      // The wrapped calls answer what the wrapped provider answers.
      provider: (provider) =>
        ({
          ...provider,
          ...(provider.list && { list: counted('list', provider.list) }),
          revoke: counted('revoke', provider.revoke),
        }) as typeof provider,
    })
    await scene.pass(enforcer, 12_000, 2_000)
    expect((await scene.verdicts()).map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 4 }, () => 'kept'),
    )
    expect(together).toBe(0)
  })

  it(
    'is never called kept while the session lives, whatever is told of it meanwhile',
    async () => {
      const told = fc.array(fc.constantFrom('revoked', 'refused', 'nothing'), { maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(fc.nat(3), fc.boolean(), told, async (putsBack, endedBefore, events) => {
          const scene = await aReset()
          scene.idp.lies.putsBack = putsBack
          if (endedBefore) scene.idp.end('s1')
          const enforcer = await scene.open()
          for (const [step, waitedMs] of waits.entries()) {
            const event = events[step]
            if (event === 'revoked') await scene.event('session.revoked', 's1', 'ada')
            // A refusal is true only where no use would have been accepted.
            if (event === 'refused' && !scene.idp.isAlive('s1')) {
              const refused = { outcome: 'refused', refusal_reason: 'session_ended' }
              await scene.event('session.used', 's1', 'ada', refused)
            }
            await scene.pass(enforcer, waitedMs, waitedMs)
            if (scene.idp.isAlive('s1')) expect(await verdictOf(scene)).not.toBe('kept')
          }
          expect(await verdictOf(scene)).toBe('kept')
        }),
        { numRuns: soak ? 100 : 2, seed: 20261103 },
      )
    },
    timeout,
  )
})
