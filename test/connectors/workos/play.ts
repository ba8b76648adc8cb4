import type { ListingPlay } from '../provider-play.ts'
import { createdAt, expiresAt, json, pageOf } from '../provider-play.ts'

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
  (shift: number): ListingPlay['list'] =>
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

export const play: ListingPlay = {
  id: 'workos',
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
