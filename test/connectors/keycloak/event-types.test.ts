import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adminReaders } from '../../../src/connectors/keycloak/admin-events.ts'
import { whyAdminEventUnread } from '../../../src/connectors/keycloak/unread-admin-events.ts'
import { whyUserEventUnread } from '../../../src/connectors/keycloak/unread-user-events.ts'
import { userReaders } from '../../../src/connectors/keycloak/user-events.ts'

interface Types {
  readonly eventType: readonly string[]
  readonly resourceType: readonly string[]
  readonly operationType: readonly string[]
}

const typesOf = (version: string): Types =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'event-types', `${version}.json`), 'utf8'))

describe.each(['26.4.5', '26.7.3'])('of Keycloak %s', (version) => {
  const { eventType, resourceType, operationType } = typesOf(version)

  it('each type of user event is read, or left unread for a reason that is written down', () => {
    const undecided = eventType.filter(
      (type) => userReaders.has(type) === (whyUserEventUnread(type) !== undefined),
    )
    expect(undecided.filter((type) => !readErrors.has(type))).toEqual([])
  })

  it('each kind of admin event is read, or left unread for a reason that is written down', () => {
    const kinds = resourceType.flatMap((resource) =>
      operationType.map((operation) => [operation, resource] as const),
    )
    const undecided = kinds.filter(
      ([operation, resource]) =>
        adminReaders.has(`${operation} ${resource}`) ===
        (whyAdminEventUnread(operation, resource) !== undefined),
    )
    expect(undecided.map((kind) => kind.join(' '))).toEqual([])
  })
})

it('nothing is read or left unread that no version of Keycloak has', () => {
  const all = ['26.4.5', '26.7.3'].map(typesOf)
  const known = new Set(all.flatMap(({ eventType }) => eventType))
  expect([...userReaders.keys()].filter((type) => !known.has(type))).toEqual([])
  const resources = new Set(all.flatMap(({ resourceType }) => resourceType))
  const kinds = [...adminReaders.keys()].map((kind) => kind.split(' ')[1] ?? '')
  expect(kinds.filter((resource) => !resources.has(resource))).toEqual([])
})

/** Failures are left unread by their ending, but for these, which say something of their own. */
const readErrors = new Set(['LOGIN_ERROR', 'REFRESH_TOKEN_ERROR', 'INTROSPECT_TOKEN_ERROR'])
