import type { EventType, SessionKind } from '../../contract/event-words.ts'
import type { SessionEventV1 } from '../../contract/session-event-v1.ts'

type Given<Field extends keyof SessionEventV1> = NonNullable<SessionEventV1[Field]>

/** Where somebody comes from and with what: the fields of an event that tell it. */
export type Circumstances = {
  readonly [Field in
    | 'ip'
    | 'user_agent'
    | 'device_id'
    | 'client_fingerprint'
    | 'place'
    | 'network']?: Given<Field>
}

/** What a session hangs on. */
export type Ties = {
  readonly [Field in
    | 'organization_id'
    | 'connection_id'
    | 'application_id'
    | 'grant_id'
    | 'auth_method']?: Given<Field>
}

export type Subject = Given<'subject'>
export type Initiator = Given<'initiator'>

export interface NewSession {
  readonly subject: Subject
  readonly kind: SessionKind
  /** ms since the epoch; the session ends by itself then. */
  readonly expiresAt: number
  readonly from: Circumstances
  readonly ties: Ties
}

/** Tokens of a session, opaque. Times in ms since the epoch. */
export interface Tokens {
  readonly refreshToken: string
  readonly accessToken: string
  readonly accessTokenId: string
  readonly accessExpiresAt: number
}

/** Something told to the provider that may condemn sessions, in the words of the event. */
export interface CauseEvent {
  readonly type: Exclude<EventType, `session.${string}`>
  readonly subject: Subject
  readonly from?: Circumstances
  readonly ties?: Ties
  readonly scope?: Given<'scope'>
  readonly initiator?: Initiator
  readonly reason?: string
}

export type Unavailable = { readonly status: 'unavailable'; readonly why: string }

export type CreateAnswer =
  | {
      readonly status: 'created'
      readonly id: string
      readonly createdAt: number
      readonly expiresAt: number
      readonly tokens: Tokens
    }
  | { readonly status: 'refused' }
  | Unavailable

/** `eventId` is the feed's event that tells of this use, '' when the token was unknown. */
export type RefreshAnswer =
  | {
      readonly status: 'refreshed'
      readonly at: number
      readonly eventId: string
      readonly tokens: Tokens
    }
  | {
      readonly status: 'refused'
      readonly at: number
      readonly eventId: string
      /** Only a refusal because the session had ended tells of its death. */
      readonly ended: boolean
    }
  | Unavailable

export type EndAnswer = { readonly status: 'ended' | 'gone' } | Unavailable

/** `ended` are the sessions that the provider ended by itself, as its policy says. */
export type ReportAnswer =
  | {
      readonly status: 'told'
      readonly eventId: string
      readonly at: number
      readonly ended: readonly string[]
    }
  | Unavailable

export type FeedAnswer =
  | { readonly status: 'read'; readonly events: readonly SessionEventV1[] }
  | Unavailable

/**
 * The identity provider as the simulated company uses it: over HTTP, or in the same process. It
 * has no call that reads a session's state, so that the simulation learns of a death as everybody
 * does: by being refused.
 */
export interface Idp {
  readonly create: (session: NewSession) => Promise<CreateAnswer>
  readonly refresh: (refreshToken: string, from: Circumstances) => Promise<RefreshAnswer>
  readonly revoke: (id: string, how: RevokeHow) => Promise<EndAnswer>
  readonly logOut: (id: string) => Promise<EndAnswer>
  readonly tell: (told: CauseEvent) => Promise<ReportAnswer>
  /** Events after a cursor ('' from the beginning), at most 500. */
  readonly eventsAfter: (cursor: string) => Promise<FeedAnswer>
}

export interface RevokeHow {
  readonly initiator: Initiator
  readonly reason?: string
  /** The provider says that it did, in its feed as well, and does not: a planted defect. */
  readonly pretend?: boolean
}
