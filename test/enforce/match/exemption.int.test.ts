import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enforcing, minute } from '../scene.ts'
import type { Stage } from '../stage.ts'
import { openStage } from '../stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const hour = 60 * minute
const day = 24 * hour

/** Ada with a session whose device or network was first seen an hour ago, and what is known of her. */
async function adaOnSomethingNew({ policy = enforcing }: { readonly policy?: object } = {}) {
  const scene = stage.scene({ policy: { ...enforcing, ...policy } })
  const { tenant, instance } = scene
  const ago = (ms: number) => scene.iso(scene.now() - ms)
  const first = (attribute: 'device' | 'network', value: string, ms: number) =>
    scene.store.append('subject_firsts', [
      {
        tenant,
        instance,
        subject_ref: scene.refOf('ada'),
        attribute,
        value,
        first: [ago(ms), value],
      },
    ])
  const used = (session: string, ms: number, more: object = {}) =>
    scene.event('session.used', session, 'ada', {
      ...{ occurred_at: ago(ms), outcome: 'accepted', observer: 'idp', ip_of: 'subject' },
      ...more,
    })
  await scene.session('mine')
  await scene.session('other')
  await scene.tie('device', 'new laptop', 'mine')
  await first('device', 'new laptop', hour)
  /** Ada changes her password in the new session; whether that session and the other one live on. */
  const changed = async () => {
    await scene.cause('credential_changed', { exemptSessionId: 'mine' })
    await scene.settle(await scene.open())
    return { mine: scene.idp.isAlive('mine'), other: scene.idp.isAlive('other') }
  }
  return { scene, first, used, changed }
}

const spared = { mine: true, other: false }
const ended = { mine: false, other: false }

describe('the session that changed a password, on a device first seen an hour before,', () => {
  it('is ended with the others when its subject had long come with another device', async () => {
    const { first, used, changed } = await adaOnSomethingNew()
    await first('device', 'old laptop', 30 * day)
    await used('old', 2 * day)
    expect(await changed()).toEqual(ended)
  })

  it('is spared in the first days of its subject, also with a second device', async () => {
    const { first, used, changed } = await adaOnSomethingNew()
    await first('device', 'phone', 3 * day)
    await used('old', 2 * day)
    expect(await changed()).toEqual(spared)
  })

  it('is spared when no other device was seen before, however long its subject is known', async () => {
    const { first, used, changed } = await adaOnSomethingNew()
    await first('network', '64496', 30 * day)
    await used('old', 2 * day, { asn: 64_496 })
    expect(await changed()).toEqual(spared)
  })

  it('is spared when nothing was heard of its subject for long before: it may be no new device', async () => {
    const { first, used, changed } = await adaOnSomethingNew()
    await first('device', 'old laptop', 60 * day)
    await used('old', 20 * day)
    expect(await changed()).toEqual(spared)
  })

  it('is ended once imported history says how its subject used to come', async () => {
    const { scene, first, used, changed } = await adaOnSomethingNew()
    expect(await changed()).toEqual(spared)
    await first('device', 'old laptop', 30 * day)
    await used('old', 2 * day)
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('mine')).toBe(false)
  })

  it('is spared where policy calls nothing fresh, and ended at once where nobody has to settle', async () => {
    const calm = await adaOnSomethingNew({ policy: { timing: { fresh_hours: 0 } } })
    await calm.first('device', 'old laptop', 30 * day)
    expect(await calm.changed()).toEqual(spared)
    const hasty = await adaOnSomethingNew({ policy: { timing: { settling_days: 0 } } })
    await hasty.first('device', 'phone', 2 * hour)
    expect(await hasty.changed()).toEqual(ended)
  })
})

describe('the session that changed a password, on a network first seen an hour before,', () => {
  const onNetwork = async (more: object) => {
    const { scene, first, used } = await adaOnSomethingNew()
    const known = 'on a known device'
    await scene.session(known)
    await first('network', '64496', 30 * day)
    await first('network', '64500', hour)
    await used('old', 2 * day, { asn: 64_496 })
    await used(known, hour / 2, { asn: 64_500, ...more })
    await scene.cause('credential_changed', { exemptSessionId: known })
    await scene.settle(await scene.open())
    return scene.idp.isAlive(known)
  }

  it('is ended when it was there itself, and spared when only its application was', async () => {
    expect(await onNetwork({})).toBe(false)
    expect(await onNetwork({ ip_of: 'application' })).toBe(true)
    expect(await onNetwork({ ip_of: 'unknown' })).toBe(true)
  })
})
