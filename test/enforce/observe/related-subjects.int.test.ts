import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../given.ts'
import { minute } from '../scene.ts'
import type { Stage } from '../stage.ts'
import { openStage } from '../stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const ties = [
  ['connection', 'connection_deactivated', 'connectionId'],
  ['device', 'device_lost', 'deviceId'],
  ['grant', 'grant_revoked', 'grantId'],
] as const

describe('a session that no event named', () => {
  it('ends with its principal when the list says for whom the agent acts in it', async () => {
    const scene = stage.scene()
    const forAda = { subject_kind: 'agent', on_behalf_of_ref: scene.refOf('ada') }
    await scene.session('told', 'robot', forAda)
    await scene.event('session.ended', 'told', 'robot', forAda)
    scene.idp.end('told')
    const createdAt = scene.now() - 10 * minute
    scene.idp.open('untold', 'robot', { createdAt, onBehalfOfId: 'ada' })
    scene.idp.open('for-bob', 'robot', { createdAt, onBehalfOfId: 'bob' })
    scene.idp.open('for-nobody', 'robot', { createdAt })
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.cause('subject_suspended')
    await scene.settle(enforcer)
    expect(['untold', 'for-bob', 'for-nobody'].map(scene.idp.isAlive)).toEqual([false, true, true])
    expect(await scene.verdicts()).toMatchObject([{ session_id: 'untold', verdict: 'kept' }])
  })

  it.each(ties)(
    'ends with its %s when the list says that it hangs on it',
    async (scopeKind, causeClass, field) => {
      const scene = stage.scene()
      await scene.session('told', 'cyd')
      await scene.tie(scopeKind, 'lost', 'told')
      await scene.event('session.ended', 'told', 'cyd')
      scene.idp.end('told')
      const createdAt = scene.now() - 10 * minute
      scene.idp.open('untold', 'cyd', { createdAt, [field]: 'lost' })
      scene.idp.open('kept', 'cyd', { createdAt, [field]: 'other' })
      scene.idp.open('unsaid', 'cyd', { createdAt })
      const enforcer = await scene.open()
      await scene.settle(enforcer)
      await scene.cause(causeClass, { scopeKind, scopeId: 'lost', subjectRef: '' })
      await scene.settle(enforcer)
      expect(['untold', 'kept', 'unsaid'].map(scene.idp.isAlive)).toEqual([false, true, true])
    },
  )

  it('is not condemned on a guess where the list does not say, and that is said', async () => {
    const scene = stage.scene({ tells: [] })
    await scene.session('told', 'cyd')
    await scene.tie('connection', 'lost', 'told')
    scene.idp.open('unsaid', 'cyd', { createdAt: scene.now() - 10 * minute })
    const said: string[] = []
    const enforcer = await scene.open({
      log: { ...silentLog, warn: (_about, text) => void said.push(text) },
    })
    await scene.settle(enforcer)
    const about = { scopeKind: 'connection', scopeId: 'lost', subjectRef: '' } as const
    await scene.cause('connection_deactivated', about)
    await scene.settle(enforcer)
    expect(['told', 'unsaid'].map(scene.idp.isAlive)).toEqual([false, true])
    expect(scene.idp.calls).toContainEqual(expect.objectContaining({ call: 'list', of: 'cyd' }))
    expect(said).toEqual([expect.stringContaining('which connection a session hangs on')])
  })

  it('is looked for after a crash between the cause and the list', async () => {
    const scene = stage.scene()
    const forAda = { subject_kind: 'agent', on_behalf_of_ref: scene.refOf('ada') }
    await scene.session('told', 'robot', forAda)
    await scene.event('session.ended', 'told', 'robot', forAda)
    scene.idp.end('told')
    const createdAt = scene.now() - 10 * minute
    scene.idp.open('untold', 'robot', { createdAt, onBehalfOfId: 'ada' })
    await scene.cause('subject_suspended')
    await scene.time.advance(5 * minute)
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('untold')).toBe(false)
  })
})

it('a session that nobody dated is condemned by a cause from before it was first seen, once its tie is told', async () => {
  const scene = stage.scene()
  const enforcer = await scene.open()
  await scene.settle(enforcer)
  const about = { scopeKind: 'connection', scopeId: 'lost', subjectRef: '' } as const
  await scene.cause('connection_deactivated', about)
  await scene.settle(enforcer)
  await scene.time.advance(5 * minute)
  const accepted = { outcome: 'accepted', observer: 'idp' }
  await scene.event('session.used', 'undated', 'cyd', accepted)
  await scene.tie('connection', 'lost', 'undated')
  await scene.settle(enforcer)
  expect(await scene.verdicts()).toMatchObject([
    { session_id: 'undated', certainty: 'creation_unknown' },
  ])
})

it('the many subjects of a wide scope do not keep one that a person waits for', async () => {
  const scene = stage.scene()
  const people = Array.from({ length: 70 }, (_, each) => `person-${each}`)
  const at = scene.iso(scene.now())
  const of = (person: string) => ({
    ...{ tenant: scene.tenant, instance: scene.instance },
    subject_ref: scene.refOf(person),
  })
  // Younger than the cause, so that none of them is condemned and read back.
  const createdAt = scene.iso(scene.now() + minute)
  const held = { session_kind: 'online', first_seen_at: at, created_at: createdAt }
  await scene.store.append(
    'identities',
    people.map((person) => ({ ...of(person), subject_id: person, last_at: at })),
  )
  await scene.store.append(
    'sessions',
    people.map((person) => ({ ...of(person), ...held, session_id: person, updated_at: at })),
  )
  for (const person of people) await scene.tie('connection', 'lost', person)
  const enforcer = await scene.open()
  const about = { scopeKind: 'connection', scopeId: 'lost', subjectRef: '' } as const
  await scene.cause('connection_deactivated', about)
  await scene.settle(enforcer, 1).catch(() => {})
  await scene.session('late')
  await scene.cause('credential_reset')
  await scene.settle(enforcer)
  const lists = scene.idp.calls.filter(({ call }) => call === 'list').map(({ of }) => of)
  expect(new Set(lists).size).toBe(71)
  expect(lists.indexOf('ada')).toBeLessThan(40)
})
