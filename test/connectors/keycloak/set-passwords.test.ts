import { describe, expect, test } from 'vitest'
import type { KeycloakGet } from '../../../src/connectors/keycloak/admin-get.ts'
import { makeCredentialLook } from '../../../src/connectors/keycloak/set-passwords.ts'
import { CurfewError } from '../../../src/contract/errors.ts'
import { silentLog } from '../../given.ts'

const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)
const update = {
  id: 'e1',
  time,
  operationType: 'UPDATE',
  resourceType: 'USER',
  resourcePath: 'users/u-ada',
  representation: '{}',
}
const signal = new AbortController().signal

/** Looks at a realm whose user has these credentials, or that answers with that error. */
function lookAt(answer: readonly object[] | CurfewError) {
  const asked: string[] = []
  const get: KeycloakGet = async ({ path }) => {
    asked.push(path)
    if (answer instanceof CurfewError) throw answer
    // What a realm answers is checked before it comes here.
    return { body: answer as never, headers: {} }
  }
  return { asked, look: makeCredentialLook({ get, log: silentLog }) }
}

const password = (createdDate: number) => ({ type: 'password', createdDate })

describe('an update of a user', () => {
  test('that set a password is followed by a reset, always under the same name', async () => {
    const { look } = lookAt([password(time - 118)])
    const [found] = await look([update], signal)
    expect(found).toMatchObject({
      id: 'e1 password',
      time,
      operationType: 'ACTION',
      resourceType: 'USER',
      resourcePath: 'users/u-ada/reset-password',
    })
    expect(await look([update], signal)).toEqual([found])
  })

  test.each([
    ['set no password', [password(time - 60_000)]],
    ['was followed by another password right after', [password(time + 1)]],
    ['set another credential', [{ type: 'otp', createdDate: time }]],
    ['is of a user who has none', []],
    ['is of a user who is gone', new CurfewError('SOURCE_REFUSED', 'the answer was 404')],
  ])('that %s is followed by nothing', async (_, answer) => {
    expect(await lookAt(answer).look([update], signal)).toEqual([])
  })

  test('is looked at only where it succeeded and is of the account itself', async () => {
    const { look, asked } = lookAt([password(time)])
    const others = [
      { ...update, error: 'unknown' },
      { ...update, operationType: 'CREATE' },
      { ...update, resourceType: 'GROUP' },
      { ...update, resourcePath: 'users/u-ada/groups/g1' },
    ]
    expect(await look(others, signal)).toEqual([])
    expect(asked).toEqual([])
  })

  test('is looked at even where its id holds half a character', async () => {
    const { look, asked } = lookAt([])
    expect(await look([{ ...update, resourcePath: 'users/\ud800' }, update], signal)).toEqual([])
    expect(asked).toHaveLength(2)
  })

  test('is asked for again with its page where the realm is away', async () => {
    const away = new CurfewError('SOURCE_UNREACHABLE', 'the answer was 503', { retry: true })
    await expect(lookAt(away).look([update], signal)).rejects.toBe(away)
  })

  test('costs a bounded number of calls, however many users were updated', async () => {
    const { look, asked } = lookAt([])
    const many = Array.from({ length: 500 }, (_, n) => ({
      ...update,
      resourcePath: `users/u-${n}`,
    }))
    await look(many, signal)
    expect(asked).toHaveLength(50)
  })
})
