import type { SessionKind } from '../../contract/event-words.ts'
import type { SessionEventV1 } from '../../contract/session-event-v1.ts'
import { EventQueue } from '../event-queue.ts'
import { Feed } from './feed.ts'
import type {
  CauseEvent,
  Circumstances,
  CreateAnswer,
  Initiator,
  NewSession,
  RefreshAnswer,
  ReportAnswer,
  RevokeHow,
  Subject,
  Ties,
  Tokens,
  Unavailable,
} from './idp.ts'
import { isInScope } from './scope.ts'

export interface IdpSession {
  readonly id: string
  readonly kind: SessionKind
  readonly subject: Subject
  readonly from: Circumstances
  readonly ties: Ties
  readonly createdAt: number
  readonly expiresAt: number
  /** Place in the order of creation; pages of a list continue after it. */
  readonly number: number
  lastUsedAt: number
  /** 0 while it lives. */
  endedAt: number
  /** Refresh tokens, youngest first: the current, the one before it, and some that are void. */
  tokens: readonly string[]
  ordinal: number
}

export interface IdpOptions {
  readonly now: () => number
  /** Makes a part of an id or token that nobody can guess, or a reproducible one. */
  readonly newId: () => string
  readonly accessTokenMs: number
  readonly eventsMax: number
  /** Types of causes after which the provider itself ends the sessions in their scope. */
  readonly endsSessionsOn: ReadonlySet<CauseEvent['type']>
}

// A client whose answer got lost may come again with the token before; older ones are void.
const validTokens = 2
const rememberedTokens = 8
const deadMax = 20_000

/**
 * The sessions that the provider truly holds, and what it does to them. By default they survive
 * whatever happens to their subject, as they do at many real providers.
 */
export class IdpSessions {
  readonly feed: Feed
  readonly #options: IdpOptions
  readonly #alive = new Map<string, IdpSession>()
  readonly #bySubject = new Map<string, Map<string, IdpSession>>()
  /** In order of death; kept for a while to name a dead session whose token still comes. */
  readonly #dead = new Map<string, IdpSession>()
  readonly #tokenOwners = new Map<string, IdpSession>()
  readonly #barred = new Set<string>()
  readonly #expiries = new EventQueue<IdpSession>()
  #created = 0

  constructor(options: IdpOptions) {
    this.#options = options
    this.feed = new Feed(options.newId(), options.eventsMax)
  }

