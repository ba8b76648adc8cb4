import { WorkOS } from '@workos-inc/node'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FakeWorkos } from './workos.ts'
import { openFakeWorkos } from './workos.ts'

/** Somebody else's client agrees with our fake, so that our own is not only tested by our beliefs. */
describe('the official SDK on the fake', () => {
  let fake: FakeWorkos
  let sdk: WorkOS
  let user: string
  let users = 0

  beforeAll(async () => {
    fake = await openFakeWorkos()
    sdk = new WorkOS({
      apiKey: fake.apiKey,
      clientId: 'client_01JFAKE',
      apiHostname: '127.0.0.1',
      port: fake.port,
      https: false,
      maxRetries: 0,
    })
  })
  afterAll(() => fake?.[Symbol.asyncDispose]())
  beforeEach(() => {
    users += 1
    user = `user_01JFAKE${users}`
  })

  test('lists the active sessions of a user over all pages, youngest first', async () => {
    const made = Array.from({ length: 103 }, () => fake.addSession(user))
    const first = await sdk.userManagement.listSessions(user)
    expect(first.data).toHaveLength(10)
    const all = await first.autoPagination()
    expect(all.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
    expect(all[0]).toMatchObject({ userId: user, status: 'active', authMethod: 'password' })
  })

  test('revokes one session, and its refresh token is an invalid grant from then on', async () => {
    const [doomed, other] = [fake.addSession(user), fake.addSession(user)]
    const refresh = ({ refreshToken }: { readonly refreshToken: string }) =>
      sdk.userManagement.authenticateWithRefreshToken({ clientId: 'client_01JFAKE', refreshToken })
    expect((await refresh(doomed)).user.id).toBe(user)
    await sdk.userManagement.revokeSession({ sessionId: doomed.id })
    await expect(refresh(doomed)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect((await refresh(other)).refreshToken).toBe(other.refreshToken)
    const left = await sdk.userManagement.listSessions(user)
    expect(left.data.map(({ id }) => id)).toEqual([other.id])
    await expect(sdk.userManagement.revokeSession({ sessionId: doomed.id })).rejects.toMatchObject({
      status: 404,
      requestID: expect.stringMatching(/^request-\d+$/),
    })
  })

  test('reads events of the types it asks for, page by page, after the last one it read', async () => {
    const session = fake.addSession(user)
    await sdk.userManagement.revokeSession({ sessionId: session.id })
    fake.addEvent('user.deleted', { object: 'user', id: user })
    const seen: { readonly type: string; readonly data: object }[] = []
    let after: string | undefined
    do {
      const page = await sdk.events.listEvents({
        events: ['session.created', 'session.revoked'],
        limit: 40,
        ...(after === undefined ? {} : { after }),
      })
      seen.push(...page.data.map((each) => ({ type: each.event, data: each.data })))
      after = page.listMetadata?.after ?? undefined
    } while (after !== undefined)
    const mine = seen.filter(({ data }) => 'id' in data && data.id === session.id)
    expect(mine.map(({ type }) => type)).toEqual(['session.created', 'session.revoked'])
    expect(seen.map(({ type }) => type)).not.toContain('user.deleted')
  })

  test('is refused with a wrong key, and told so about a user that is none', async () => {
    const stranger = new WorkOS('sk_wrong', {
      apiHostname: '127.0.0.1',
      port: fake.port,
      https: false,
      maxRetries: 0,
    })
    await expect(stranger.userManagement.listSessions(user)).rejects.toMatchObject({ status: 401 })
    await expect(sdk.userManagement.listSessions('user_none')).rejects.toMatchObject({
      status: 404,
    })
  })
})
