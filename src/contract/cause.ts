import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { InitiatorKind, ScopeKind, SessionKind } from './event-words.ts'
import type { Lane } from './raw-message.ts'

/** What condemns sessions. `finding`: one that policy promotes. `operator_order`: a person's. */
export const CauseClass = Type.Union([
  Type.Literal('credential_reset'),
  Type.Literal('credential_changed'),
  Type.Literal('factor_changed'),
  Type.Literal('subject_suspended'),
  Type.Literal('subject_offboarded'),
  Type.Literal('membership_deactivated'),
  Type.Literal('access_reduced'),
  Type.Literal('directory_deactivated'),
  Type.Literal('connection_deactivated'),
  Type.Literal('grant_revoked'),
  Type.Literal('device_lost'),
  Type.Literal('session_expired'),
  Type.Literal('operator_order'),
  Type.Literal('finding'),
])
export type CauseClass = Static<typeof CauseClass>

/**
 * One cause with its scope: a row of `causes`. It condemns the sessions in its scope that were
 * created before `at` and not ended before `at`, in whichever order the facts arrive.
 */
export interface Cause {
  readonly tenant: string
  readonly instance: string
  /** Hash of (tenant, instance, class, what told it). */
  readonly causeId: string
  readonly class: CauseClass
  /** The event, request or finding that told it. */
  readonly eventId: string
  readonly at: number
  readonly receivedAt: number
  readonly lane: Lane
  /** False: it is reported and judged, but never leads to an order. */
  readonly mayAct: boolean
  /** The strongest mode its curfews may have: `approve` for a finding that only proposes. */
  readonly modeMax: 'observe' | 'approve' | 'enforce'
  readonly scopeKind: ScopeKind
  /** Organization, connection, device or grant; '' for session and subject. */
  readonly scopeId: string
  readonly subjectRef: string
  readonly sessionKind: SessionKind | ''
  readonly sessionId: string
  /** The session that made an authenticated change; exempt unless it is itself suspect. */
  readonly exemptSessionId: string
  readonly initiatorKind: InitiatorKind | ''
  readonly initiatorId: string
  readonly reason: string
}

/** How far each class reaches unless the policy narrows it. A source may narrow it, never widen it. */
export const causeScopes: { readonly [Class in CauseClass]: ScopeKind } = {
  credential_reset: 'subject',
  credential_changed: 'subject',
  factor_changed: 'subject',
  subject_suspended: 'subject',
  subject_offboarded: 'subject',
  membership_deactivated: 'subject_organization',
  access_reduced: 'subject_organization',
  directory_deactivated: 'connection',
  connection_deactivated: 'connection',
  grant_revoked: 'grant',
  device_lost: 'device',
  session_expired: 'session',
  operator_order: 'subject',
  finding: 'session',
}
