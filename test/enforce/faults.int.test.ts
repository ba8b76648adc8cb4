import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Enforcer } from '../../src/enforce/enforce.ts'
import { makeNeighbours } from './beside.ts'
import { tenantFaults } from './failing-tenants.ts'
import type { Between, Scene, SceneOptions } from './scene.ts'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Providers by what proves there: as a WorkOS, with reads by id, and as a Keycloak. */
const providers = {
  'lists what lives and is called once': { canRead: false, proofs: { ownEnd: 'acknowledges' } },
  'can be read by id as well': { canRead: true, proofs: { ownEnd: 'acknowledges' } },
  'is called again until nothing is left': {
    canRead: false,
    repeat: { call: 'again', apartMs: 2_000 },
    proofs: {
      absence: 'after_nothing_left',
      read: 'after_nothing_left',
      ownEnd: 'acknowledges',
      otherEnd: 'after_nothing_left',
      refusal: 'again_apart',
    },
  },
} as const satisfies { readonly [name: string]: SceneOptions }

interface Fault {
  readonly name: string
  readonly of: readonly (keyof typeof providers)[]
  /** Before anything is called. */
  readonly begin?: (scene: Scene) => void
  /** Around the provider, as the enforcer sees it. */
  readonly between?: (scene: Scene) => Between
  /** After the first round. */
  readonly later?: (scene: Scene) => void
  /** How far the provider's clock is ahead of ours, ms. */
  readonly aheadMs?: number
}

const lives: Fault['begin'] = ({ idp }) => {
  idp.lies.splits = true
}

const once = 'lists what lives and is called once'
const readable = 'can be read by id as well'
const again = 'is called again until nothing is left'
const faults: readonly Fault[] = [
  {
    name: 'ends it in one node and keeps it in another',
    of: [once, readable, again],
    begin: lives,
  },
  {
    name: 'finds it at every call, and puts it back unseen',
    of: [again],
    begin: ({ idp }) => {
      idp.lies.putsBack = Number.POSITIVE_INFINITY
    },
  },
  {
    name: 'acknowledges the first call and breaks at those that follow',
    of: [again],
    begin: lives,
    between: ({ idp }) => ({
      provider: (provider) => ({
        ...provider,
        revoke: async (target) => {
          const answer = await provider.revoke(target)
          idp.lies.breaksBefore = 3
          return answer
        },
      }),
    }),
  },
  {
    name: 'restarts after the call, and has forgotten the end',
    of: [once],
    between: ({ idp }) => ({
      provider: (provider) => ({
        ...provider,
        revoke: async (target) => {
          const answer = await provider.revoke(target)
          idp.lies.down = true
          return answer
        },
      }),
    }),
    later: ({ idp, now }) => {
      idp.lies.down = false
      idp.lies.splits = true
      idp.open('s1', 'ada', { createdAt: now() - 60 * minute })
    },
  },
  {
    name: 'writes the end event before it answers, and has ended nothing',
    of: [readable],
    begin: lives,
    between: (scene) => ({
      provider: (provider) => ({
        ...provider,
        revoke: async (target) => {
          await scene.event('session.revoked', 's1', 'ada', { initiator_client: 'curfew' })
          return await provider.revoke(target)
        },
      }),
    }),
  },
  { name: 'has a clock 30 s ahead', of: [once], begin: lives, aheadMs: 30_000 },
  { name: 'has a clock 30 s behind', of: [again], begin: lives, aheadMs: -30_000 },
]

describe.each([once, readable, again] as const)('a provider that %s', (kind) => {
  const options = providers[kind]
  it.each(faults.filter(({ of }) => of.includes(kind)))(
    'is believed once at most while it $name and the session is used',
    async (fault) => {
      const scene = stage.scene(options)
      await scene.session('s1')
      await scene.cause('credential_reset')
      fault.begin?.(scene)
      const enforcer = await scene.open(fault.between?.(scene))
      const use = () =>
        scene.event('session.used', 's1', 'ada', {
          occurred_at: scene.iso(scene.now() + (fault.aheadMs ?? 0)),
          outcome: 'accepted',
          observer: 'idp',
        })
      await scene.pass(enforcer, 20_000, 10_000)
      fault.later?.(scene)
      let believed = 0
      let used = 0
      for (let round = 0; round < 2; round += 1) {
        await scene.time.advance(minute)
        if (!scene.idp.isAlive('s1')) break
        await use()
        used += 1
        // What is dated ahead counts once its time has come.
        const asOf = scene.now() + 1 + Math.max(0, fault.aheadMs ?? 0)
        expect(await scene.verdicts(asOf)).not.toMatchObject([{ verdict: 'kept' }])
        await scene.pass(enforcer, 20_000, 10_000)
        const [{ verdict } = { verdict: '' }] = await scene.verdicts()
        if (scene.idp.isAlive('s1') && verdict === 'kept') believed += 1
      }
      expect(used).toBeGreaterThan(0)
      expect(believed).toBeLessThanOrEqual(1)
      const told = scene.notices.map(({ kind }) => kind)
      expect(told.some((kind) => kind === 'broken' || kind === 'breach')).toBe(true)
    },
  )
})

it('keeps each tenant’s failures from all others, tells of them, and makes up for them later', async () => {
  const { honest, faulty, scenes, open, heal, isTold } = makeNeighbours(stage, tenantFaults)
  for (const scene of scenes) {
    await scene.session('s1')
    await scene.cause('credential_reset')
    await scene.request('sign_out_everywhere', { subject_ref: scene.refOf('ada') })
  }
  const enforcer = await open(stage.guards)
  await rounds(honest, enforcer, 4, 750)
  // One that comes while the others fail is none of their business either.
  await honest.session('s2')
  await honest.cause('operator_order')
  await rounds(honest, enforcer, 4, 1_500)
  const verdicts = (await honest.verdicts()).map((row) => `${row.session_id} ${row.verdict}`)
  expect([...new Set(verdicts)]).toEqual(['s1 kept', 's2 kept'])
  const untold = [...faulty].filter(([, scene]) => !isTold(scene)).map(([{ name }]) => name)
  expect(untold).toEqual([])

  heal()
  await rounds(honest, enforcer, 4, 75_000)
  const alive = [...faulty].filter(([, { idp }]) => idp.isAlive('s1')).map(([fault]) => fault)
  expect(alive.filter(({ heals }) => heals === 'by itself').map(({ name }) => name)).toEqual([])
  await enforcer.close()
  await rounds(honest, await open(stage.guards), 4, 1_250)
  const left = [...faulty].filter(([, { idp }]) => idp.isAlive('s1')).map(([{ name }]) => name)
  expect(left).toEqual([])
})

async function rounds(
  { time }: Scene,
  enforcer: Enforcer,
  count: number,
  apartMs: number,
): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    await time.advance(apartMs)
    await enforcer.tick()
  }
}