  create(asked: NewSession): CreateAnswer {
    const now = this.settle()
    if (this.#barred.has(asked.subject.id)) {
      this.feed.add({ occurredAt: now, type: 'authentication.failed', ...whoFrom(asked) })
      return { status: 'refused' }
    }
    const session: IdpSession = {
      ...asked,
      id: `session_${this.#options.newId()}`,
      createdAt: now,
      number: this.#created++,
      lastUsedAt: now,
      endedAt: 0,
      tokens: [],
      ordinal: 0,
    }
    this.#alive.set(session.id, session)
    const mine = this.#bySubject.get(asked.subject.id) ?? new Map<string, IdpSession>()
    this.#bySubject.set(asked.subject.id, mine.set(session.id, session))
    this.#expiries.add(session.expiresAt, session)
    this.feed.add({ occurredAt: now, type: 'authentication.succeeded', ...whoFrom(asked) })
    this.feed.add({
      occurredAt: now,
      type: 'session.created',
      ...this.#facts(session),
      ...asked.from,
    })
    const { id, createdAt, expiresAt } = session
    return { status: 'created', id, createdAt, expiresAt, tokens: this.#issue(session, now) }
  }

  /** Exchanges a refresh token for new tokens. A dead session's token is refused, and it is told. */
  refresh(token: string, from: Circumstances): Exclude<RefreshAnswer, Unavailable> {
    const now = this.settle()
    const session = this.#tokenOwners.get(token)
    if (session === undefined) return { status: 'refused', at: now, eventId: '', ended: false }
    const ended = session.endedAt > 0
    const refused = ended || session.tokens.indexOf(token) >= validTokens
    if (!refused) session.lastUsedAt = now
    const tokens = refused ? undefined : this.#issue(session, now)
    const event = this.feed.add({
      occurredAt: now,
      type: 'session.used',
      ...this.#facts(session),
      ...from,
      token: { family: session.id, ordinal: session.ordinal, kind: 'refresh' },
      outcome:
        tokens !== undefined
          ? { result: 'accepted', status: 200, observer: 'idp' }
          : {
              result: 'refused',
              status: 400,
              refusal_reason: ended ? 'session_ended' : 'token_reused',
              observer: 'idp',
            },
    })
    return tokens === undefined
      ? { status: 'refused', at: now, eventId: event.id, ended }
      : { status: 'refreshed', at: now, eventId: event.id, tokens }
  }

  /** False when there is no such living session. */
  revoke(id: string, { initiator, reason, pretend }: RevokeHow): boolean {
    const now = this.settle()
    const session = this.#alive.get(id)
    if (session === undefined) return false
    if (pretend !== true) this.#bury(session, now)
    this.#tellEnd('session.revoked', session, now, initiator, reason)
    return true
  }

  /** False when there is no such living session. */
  logOut(id: string): boolean {
    const now = this.settle()
    const session = this.#alive.get(id)
    if (session === undefined) return false
    this.#bury(session, now)
    const initiator = { kind: 'user', id: session.subject.id } as const
    this.#tellEnd('session.ended', session, now, initiator, 'logout')
    return true
  }

  /** Records something that happened to a subject, and does what the provider's policy says. */
  tell(told: CauseEvent): Exclude<ReportAnswer, Unavailable> {
    const now = this.settle()
    const { from, ties, ...rest } = told
    const event = this.feed.add({ occurredAt: now, ...rest, ...from, ...ties })
    if (told.type === 'subject.suspended' || told.type === 'subject.offboarded') {
      this.#barred.add(told.subject.id)
    }
    const ended: string[] = []
    if (this.#options.endsSessionsOn.has(told.type)) {
      for (const session of this.#bySubject.get(told.subject.id)?.values() ?? []) {
        if (!isInScope(session, told) || session.id === told.initiator?.session_id) continue
        ended.push(session.id)
        this.#bury(session, now)
        this.#tellEnd('session.revoked', session, now, { kind: 'system' }, told.type)
      }
    }
    return { status: 'told', eventId: event.id, at: now, ended }
  }

  /** New sessions of the subject are allowed again; old ones are not touched. */
  reinstate(subjectId: string): void {
    this.#barred.delete(subjectId)
  }

  read(id: string): IdpSession | undefined {
    this.settle()
    return this.#alive.get(id)
  }

  /** A subject's living sessions as they were at `asOf`, in order of creation. */
  list(subjectId: string, asOf?: number): readonly IdpSession[] {
    const now = this.settle()
    const alive = [...(this.#bySubject.get(subjectId)?.values() ?? [])]
    if (asOf === undefined || asOf >= now) return alive
    const since = [...this.#dead.values()].filter(
      (session) => session.subject.id === subjectId && session.endedAt > asOf,
    )
    return [...alive, ...since]
      .filter((session) => session.createdAt <= asOf)
      .sort((one, other) => one.number - other.number)
  }

  /** Ends what has expired by now. Nothing happens between calls, so every call begins with it. */
  settle(): number {
    const now = this.#options.now()
    for (;;) {
      const session = this.#expiries.take(now)
      if (session === undefined) return now
      if (session.endedAt > 0) continue
      this.#bury(session, session.expiresAt)
      this.#tellEnd('session.ended', session, session.expiresAt, { kind: 'system' }, 'expired')
    }
  }

  #issue(session: IdpSession, now: number): Tokens {
    const refreshToken = `rt_${this.#options.newId()}`
    this.#tokenOwners.set(refreshToken, session)
    const kept = [refreshToken, ...session.tokens]
    for (const forgotten of kept.slice(rememberedTokens)) this.#tokenOwners.delete(forgotten)
    session.ordinal = session.tokens.length === 0 ? 0 : session.ordinal + 1
    session.tokens = kept.slice(0, rememberedTokens)
    return {
      refreshToken,
      accessToken: `at_${this.#options.newId()}`,
      accessTokenId: `${session.id}.${session.ordinal}`,
      accessExpiresAt: Math.min(now + this.#options.accessTokenMs, session.expiresAt),
    }
  }

  #bury(session: IdpSession, at: number): void {
    session.endedAt = at
    this.#alive.delete(session.id)
    this.#bySubject.get(session.subject.id)?.delete(session.id)
    this.#dead.set(session.id, session)
    if (this.#dead.size <= deadMax) return
    const oldest = this.#dead.values().next().value
    if (oldest === undefined) return
    this.#dead.delete(oldest.id)
    for (const token of oldest.tokens) this.#tokenOwners.delete(token)
  }

  #tellEnd(
    type: 'session.revoked' | 'session.ended',
    session: IdpSession,
    occurredAt: number,
    initiator: Initiator,
    reason: string | undefined,
  ): void {
    const why = reason === undefined ? {} : { reason }
    this.feed.add({ occurredAt, type, ...this.#facts(session), initiator, ...why })
  }

  #facts(session: IdpSession) {
    return {
      session: {
        id: session.id,
        kind: session.kind,
        created_at: new Date(session.createdAt).toISOString(),
      },
      subject: session.subject,
      ...session.ties,
      expires_at: new Date(session.expiresAt).toISOString(),
    } satisfies Partial<SessionEventV1>
  }
}

/** Sign-ins name who and from where; the session does not exist yet, or never will. */
function whoFrom({ subject, from, ties: { auth_method, organization_id } }: NewSession) {
  return {
    subject,
    ...from,
    ...(auth_method === undefined ? {} : { auth_method }),
    ...(organization_id === undefined ? {} : { organization_id }),
  }
}
