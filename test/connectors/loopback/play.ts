import type { ListingPlay } from '../provider-play.ts'
import { createdAt, expiresAt, json, pageOf } from '../provider-play.ts'

const loopbackList =
  (shift: number): ListingPlay['list'] =>
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

export const play: ListingPlay = {
  id: 'loopback',
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
