import { reasonOf } from '../../contract/errors.ts'
import type {
  CauseEvent,
  CreateAnswer,
  EndAnswer,
  FeedAnswer,
  Idp,
  NewSession,
  RefreshAnswer,
  ReportAnswer,
  RevokeHow,
  Tokens,
  Unavailable,
} from './idp.ts'
import type { IdpSessions } from './sessions.ts'
import type { Json } from './wire.ts'
import { isJson } from './wire.ts'

const eventsPerPage = 500

/** The provider in the same process, without HTTP: for runs in virtual time. */
export function makeDirectIdp(sessions: IdpSessions): Idp {
  return {
    create: async (session) => sessions.create(session),
    refresh: async (token, from) => sessions.refresh(token, from),
    revoke: async (id, how) => ({ status: sessions.revoke(id, how) ? 'ended' : 'gone' }),
    logOut: async (id) => ({ status: sessions.logOut(id) ? 'ended' : 'gone' }),
    tell: async (told) => sessions.tell(told),
    eventsAfter: async (cursor) => {
      sessions.settle()
      const events = sessions.feed.after(cursor, eventsPerPage)
      return events === undefined
        ? { status: 'unavailable', why: 'the cursor is not of this feed' }
        : { status: 'read', events }
    },
  }
}

export interface HttpIdpOptions {
  readonly url: string
  /** The provider's admin token. */
  readonly token: string
  /** Whole-call bound in ms, default 5 s: a hanging provider must not stop the company's life. */
  readonly timeoutMs?: number
}

/** The provider over HTTP, as the company's applications and administrators reach it. */
export function makeHttpIdp(options: HttpIdpOptions): Idp {
  const call = makeCall(options)
  const end = async (id: string, verb: string, body: Json): Promise<EndAnswer> => {
    const answer = await call('POST', `/sessions/${encodeURIComponent(id)}/${verb}`, body)
    if (answer.status === 200) return { status: 'ended' }
    return answer.status === 404 ? { status: 'gone' } : unavailable(answer)
  }
  return {
    create: async (session) => readCreated(await call('POST', '/sessions', writeNew(session))),
    refresh: async (token, from) =>
      readRefreshed(await call('POST', '/token', { refresh_token: token, ...from })),
    revoke: (id, { initiator, reason, pretend }: RevokeHow) =>
      end(id, 'revoke', { initiator, reason, pretend }),
    logOut: (id) => end(id, 'logout', {}),
    tell: async (told) => readReportAnswer(await call('POST', '/events', writeCauseEvent(told))),
    eventsAfter: async (cursor) => {
      const after = cursor === '' ? '' : `&after=${encodeURIComponent(cursor)}`
      const answer = await call('GET', `/events?limit=${eventsPerPage}${after}`)
      return answer.status === 200 && Array.isArray(answer.json.events)
        ? // The provider is our own; its feed is typed where it is built.
          ({ status: 'read', events: answer.json.events } as FeedAnswer)
        : unavailable(answer)
    },
  }
}

interface HttpAnswer {
  /** 0 when there was no answer. */
  readonly status: number
  readonly json: Json
  readonly why: string
}

function makeCall({ url, token, timeoutMs = 5_000 }: HttpIdpOptions) {
  return async (method: 'GET' | 'POST', path: string, body?: Json): Promise<HttpAnswer> => {
    try {
      const initiator = body !== undefined && isJson(body.initiator) ? body.initiator : {}
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(typeof initiator.client_id === 'string'
            ? { 'x-client-id': initiator.client_id }
            : {}),
        },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const json: unknown = await answer.json()
      return { status: answer.status, json: isJson(json) ? json : {}, why: `HTTP ${answer.status}` }
    } catch (error) {
      return { status: 0, json: {}, why: reasonOf(error) }
    }
  }
}

const unavailable = ({ why }: HttpAnswer): Unavailable => ({ status: 'unavailable', why })
const timeOf = (value: unknown): number => Date.parse(String(value))

function writeNew({ subject, kind, expiresAt, from, ties }: NewSession): Json {
  return { subject, kind, expires_at: new Date(expiresAt).toISOString(), ...from, ...ties }
}

function writeCauseEvent({ from, ties, ...rest }: CauseEvent): Json {
  return { ...rest, ...from, ...ties }
}

function readTokens(json: Json): Tokens {
  return {
    refreshToken: String(json.refresh_token),
    accessToken: String(json.access_token),
    accessTokenId: String(json.access_token_id),
    accessExpiresAt: timeOf(json.access_expires_at),
  }
}

function readCreated(answer: HttpAnswer): CreateAnswer {
  if (answer.status === 403) return { status: 'refused' }
  const session = answer.json.session
  if (answer.status !== 201 || !isJson(session)) return unavailable(answer)
  return {
    status: 'created',
    id: String(session.id),
    createdAt: timeOf(session.created_at),
    expiresAt: timeOf(session.expires_at),
    tokens: readTokens(answer.json),
  }
}

function readRefreshed(answer: HttpAnswer): RefreshAnswer {
  const facts = { eventId: String(answer.json.event_id ?? ''), at: timeOf(answer.json.at) }
  if (answer.status === 200) {
    return { status: 'refreshed', ...facts, tokens: readTokens(answer.json) }
  }
  const dead = answer.status === 400 && answer.json.error === 'invalid_grant'
  const ended = answer.json.session_ended === true
  return dead ? { status: 'refused', ...facts, ended } : unavailable(answer)
}

function readReportAnswer(answer: HttpAnswer): ReportAnswer {
  if (answer.status !== 200) return unavailable(answer)
  const ended = Array.isArray(answer.json.ended) ? answer.json.ended.map(String) : []
  return {
    status: 'told',
    eventId: String(answer.json.event_id),
    at: timeOf(answer.json.at),
    ended,
  }
}
