import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { OpenProvider } from '../../src/enforce/provider-kit/provider.ts'
import { silentLog } from '../given.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const unusable = [
  ['is outside its contract', 'ENFORCE_MALFORMED'],
  ['never answers', 'ENFORCE_UNREACHABLE'],
] as const

/** A provider whose lists cannot be used until `works` says so; everything else is as it was. */
const without =
  (code: (typeof unusable)[number][1], works: () => boolean) => (own: OpenProvider) => ({
    ...own,
    list: async (subjectId: string) => {
      if (works()) return (await own.list?.(subjectId)) ?? { sessions: [], complete: false }
      throw new CurfewError(code, 'the list cannot be used')
    },
  })

describe('a provider whose list of sessions', () => {
  it.each(unusable)(
    '%s still ends the condemned session, and nothing is called proven',
    async (_, code) => {
      const scene = stage.scene({ canRead: false })
      const said: string[] = []
      await scene.session('told', 'ada')
      await scene.session('other', 'bob')
      const enforcer = await scene.open({
        provider: without(code, () => false),
        log: { ...silentLog, warn: (_about, text) => void said.push(text) },
      })
      await scene.cause('credential_reset', { subjectRef: scene.refOf('ada') })
      await scene.pass(enforcer, 50_000, 1_000)
      expect(['told', 'other'].map(scene.idp.isAlive)).toEqual([false, true])
      expect(scene.idp.revokes('told')).toBe(1)
      expect(await scene.verdicts()).toMatchObject([{ session_id: 'told', verdict: 'open' }])
      await scene.pass(enforcer, 60_000, 2_000)
      expect(await scene.verdicts()).toMatchObject([{ session_id: 'told', verdict: 'unproven' }])
      expect(said).toContain('a list of sessions cannot be used; it is asked for again')
      expect(scene.notices.filter(({ kind }) => kind === 'unlisted')).toMatchObject([
        { instance: 'idp', reason: 'the list cannot be used' },
      ])
    },
  )

  it('can be used again proves what happened meanwhile', async () => {
    const scene = stage.scene({ canRead: false })
    await scene.session('told', 'cyd')
    let works = false
    const enforcer = await scene.open({ provider: without('ENFORCE_MALFORMED', () => works) })
    await scene.cause('credential_reset', { subjectRef: scene.refOf('cyd') })
    await scene.pass(enforcer, 30_000, 1_000)
    expect((await scene.steps('told')).at(-1)).toBe('verifying')
    works = true
    await scene.pass(enforcer, 20_000, 1_000)
    expect(await scene.verdicts()).toMatchObject([{ session_id: 'told', verdict: 'kept' }])
  })

  it('fails once is looked at again before anything is called for', async () => {
    const scene = stage.scene({ canRead: false })
    await scene.session('told', 'dee')
    let asked = 0
    const enforcer = await scene.open({
      provider: without('ENFORCE_UNREACHABLE', () => {
        asked += 1
        return asked > 1
      }),
    })
    await scene.cause('credential_reset', { subjectRef: scene.refOf('dee') })
    await scene.pass(enforcer, 20_000, 1_000)
    const calls = scene.idp.calls.map(({ call }) => call)
    expect(calls.indexOf('list')).toBeLessThan(calls.indexOf('revoke'))
    expect(await scene.verdicts()).toMatchObject([{ session_id: 'told', verdict: 'kept' }])
  })
})
