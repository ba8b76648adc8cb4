import type { SendAnswer, SendRequest } from '../../src/contract/ports.ts'
import type { Target } from '../../src/enforce/provider-kit/provider.ts'

/** What a provider was asked, in the words all of them share. */
export type Part = 'token' | 'list' | 'read' | 'revoke'

/** How one provider phrases the answers that every provider can give. */
export interface Play {
  readonly settings: object
  /** What must never be repeated: secrets in the settings, and tokens the provider itself gives. */
  readonly secrets: readonly string[]
  readonly target: Target
  readonly partOf: (method: SendRequest['method'], url: URL) => Part
  readonly acknowledged: SendAnswer
  readonly gone: SendAnswer
  /** A page of the subject's sessions, two at a time where the provider has pages. */
  readonly list: (url: URL, sessionIds: readonly string[], subjectId: string) => SendAnswer
  /** As `list`, of a list that shifts while it is read. */
  readonly shifting: (url: URL, sessionIds: readonly string[], subjectId: string) => SendAnswer
  /** A subject it has never heard of. */
  readonly unknownSubject: SendAnswer
  readonly token?: SendAnswer
  /** How often a call that is answered 401 is made. */
  readonly triesOn401: number
}

export const json = (
  status: number,
  body: unknown,
  headers: SendAnswer['headers'] = {},
): SendAnswer => ({ status, headers, text: JSON.stringify(body) })

const subjectId = 'b7a0c0de-0000-4000-8000-00000000ada0'
const sessionId = '5e551000-0000-4000-8000-000000000001'
const createdAt = '2026-11-03T08:00:00.000Z'
const expiresAt = '2026-11-30T00:00:00.000Z'

/** Two ids from the place that the cursor names, and the cursor of the next two. */
const pageOf = (ids: readonly string[], cursor: string | null) => {
  const from = Number(cursor ?? 0)
  return { ids: ids.slice(from, from + 2), next: from + 2 < ids.length ? String(from + 2) : null }
}

const keycloakClient = (url: URL) => /offline-sessions\/(.+)$/.exec(url.pathname)?.[1]

const keycloakSessions = (ids: readonly string[], userId: string, clients: object) =>
  json(
    200,
    ids.map((id) => ({
      id,
      username: 'ada',
      userId,
      ipAddress: '192.0.2.7',
      start: Date.parse(createdAt),
      lastAccess: Date.parse(createdAt),
      rememberMe: false,
      clients,
      transientUser: false,
    })),
  )

/** The first two sessions are online, the next two offline with one client, and so on. */
const keycloakList: Play['list'] = (url, ids, userId) => {
  const client = keycloakClient(url)
  if (client !== undefined) {
    const from = Number(client.replace('client-', ''))
    return keycloakSessions(ids.slice(from, from + 2), userId, { [client]: `app-${from}` })
  }
  if (!url.pathname.endsWith('/consents')) {
    return keycloakSessions(ids.slice(0, 2), userId, { web: 'app' })
  }
  const clients = ids.flatMap((_id, at) => (at >= 2 && at % 2 === 0 ? [`client-${at}`] : []))
  return json(
    200,
    clients.map((each) => ({
      clientId: each,
      grantedClientScopes: [],
      additionalGrants: [{ client: each, key: 'Offline Token' }],
    })),
  )
}

const keycloak: Play = {
  settings: {
    base_url: 'https://keycloak.example.com/',
    realm: 'acme',
    client_id: 'curfew',
    client_secret: 'canary-client-secret',
  },
  secrets: ['canary-client-secret', 'canary-access-token'],
  target: { subjectId, kind: 'online', id: sessionId },
  partOf: (method, url) => {
    if (url.pathname.endsWith('/token')) return 'token'
    return method === 'DELETE' ? 'revoke' : 'list'
  },
  acknowledged: { status: 204, headers: {}, text: '' },
  gone: json(404, { error: 'Sesssion not found' }),
  list: keycloakList,
  // A client is deleted after the consents named it.
  shifting: (url, ids, userId) =>
    keycloakClient(url) === undefined
      ? keycloakList(url, ids, userId)
      : json(404, { error: 'Client not found' }),
  unknownSubject: json(404, { error: 'User not found' }),
  token: json(200, { access_token: 'canary-access-token', expires_in: 60, token_type: 'Bearer' }),
  triesOn401: 2,
}

const workosSession = (userId: string) => (id: string) => ({
  object: 'session',
  id,
  user_id: userId,
  status: 'active',
  auth_method: 'password',
  ip_address: '192.0.2.7',
  user_agent: null,
  expires_at: expiresAt,
  ended_at: null,
  created_at: createdAt,
  updated_at: createdAt,
})

const workosList =
  (shift: number): Play['list'] =>
  (url, ids, userId) => {
    if (url.pathname.endsWith('/users')) {
      const list_metadata = { before: null, after: null }
      return json(200, { data: [{ object: 'user', id: userId }], list_metadata })
    }
    const page = pageOf(ids, url.searchParams.get('after'))
    const shown = shift === 0 || page.next === null ? page.ids : [...page.ids, ...ids.slice(-shift)]
    return json(200, {
      object: 'list',
      data: shown.map(workosSession(userId)),
      list_metadata: { before: null, after: page.next },
    })
  }

const workos: Play = {
  settings: { api_key: 'canary-api-key', base_url: 'https://api.workos.example.com' },
  secrets: ['canary-api-key'],
  target: { subjectId: 'user_01JBX', kind: 'online', id: 'session_01JBX' },
  partOf: (method) => (method === 'POST' ? 'revoke' : 'list'),
  acknowledged: json(200, {}, { 'x-request-id': 'request-7' }),
  gone: json(404, { message: 'Session not found', code: 'entity_not_found' }),
  list: workosList(0),
  shifting: workosList(1),
  unknownSubject: json(404, { message: "User not found: 'user_01JBX'." }),
  triesOn401: 1,
}

const loopbackList =
  (shift: number): Play['list'] =>
  (url, ids, subject) => {
    const page = pageOf(ids, url.searchParams.get('after'))
    const shown = shift === 0 || page.next === null ? page.ids : [...page.ids, ...ids.slice(-shift)]
    const sessions = shown.map((id) => ({
      id,
      kind: 'online',
      status: 'active',
      subject: { id: subject },
      ip: '192.0.2.7',
      created_at: createdAt,
      last_used_at: createdAt,
      expires_at: expiresAt,
    }))
    return json(200, { sessions, next: page.next })
  }

const loopback: Play = {
  settings: { base_url: 'http://127.0.0.1:4000', token: 'canary-bearer-token' },
  secrets: ['canary-bearer-token'],
  target: { subjectId: 'ada', kind: 'online', id: 'session_1' },
  partOf: (method, url) => {
    if (method === 'POST') return 'revoke'
    return url.pathname.startsWith('/subjects/') ? 'list' : 'read'
  },
  acknowledged: json(200, { status: 'revoked' }, { 'x-request-id': 'request-7' }),
  gone: json(404, { error: 'session_not_found' }),
  list: loopbackList(0),
  shifting: loopbackList(1),
  // It knows subjects only by their sessions.
  unknownSubject: json(200, { sessions: [], next: null }),
  triesOn401: 1,
}

export const plays: { readonly [provider: string]: Play } = { keycloak, loopback, workos }
