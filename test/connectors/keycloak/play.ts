import type { ListingPlay } from '../provider-play.ts'
import { createdAt, json, sessionId, subjectId } from '../provider-play.ts'

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
const keycloakList: ListingPlay['list'] = (url, ids, userId) => {
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

export const play: ListingPlay = {
  id: 'keycloak',
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
