import { describe, expect, test } from 'vitest'
import { provider } from '../../../src/connectors/keycloak/provider.ts'
import type { Send } from '../../../src/contract/ports.ts'
import { makeClock } from '../../given.ts'

const json = (status: number, body: unknown) => ({
  status,
  headers: { 'content-type': 'application/json' },
  text: JSON.stringify(body),
})

/** A realm that knows nobody any more and answers so about its own events. */
function realmWith(answers: { readonly admin: object; readonly user?: object }) {
  const asked: string[] = []
  const send: Send = async (url) => {
    const { pathname, search } = new URL(url)
    asked.push(`${pathname.split('/').slice(4).join('/')}${search}`)
    if (pathname.endsWith('/token')) return json(200, { access_token: 't', expires_in: 60 })
    if (pathname.endsWith('/admin-events')) return answers.admin as ReturnType<typeof json>
    if (pathname.endsWith('/events'))
      return (answers.user ?? json(200, [])) as ReturnType<typeof json>
    return json(404, { error: 'User not found' })
  }
  const open = provider.open(
    {
      base_url: 'https://sso.example.com',
      realm: 'staff',
      client_id: 'curfew',
      client_secret: 'secret',
    },
    { send, clock: makeClock().clock },
  )
  return { open, asked }
}

const deletion = { operationType: 'DELETE', resourceType: 'USER', resourcePath: 'users/u-ada' }
const target = { subjectId: 'u-ada', kind: 'online', id: 's1' } as const

describe('a user whom the realm does not know', () => {
  test('has no session left once the realm says that an administrator deleted that very user', async () => {
    const { open } = realmWith({ admin: json(200, [deletion]) })
    expect(await open.list('u-ada')).toEqual({
      ...{ sessions: [], complete: true, subjectGone: true },
    })
    expect(await open.read(target)).toEqual({ state: 'gone' })
  })

  test('has none left either after deleting the own account', async () => {
    const user = json(200, [{ type: 'DELETE_ACCOUNT', userId: 'u-ada' }])
    const { open } = realmWith({ admin: json(200, []), user })
    expect(await open.list('u-ada')).toEqual({
      ...{ sessions: [], complete: true, subjectGone: true },
    })
  })

  test.each([
    ['nothing about it is on record', json(200, [])],
    ['another user was deleted', json(200, [{ ...deletion, resourcePath: 'users/u-bob' }])],
    ['something of that user was', json(200, [{ ...deletion, resourcePath: 'users/u-ada/x' }])],
    ['the deletion failed', json(200, [{ ...deletion, error: 'unknown' }])],
    ['the events may not be read', json(403, {})],
    ['there are no such events', json(404, { error: 'HTTP 404 Not Found' })],
  ])('may be signed in under another name where %s', async (_, admin) => {
    const { open } = realmWith({ admin })
    expect((await open.list('u-ada')).complete).toBe(false)
    expect(await open.read(target)).toEqual({ state: 'unknown' })
  })
})
