import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SceneOptions } from './scene.ts'
import { enforcing } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** One id with an online and an offline session, as a login from a browser leaves them. */
async function twins(options: SceneOptions = { alsoEnds: { offline: 'online_of_same_id' } }) {
  const scene = stage.scene(options)
  const createdAt = scene.now() - 600_000
  await scene.session('s1')
  scene.idp.open('s1', 'ada', { kind: 'offline', createdAt })
  const offline = { session_kind: 'offline', occurred_at: scene.iso(createdAt) }
  await scene.event('session.created', 's1', 'ada', offline)
  return scene
}
type Scene = Awaited<ReturnType<typeof twins>>

const offlineOnly = (scene: Scene) =>
  scene.cause('grant_revoked', { scopeKind: 'session', sessionKind: 'offline', sessionId: 's1' })
const alive = ({ idp }: Scene) =>
  (['online', 'offline'] as const).map((kind) => idp.isAliveAs(kind, 's1'))
const ordersOf = (scene: Scene) =>
  scene.store.ask(
    `select toString(session_kind) as kind, argMax(order_id, (epoch, seq)) as id,
       argMax((toString(state), reason, also_ends), (epoch, seq)) as last
     from order_steps where tenant = {tenant:String} group by kind order by kind`,
    { tenant: scene.tenant },
  )

describe('a call that also ends the online session of its id', () => {
  it('waits for a person where nothing condemns the online one, who is told which that is', async () => {
    const scene = await twins()
    await offlineOnly(scene)
    const enforcer = await scene.open()
    await scene.pass(enforcer, 5_000)
    expect(alive(scene)).toEqual([true, true])
    const [order] = await ordersOf(scene)
    expect(order).toMatchObject({
      kind: 'offline',
      last: [
        'awaiting_approval',
        expect.stringMatching(/^the call also ends .*online s1.* \(guard also-ends\)$/),
        ['online s1'],
      ],
    })
    expect(scene.notices).toMatchObject([{ kind: 'held', alsoEnds: ['online s1'] }])
    await scene.request('approve', { order_id: order?.id })
    await scene.pass(enforcer, 5_000)
    expect(alive(scene)).toEqual([false, false])
  })

  it('is made unasked where both are condemned, and both deaths are our doing', async () => {
    const scene = await twins()
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.pass(enforcer, 5_000)
    expect(alive(scene)).toEqual([false, false])
    expect(await scene.verdicts()).toMatchObject([
      { verdict: 'kept', outcome: 'contained_in_time' },
      { verdict: 'kept', outcome: 'contained_in_time' },
    ])
    expect(scene.notices).toEqual([])
  })

  it('is made once the online one is condemned as well, without anybody having to approve', async () => {
    const scene = await twins()
    await offlineOnly(scene)
    const enforcer = await scene.open()
    await scene.pass(enforcer, 2_000)
    expect(alive(scene)).toEqual([true, true])
    await scene.cause('credential_reset')
    await scene.pass(enforcer, 5_000)
    expect(alive(scene)).toEqual([false, false])
  })

  it('is made unasked where the online one is over', async () => {
    const scene = await twins()
    scene.idp.end('s1', 'online')
    await offlineOnly(scene)
    await scene.pass(await scene.open(), 5_000)
    expect(alive(scene)).toEqual([false, false])
    expect(scene.notices).toEqual([])
  })

  it('is asked about where only the list of the provider knows the online one', async () => {
    const scene = stage.scene({ alsoEnds: { offline: 'online_of_same_id' } })
    const createdAt = scene.now() - 600_000
    for (const kind of ['online', 'offline'] as const) {
      scene.idp.open('s1', 'ada', { kind, createdAt })
    }
    const told = { session_kind: 'offline', occurred_at: scene.iso(createdAt) }
    await scene.event('session.created', 's1', 'ada', told)
    await offlineOnly(scene)
    await scene.pass(await scene.open(), 5_000)
    expect(alive(scene)).toEqual([true, true])
  })
})

describe('a provider that can only end all sessions of a person', () => {
  const all: SceneOptions = { alsoEnds: { online: 'subject' } }

  it('is not called for one of them unasked', async () => {
    const scene = stage.scene(all)
    for (const id of ['s1', 's2', 's3']) await scene.session(id)
    await scene.cause('device_lost', { scopeKind: 'session', sessionId: 's1' })
    await scene.pass(await scene.open(), 5_000)
    expect(['s1', 's2', 's3'].map((id) => scene.idp.isAlive(id))).toEqual([true, true, true])
    expect(scene.notices).toMatchObject([{ kind: 'held', alsoEnds: ['online s2', 'online s3'] }])
  })

  it('that lists none is not called unasked even where all known ones are condemned, since there may be others', async () => {
    const scene = stage.scene({ ...all, canList: false })
    for (const id of ['s1', 's2']) await scene.session(id)
    scene.idp.open('s3', 'ada', { createdAt: scene.now() - 600_000 })
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.pass(enforcer, 5_000)
    expect(['s1', 's2', 's3'].map((id) => scene.idp.isAlive(id))).toEqual([true, true, true])
    const shown = 'sessions of this subject that no event named'
    const orderId = await scene.orderOf('s1')
    const [order] = await scene.store.ask(
      `select argMax((toString(state), reason, also_ends), (epoch, seq)) as last
       from order_steps where tenant = {tenant:String} and order_id = {id:String}`,
      { tenant: scene.tenant, id: orderId },
    )
    expect(order?.last).toEqual([
      'awaiting_approval',
      `the call also ends ${shown}, which nothing condemns (guard also-ends)`,
      ['online s2', shown],
    ])
    await scene.request('approve', { order_id: orderId })
    await scene.pass(enforcer, 5_000)
    expect(['s1', 's2', 's3'].map((id) => scene.idp.isAlive(id))).toEqual([false, false, false])
  })

  it('that lists none is called unasked where policy allows it', async () => {
    const policy = { ...enforcing, guards: { unlisted_ends: 'allow' } } as const
    const scene = stage.scene({ ...all, canList: false, policy })
    for (const id of ['s1', 's2']) await scene.session(id)
    await scene.cause('credential_reset')
    await scene.pass(await scene.open(), 5_000)
    expect(['s1', 's2'].map((id) => scene.idp.isAlive(id))).toEqual([false, false])
  })

  it('is called where all of them are condemned', async () => {
    const scene = stage.scene(all)
    for (const id of ['s1', 's2', 's3']) await scene.session(id)
    await scene.cause('credential_reset')
    await scene.pass(await scene.open(), 5_000)
    expect(['s1', 's2', 's3'].map((id) => scene.idp.isAlive(id))).toEqual([false, false, false])
    expect((await scene.verdicts()).map(({ verdict }) => verdict)).toEqual(['kept', 'kept', 'kept'])
  })
})
