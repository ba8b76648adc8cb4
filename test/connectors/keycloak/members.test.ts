import { describe, expect, test } from 'vitest'
import type { KeycloakGet } from '../../../src/connectors/keycloak/admin-get.ts'
import { makeMemberLook } from '../../../src/connectors/keycloak/members.ts'
import { CurfewError } from '../../../src/contract/errors.ts'
import { silentLog } from '../../given.ts'

const time = Date.UTC(2026, 10, 3, 9, 12, 44, 111)
const signal = new AbortController().signal
const people = (...ids: readonly string[]) => ids.map((id) => ({ id }))
const act = (operationType: string, resourceType: string, resourcePath: string, more = {}) => ({
  ...{ id: 'e1', time, operationType, resourceType, resourcePath, ...more },
})

/** A realm that answers each path (without its query) with that list, page by page, or with that error. */
function realmOf(answers: { readonly [path: string]: object | CurfewError }) {
  const asked: string[] = []
  const get: KeycloakGet = async ({ path }) => {
    asked.push(path)
    const { pathname, searchParams: query } = new URL(path, 'https://sso.example.com/')
    const answer = answers[pathname.slice(1)] ?? new CurfewError('SOURCE_REFUSED', 'it was 404')
    if (answer instanceof CurfewError) throw answer
    const [first, max] = [Number(query.get('first')), Number(query.get('max'))]
    const body = Array.isArray(answer) ? answer.slice(first, first + max) : answer
    // What a realm answers is checked before it comes here.
    return { body: body as never, headers: {} }
  }
  const look = makeMemberLook({ get, log: silentLog })
  const tell = async (event: object) => {
    const [own, ...others] = await look([event as { time: number }], signal)
    return { own, others: others.map((each) => Object(each).resourcePath) }
  }
  return { asked, look, tell }
}

const told = { details: { members: 'told' } }

test.each([
  ['REALM_ROLE_MAPPING', 'groups/\ud800/role-mappings/realm'],
  ['REALM_ROLE', 'roles/\ud800'],
  ['GROUP', 'groups/\ud800'],
  ['ORGANIZATION', 'organizations/\ud800'],
])(
  'a %s whose id holds half a character is told on, and holds up no other event',
  async (type, path) => {
    const event = act('DELETE', type, path)
    const other = act('DELETE', 'USER', 'users/u-ada')
    expect(await realmOf({}).look([event, other], signal)).toEqual([event, other])
  },
)

describe('what is taken from a group', () => {
  const event = act('DELETE', 'REALM_ROLE_MAPPING', 'groups/g1/role-mappings/realm')

  test('is taken from its members and from those of the groups below it, each under one name', async () => {
    const { look } = realmOf({
      'groups/g1/members': people('u-ada', 'u-bo'),
      'groups/g1/children': people('g2'),
      'groups/g2/members': people('u-bo', 'u-cy'),
      'groups/g2/children': [],
    })
    const [own, ...others] = await look([event], signal)
    expect(own).toEqual({ ...event, ...told })
    expect(others).toEqual(
      ['u-ada', 'u-bo', 'u-cy'].map((user) => ({
        ...event,
        id: `e1 ${user}`,
        resourcePath: `users/${user}/groups/g1/role-mappings/realm`,
      })),
    )
    expect(await look([event], signal)).toEqual([own, ...others])
  })

  test('is said to reach others too where the realm does not list all, or more than can be told', async () => {
    const partly = realmOf({ 'groups/g1/members': people('u-ada') })
    expect(await partly.tell(event)).toMatchObject({
      own: event,
      others: ['users/u-ada/groups/g1/role-mappings/realm'],
    })
    const many = Array.from({ length: 5_000 }, (_, index) => ({ id: `u-${index}` }))
    const large = realmOf({ 'groups/g1/members': many, 'groups/g1/children': [] })
    const { own, others } = await large.tell(event)
    expect(own).toEqual(event)
    expect(others).toHaveLength(1_000)
    expect(large.asked.length).toBeLessThan(20)
  })

  test('is asked for again while the realm is away, and told on without its members after that', async () => {
    const away = new CurfewError('SOURCE_UNREACHABLE', 'it was 503', { retry: true })
    const { look } = realmOf({ 'groups/g1/members': away })
    for (let round = 0; round < 3; round += 1)
      await expect(look([event], signal)).rejects.toBe(away)
    expect(await look([event], signal)).toEqual([event])
  })
})

