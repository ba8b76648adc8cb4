import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const iso = (at: number) => new Date(at).toISOString()

/** A session that its provider told of as revoked, and that went on being used there. */
async function aSurvivor() {
  const scene = stage.scene()
  await scene.session('s1')
  await scene.event('session.revoked', 's1', 'ada', { occurred_at: iso(scene.now() - 5 * minute) })
  await scene.event('session.used', 's1', 'ada', {
    occurred_at: iso(scene.now() - 3 * minute),
    outcome: 'accepted',
    observer: 'idp',
  })
  return scene
}

describe('a session whose end a later accepted use refutes', () => {
  it('is ended by an operator who signs its person out', async () => {
    const scene = await aSurvivor()
    await scene.request('sign_out_everywhere', { subject_ref: scene.refOf('ada') })
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([{ session_id: 's1', verdict: 'kept' }])
  })

  it('is ended for any cause that comes later', async () => {
    const scene = await aSurvivor()
    await scene.cause('credential_reset')
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([
      { session_id: 's1', class: 'credential_reset', verdict: 'kept' },
    ])
  })
})
