import type { Call, Fault } from './faults.ts'
import type { IdpSessions } from './sessions.ts'
import type { Json } from './wire.ts'
import {
  isJson,
  isKind,
  readCauseEvent,
  readCircumstances,
  readNewSession,
  writeSession,
  writeTokens,
} from './wire.ts'

/** One request as a call sees it. */
export interface Asked {
  readonly sessions: IdpSessions
  readonly now: number
  /** The part of the path that varies, '' when there is none. */
  readonly id: string
  readonly query: URLSearchParams
  readonly body: Json
  readonly clientId: string
  readonly fault: Fault | undefined
}

export interface Answer {
  readonly status: number
  readonly body: object
}

export interface CallRoute {
  readonly call: Call
  readonly method: 'GET' | 'POST'
  /** One group at most: the id. */
  readonly path: RegExp
  /** Whether the caller needs the provider's token; refreshing needs only the refresh token. */
  readonly admin: boolean
  readonly answer: (asked: Asked) => Answer
}

const ok = (body: object): Answer => ({ status: 200, body })
const problem = (status: number, error: string): Answer => ({ status, body: { error } })

const limitMax = 100

function limitOf(query: URLSearchParams, otherwise: number, most: number): number {
  const limit = Number(query.get('limit') ?? otherwise)
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, most) : otherwise
}

function create({ sessions, body }: Asked): Answer {
  const asked = readNewSession(body)
  if (asked === undefined) return problem(400, 'invalid_session')
  const made = sessions.create(asked)
  if (made.status !== 'created') return problem(403, 'access_denied')
  const session = sessions.read(made.id)
  const shown = session === undefined ? { id: made.id } : writeSession(session)
  return { status: 201, body: { session: shown, ...writeTokens(made.tokens) } }
}

/** Pages continue after a place in the order of creation, so they hold when sessions end between. */
function list({ sessions, now, id, query, fault }: Asked): Answer {
  const kind = query.get('kind')
  const after = Number(query.get('after') ?? -1)
  if ((kind !== null && !isKind(kind)) || !Number.isInteger(after)) {
    return problem(400, 'invalid_request')
  }
  const limit = limitOf(query, 10, limitMax)
  const asOf = fault?.kind === 'stale_list' ? now - fault.byMs : undefined
  const rest = sessions
    .list(id, asOf)
    .filter((session) => session.number > after && (kind === null || session.kind === kind))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return ok({
    sessions: page.map(writeSession),
    next: rest.length > limit && last !== undefined ? String(last.number) : null,
  })
}

function read({ sessions, id }: Asked): Answer {
  const session = sessions.read(id)
  return session === undefined ? problem(404, 'session_not_found') : ok(writeSession(session))
}

function revoke({ sessions, id, body, clientId, fault }: Asked): Answer {
  if (fault?.kind === 'keep_session') return ok({ id, status: 'revoked' })
  const given = isJson(body.initiator) ? body.initiator : {}
  const kind = given.kind === 'user' || given.kind === 'admin' ? given.kind : 'system'
  const done = sessions.revoke(id, {
    initiator: {
      kind,
      ...(typeof given.id === 'string' ? { id: given.id } : {}),
      ...(clientId === '' ? {} : { client_id: clientId }),
    },
    ...(typeof body.reason === 'string' ? { reason: body.reason } : {}),
    pretend: body.pretend === true,
  })
  return done ? ok({ id, status: 'revoked' }) : problem(404, 'session_not_found')
}

function logOut({ sessions, id }: Asked): Answer {
  return sessions.logOut(id) ? ok({ id, status: 'ended' }) : problem(404, 'session_not_found')
}

/** RFC 6749 section 5.2: a dead session's refresh token is an invalid grant. */
function refresh({ sessions, body }: Asked): Answer {
  const answer = sessions.refresh(String(body.refresh_token), readCircumstances(body))
  const facts = { event_id: answer.eventId, at: new Date(answer.at).toISOString() }
  return answer.status === 'refreshed'
    ? ok({ ...writeTokens(answer.tokens), ...facts })
    : { status: 400, body: { error: 'invalid_grant', session_ended: answer.ended, ...facts } }
}

function tell(asked: Asked, named: Json): Answer {
  const told = readCauseEvent({ ...asked.body, ...named })
  if (told === undefined) return problem(400, 'invalid_event')
  const { eventId, at, ended } = asked.sessions.tell(told)
  return ok({ event_id: eventId, at: new Date(at).toISOString(), ended })
}

/** `by` is `recovery` (default), `admin`, or `user` for an authenticated change. */
function resetPassword(asked: Asked): Answer {
  const { by, subject, initiator, session_id } = asked.body
  const kind = by === 'admin' ? 'admin' : 'user'
  return tell(asked, {
    type: by === 'user' ? 'credential.changed' : 'credential.reset',
    subject: subject ?? asked.id,
    initiator: initiator ?? { kind, ...(typeof session_id === 'string' ? { session_id } : {}) },
  })
}

const bar = (type: string) => (asked: Asked) =>
  tell(asked, { type, subject: asked.body.subject ?? asked.id })

function reinstate({ sessions, id }: Asked): Answer {
  sessions.reinstate(id)
  return ok({ id, status: 'active' })
}

function events({ sessions, query }: Asked): Answer {
  sessions.settle()
  const page = sessions.feed.after(query.get('after') ?? '', limitOf(query, 100, 500))
  if (page === undefined) return problem(400, 'invalid_cursor')
  return ok({ events: page, next: page.at(-1)?.id ?? query.get('after') })
}

const route = (
  call: Call,
  method: CallRoute['method'],
  path: RegExp,
  answer: CallRoute['answer'],
  admin = true,
): CallRoute => ({ call, method, path, admin, answer })

/** The whole API. */
export const callRoutes: readonly CallRoute[] = [
  route('create_session', 'POST', /^\/sessions$/, create),
  route('list_sessions', 'GET', /^\/subjects\/([^/]+)\/sessions$/, list),
  route('read_session', 'GET', /^\/sessions\/([^/]+)$/, read),
  route('revoke_session', 'POST', /^\/sessions\/([^/]+)\/revoke$/, revoke),
  route('log_out', 'POST', /^\/sessions\/([^/]+)\/logout$/, logOut),
  route('refresh', 'POST', /^\/token$/, refresh, false),
  route('tell', 'POST', /^\/subjects\/([^/]+)\/password-reset$/, resetPassword),
  route('tell', 'POST', /^\/subjects\/([^/]+)\/suspend$/, bar('subject.suspended')),
  route('tell', 'POST', /^\/subjects\/([^/]+)\/offboard$/, bar('subject.offboarded')),
  route('tell', 'POST', /^\/subjects\/([^/]+)\/reinstate$/, reinstate),
  route('tell', 'POST', /^\/events$/, (asked) => tell(asked, {})),
  route('read_events', 'GET', /^\/events$/, events),
]