describe('a role that lost a part of it', () => {
  const holders = {
    'roles/back%2Foffice/users': people('u-ada'),
    'roles/back%2Foffice/groups': people('g1'),
    'groups/g1/members': people('u-bo'),
    'groups/g1/children': [],
  }

  test.each([
    ['by its name', 'roles/back/office/composites', {}],
    ['by its id', 'roles-by-id/r1/composites', { 'roles-by-id/r1': { name: 'back/office' } }],
  ])('%s reduces those who have it, and is said to reach others', async (_, path, more) => {
    const event = act('DELETE', 'REALM_ROLE', path)
    const { own, others } = await realmOf({ ...holders, ...more }).tell(event)
    expect([own, ...others]).toEqual([event, `users/u-ada/${path}`, `users/u-bo/${path}`])
  })
})

describe('what is gone', () => {
  const given = (path: string, more: object = {}) => ({
    ...{ time: time - 1_000, operationType: 'CREATE', resourcePath: path, ...more },
  })
  const taken = (path: string) => given(path, { operationType: 'DELETE' })
  const joined = (username: string) => ({ representation: '{"id":"o1"}', details: { username } })
  const role = (name: string) => ({ representation: JSON.stringify([{ id: `id-${name}`, name }]) })

  test.each([
    [
      act('DELETE', 'GROUP', 'groups/g1'),
      [
        taken('users/u-bo/groups/g1'),
        given('users/u-bo/groups/g1'),
        given('users/u-ada/groups/g1'),
      ],
      'users/*/groups/g1',
    ],
    [
      act('DELETE', 'ORGANIZATION', 'organizations/o1'),
      [
        given('organizations/o1/members', joined('ada')),
        { ...taken('organizations/o1/members/u-bo'), ...joined('bo') },
        given('organizations/o1/members', joined('bo')),
        given('organizations/o1/members', { ...joined('cy'), error: 'failed' }),
      ],
      'organizations/o1/members*',
    ],
    [
      act('DELETE', 'REALM_ROLE', 'roles/auditor'),
      [
        given('users/u-ada/role-mappings/realm', role('auditor')),
        given('users/u-bo/role-mappings/realm', role('clerk')),
        given('users/u-cy/role-mappings/realm', { ...role('auditor'), time: time + 1 }),
      ],
      '*/role-mappings/realm',
    ],
    [
      act('DELETE', 'CLIENT_ROLE', 'roles-by-id/id-auditor'),
      [given('users/u-ada/role-mappings/clients/c1', role('auditor'))],
      '*/role-mappings/clients/*',
    ],
  ])(
    '$resourceType: those are told of whom the events of the realm show in it',
    async (event, records, pattern) => {
      const { asked, tell } = realmOf({ 'admin-events': records, users: people('u-ada') })
      const { own, others } = await tell(event)
      expect([own, ...others]).toEqual([event, `users/u-ada/${event.resourcePath}`])
      expect(new URL(asked[0] ?? '', 'https://x').searchParams.get('resourcePath')).toBe(pattern)
    },
  )

  test('reaches the members of a group that had the role', async () => {
    const { tell } = realmOf({
      'admin-events': [given('groups/g1/role-mappings/realm', role('auditor'))],
      'groups/g1/members': people('u-ada'),
      'groups/g1/children': [],
    })
    const { others } = await tell(act('DELETE', 'REALM_ROLE', 'roles/auditor'))
    expect(others).toEqual(['users/u-ada/roles/auditor'])
  })
})

describe('an organization', () => {
  test('that is disabled reduces its members, and one that is changed otherwise nobody', async () => {
    const { tell, asked } = realmOf({ 'organizations/o1/members': people('u-ada') })
    const event = act('UPDATE', 'ORGANIZATION', 'organizations/o1')
    expect(await tell({ ...event, representation: '{"enabled":true}' })).toMatchObject({
      others: [],
    })
    expect(asked).toEqual([])
    const disabled = { ...event, representation: '{"enabled":false}' }
    expect(await tell(disabled)).toMatchObject({
      own: told,
      others: ['users/u-ada/organizations/o1'],
    })
  })
})

test.each([
  act('DELETE', 'GROUP', 'default-groups/g1'),
  act('DELETE', 'ORGANIZATION', 'organizations/o1/identity-providers/corp'),
  act('DELETE', 'REALM_ROLE_MAPPING', 'users/u-ada/role-mappings/realm'),
])('$operationType $resourceType at $resourcePath takes nothing from members', async (event) => {
  const { asked, tell } = realmOf({})
  expect(await tell(event)).toEqual({ own: event, others: [] })
  expect(asked).toEqual([])
})

test('nothing is asked about what failed, and no more than 60 things about one page', async () => {
  const many = Array.from({ length: 200 }, (_, index) => act('DELETE', 'GROUP', `groups/g${index}`))
  const { look, asked } = realmOf({ 'admin-events': [] })
  const failed = { ...act('DELETE', 'GROUP', 'groups/g1'), error: 'unknown' }
  expect(await look([failed], signal)).toEqual([failed])
  expect(asked).toEqual([])
  expect(await look(many, signal)).toEqual(many)
  expect(asked).toHaveLength(60)
})
