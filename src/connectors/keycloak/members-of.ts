import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { encoded } from './admin-get.ts'

/** Asks the admin API of the realm; undefined where it has no answer, or no more may be asked. */
export type Ask = <Shape extends TSchema>(
  path: string,
  shape: Shape,
) => Promise<Static<Shape> | undefined>

/** Ids of the users who lost something, and whether there are no others. */
export interface Lost {
  readonly users: readonly string[]
  readonly all: boolean
}

/** An admin event as far as it matters here; `path` is its `resourcePath`, taken apart. */
interface Act {
  readonly time: number
  readonly kind: string
  readonly path: readonly string[]
  readonly representation: unknown
  readonly details: unknown
}

const pageMax = 100
/** People who are told of for one event, at most. */
const membersMax = 1_000
/** Former admin events that are read for one event, at most; the youngest are. */
const recordsMax = 1_000

const Named = Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) }))
const Role = Type.Object({
  name: Type.String({ minLength: 1 }),
  clientRole: Type.Optional(Type.Boolean()),
  containerId: Type.Optional(Type.String()),
})
const Records = Type.Array(
  Type.Object({
    time: Type.Integer(),
    operationType: Type.String(),
    resourcePath: Type.Optional(Type.String()),
    representation: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    details: Type.Optional(Type.Unknown()),
    error: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
)

/** Who lost something by an admin event that names none of them; undefined for every other event. */
export async function whoLost(event: object, ask: Ask): Promise<Lost | undefined> {
  const act = actOf(event)
  if (act === undefined) return undefined
  const lost = await lostBy(act, ask)
  if (lost === undefined || lost.users.length <= membersMax) return lost
  return { users: lost.users.slice(0, membersMax), all: false }
}

async function lostBy(act: Act, ask: Ask): Promise<Lost | undefined> {
  const { kind, path } = act
  const [place, id = ''] = path
  switch (kind) {
    case 'DELETE REALM_ROLE_MAPPING':
    case 'DELETE CLIENT_ROLE_MAPPING':
      return place === 'groups' ? await inGroups(ask, [id]) : undefined
    case 'DELETE REALM_ROLE':
    case 'DELETE CLIENT_ROLE':
      return path.at(-1) === 'composites'
        ? await withRole({ ...act, path: path.slice(0, -1) }, ask)
        : await hadRole(act, ask)
    case 'DELETE GROUP':
      // A group that is no default any more (`default-groups/{id}`) keeps its members.
      if (place !== 'groups' || path.length !== 2) return undefined
      return await byRecords(act, ask, 'GROUP_MEMBERSHIP', `users/*/groups/${id}`)
    case 'UPDATE ORGANIZATION':
      if (path.length !== 2) return undefined
      return read(act.representation, 'enabled') === false
        ? await inOrganization(act, ask)
        : undefined
    case 'DELETE ORGANIZATION':
      // What else has an address below the organization, such as its identity providers, is no member.
      if (path.length !== 2) return undefined
      return await byRecords(act, ask, 'ORGANIZATION_MEMBERSHIP', `organizations/${id}/members*`)
    case 'DELETE ORGANIZATION_GROUP':
      if (path.length !== 4) return undefined
      return await byRecords(
        act,
        ask,
        'ORGANIZATION_GROUP_MEMBERSHIP',
        `${path.join('/')}/members*`,
      )
    default:
      return undefined
  }
}

/** Page by page until the realm has no more, or gives no answer. */
async function listed(ask: Ask, path: string): Promise<Lost> {
  const users: string[] = []
  for (;;) {
    const page = await ask(`${path}?first=${users.length}&max=${pageMax}`, Named)
    for (const each of (page ?? []).map(({ id }) => id)) users.push(each)
    if (page === undefined || page.length < pageMax) return { users, all: page !== undefined }
    if (users.length > membersMax) return { users, all: false }
  }
}

/** The members of groups and of the groups below them, which inherit what they have. */
async function inGroups(ask: Ask, groups: readonly string[]): Promise<Lost> {
  const users = new Set<string>()
  const left = [...groups]
  let all = true
  for (let group = left.pop(); group !== undefined; group = left.pop()) {
    const path = `groups/${encoded(group)}`
    const members = await listed(ask, `${path}/members`)
    const below = await listed(ask, `${path}/children`)
    for (const user of members.users) users.add(user)
    for (const each of below.users) left.push(each)
    all &&= members.all && below.all
    // Without an answer there will be none for the others either.
    if (!all) break
  }
  return { users: [...users], all }
}

/** A realm may show its roles and organizations to fewer than it shows its events to. */
async function inOrganization(act: Act, ask: Ask): Promise<Lost> {
  const [, id = ''] = act.path
  const now = await listed(ask, `organizations/${encoded(id)}/members`)
  return now.all
    ? now
    : await byRecords(act, ask, 'ORGANIZATION_MEMBERSHIP', `organizations/${id}/members*`)
}

/**
 * Who has a composite role that lost a part, by itself or by a group. Never all: roles that hold this
 * one in their turn are not listed by Keycloak.
 */
async function withRole(act: Act, ask: Ask): Promise<Lost> {
  const at = await pathOfRole(act.path, ask)
  const own = at === undefined ? none : await listed(ask, `${at}/users`)
  if (!own.all) return await hadRole(act, ask)
  const groups = await listed(ask, `${at}/groups`)
  const { users } = await inGroups(ask, groups.users)
  return { users: [...new Set([...own.users, ...users])], all: false }
}

const none: Lost = { users: [], all: false }

/** A path that names the role; the one by its id has no list of those who have it. */
async function pathOfRole(path: readonly string[], ask: Ask): Promise<string | undefined> {
  const joined = (parts: readonly string[]) => encoded(parts.join('/'))
  if (path[0] === 'roles') return `roles/${joined(path.slice(1))}`
  if (path[0] === 'clients')
    return `clients/${encoded(path[1] ?? '')}/roles/${joined(path.slice(3))}`
  const role = await ask(`roles-by-id/${joined(path.slice(1))}`, Role)
  if (role === undefined) return undefined
  const name = `roles/${encoded(role.name)}`
  return role.clientRole === true ? `clients/${encoded(role.containerId ?? '')}/${name}` : name
}

/** Who was given a role that is gone, and the members of the groups that were. */
async function hadRole({ kind, path, time }: Act, ask: Ask): Promise<Lost> {
  const isClients = kind === 'DELETE CLIENT_ROLE'
  const byId = path[0] === 'roles-by-id'
  const name = path.slice(byId || !isClients ? 1 : 3).join('/')
  const client = byId ? '*' : path[1]
  const query = {
    type: isClients ? 'CLIENT_ROLE_MAPPING' : 'REALM_ROLE_MAPPING',
    path: isClients ? `*/role-mappings/clients/${client}` : '*/role-mappings/realm',
    before: time,
  }
  const holders = await recorded(ask, query, ({ path: [place, id], representation }) => {
    const isIt = listOf(representation).some((role) => read(role, byId ? 'id' : 'name') === name)
    return isIt && id !== undefined ? `${place}/${id}` : undefined
  })
  const of = (place: string) =>
    holders.filter((each) => each.startsWith(place)).map((each) => each.slice(place.length))
  const { users } = await inGroups(ask, of('groups/'))
  return { users: [...new Set([...of('users/'), ...users])], all: false }
}

/** Who was put into a group or an organization, as far as the realm's admin events go. */
async function byRecords({ time }: Act, ask: Ask, type: string, pattern: string): Promise<Lost> {
  const query = { type, path: pattern, before: time }
  const names = await recorded(ask, query, ({ path, details }) => {
    if (path[0] === 'users') return path[1]
    // Whoever joins an organization is named by nothing else.
    const username = read(details, 'username')
    if (typeof username === 'string') return `${byUsername}${username}`
    return path[path.indexOf('members') + 1]
  })
  const users = new Set<string>()
  for (const name of names) {
    const id = name.startsWith(byUsername) ? await idOf(ask, name.slice(byUsername.length)) : name
    if (id !== undefined) users.add(id)
  }
  return { users: [...users], all: false }
}

const byUsername = 'username '

async function idOf(ask: Ask, username: string): Promise<string | undefined> {
  const query = `username=${encoded(username)}&exact=true&briefRepresentation=true`
  const [user, ...others] = (await ask(`users?${query}&first=0&max=2`, Named)) ?? []
  return others.length === 0 ? user?.id : undefined
}

/** Names of those whose youngest record says that they were given it, and not that it was taken away. */
async function recorded(
  ask: Ask,
  { type, path, before }: { readonly type: string; readonly path: string; readonly before: number },
  nameIn: (record: Act) => string | undefined,
): Promise<readonly string[]> {
  const given = new Map<string, boolean>()
  const query = `operationTypes=CREATE&operationTypes=DELETE&resourceTypes=${type}&resourcePath=${encoded(path)}&dateTo=${before}`
  for (let first = 0; first < recordsMax; first += pageMax) {
    const page = await ask(
      `admin-events?${query}&direction=desc&first=${first}&max=${pageMax}`,
      Records,
    )
    for (const record of page ?? []) {
      const act = actOf({ ...record, resourceType: type })
      const name = act && record.time <= before ? nameIn(act) : undefined
      if (name !== undefined && !given.has(name)) given.set(name, record.operationType === 'CREATE')
    }
    if (page === undefined || page.length < pageMax) break
  }
  return [...given].flatMap(([name, isGiven]) => (isGiven ? [name] : []))
}

/** Undefined for what failed or has no path. */
function actOf(event: object): Act | undefined {
  const [time, path, error] = [
    read(event, 'time'),
    read(event, 'resourcePath'),
    read(event, 'error'),
  ]
  const [operation, resource] = [read(event, 'operationType'), read(event, 'resourceType')]
  if (typeof time !== 'number' || typeof path !== 'string') return undefined
  if (typeof operation !== 'string' || typeof resource !== 'string') return undefined
  if (error !== undefined && error !== null && error !== '') return undefined
  return {
    time,
    kind: `${operation} ${resource}`,
    path: path.split('/'),
    representation: jsonOf(read(event, 'representation')),
    details: read(event, 'details'),
  }
}

/** A representation is JSON within a string. */
function jsonOf(text: unknown): unknown {
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A field of an object of which nothing is known. */
function read(from: unknown, name: string): unknown {
  return Object.getOwnPropertyDescriptor(Object(from), name)?.value
}
