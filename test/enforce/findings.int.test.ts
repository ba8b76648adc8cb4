import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scene } from './scene.ts'
import { enforcing } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const revokesOf = (scene: Scene): number =>
  scene.idp.calls.filter(({ call }) => call === 'revoke').length

describe('findings', () => {
  const onFinding = (sessionId: string) =>
    ({ scopeKind: 'session', sessionId, sessionKind: 'online' }) as const

  it('end no more sessions a minute than they may, also across a restart', async () => {
    const guards = { ...enforcing.guards, finding_orders_per_minute_max: 2 }
    const scene = stage.scene({ policy: { ...enforcing, guards } })
    for (const id of ['f1', 'f2', 'f3', 'f4']) {
      await scene.session(id, `user-${id}`)
      await scene.cause('finding', { ...onFinding(id), subjectRef: scene.refOf(`user-${id}`) })
    }
    await scene.settle(await scene.open())
    expect(revokesOf(scene)).toBe(2)
    const second = await scene.open()
    await scene.settle(second)
    expect(revokesOf(scene)).toBe(2)
    await scene.pass(second, 70_000, 35_000)
    expect(revokesOf(scene)).toBe(4)
  })

  const findOnAll = async (scene: Scene, count: number): Promise<readonly string[]> => {
    const ids = Array.from({ length: count }, (_, index) => `f${index}`)
    for (const id of ids) {
      await scene.session(id, `user-${id}`)
      await scene.cause('finding', { ...onFinding(id), subjectRef: scene.refOf(`user-${id}`) })
    }
    return ids
  }
  const waiting = async (scene: Scene, ids: readonly string[]): Promise<number> => {
    const last = await Promise.all(ids.map(async (id) => (await scene.steps(id)).at(-1)))
    return last.filter((state) => state === 'awaiting_approval').length
  }

  it('reach no more people an hour than they may before a person is asked, also across a restart', async () => {
    const guards = { ...enforcing.guards, finding_subjects_per_hour_max: 2 }
    const scene = stage.scene({ policy: { ...enforcing, guards } })
    const ids = await findOnAll(scene, 4)
    await scene.settle(await scene.open())
    expect([revokesOf(scene), await waiting(scene, ids)]).toEqual([2, 2])
    const again = await scene.open()
    await scene.session('f9', 'user-f9')
    await scene.cause('finding', { ...onFinding('f9'), subjectRef: scene.refOf('user-f9') })
    await scene.settle(again)
    expect([revokesOf(scene), await waiting(scene, [...ids, 'f9'])]).toEqual([2, 3])
  })

  it('stop all together when they reach a large share of the live sessions', async () => {
    const scene = stage.scene()
    const ids = await findOnAll(scene, 8)
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    // A twentieth of eight sessions is none; so few as five are no mass.
    expect([revokesOf(scene), await waiting(scene, ids)]).toEqual([5, 3])
    await scene.cause('subject_suspended', { subjectRef: scene.refOf('user-f7') })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('f7')).toBe(false)
  })

  it('that only propose ask a person', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('finding', { ...onFinding('s1'), modeMax: 'approve' })
    await scene.settle(await scene.open())
    expect((await scene.steps('s1')).at(-1)).toBe('awaiting_approval')
    expect(revokesOf(scene)).toBe(0)
  })

  it('that were withdrawn before the call end nothing', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    const cause = await scene.cause('finding', onFinding('s1'))
    const at = { at: scene.iso(scene.now()), received_at: scene.iso(scene.now()) }
    const finding = { tenant: scene.tenant, instance: scene.instance, finding_id: cause.eventId }
    const judged = { session_kind: 'online', session_id: 's1', mode: 'act', event_ids: [], ...at }
    const findings = (version: number, standing: boolean) =>
      scene.store.append('findings', [{ ...finding, ...judged, version, standing }])
    await findings(1, true)
    scene.kill.on = true
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect((await scene.steps('s1')).at(-1)).toBe('queued')
    await findings(2, false)
    scene.kill.on = false
    await scene.settle(enforcer)
    expect(revokesOf(scene)).toBe(0)
    expect(await scene.steps('s1')).toEqual(['proposed', 'queued', 'cancelled'])
  })
})
