import type { Static } from 'typebox'
import { Type } from 'typebox'
import { InitiatorKind, ScopeKind, SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { flag, instant, owner, text } from './noun.ts'
import { Lane } from './raw-message.ts'

/** What condemns sessions. `finding`: one that policy promotes. `operator_order`: a person's. */
export const CauseClass = Type.Union(
  [
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
    Type.Literal('organization_deactivated'),
  ],
  {
    description:
      "What condemns sessions. finding: one that policy promotes. operator_order: a person's.",
  },
)
export type CauseClass = Static<typeof CauseClass>

/**
 * One cause with its scope: a row of `causes`. It condemns the sessions in its scope that were
 * created before `at` and not ended before `at`, in whichever order the facts arrive.
 */
export const Cause = Type.Object(
  {
    ...owner,
    causeId: text('Hash of (tenant, instance, class, eventId).'),
    class: CauseClass,
    eventId: text('The event, request or finding it comes from.'),
    at: instant('T, the instant of the cause.'),
    receivedAt: instant('When Curfew received its event, request or finding.'),
    lane: Lane,
    mayAct: flag('False: it is reported and judged, but never leads to an order.'),
    modeMax: Type.Union(
      [Type.Literal('observe'), Type.Literal('approve'), Type.Literal('enforce')],
      {
        description:
          'The strongest mode its curfews may have: approve for a finding that only proposes.',
      },
    ),
    scopeKind: ScopeKind,
    scopeId: text("Organization, connection, device or grant; '' for session and subject."),
    subjectRef: text("Keyed hash of the subject it names, '' when it names none."),
    sessionKind: Type.Union([SessionKind, Type.Literal('')], {
      description: "Kind of the session it names, '' when it names none.",
    }),
    sessionId: text("The session it names, '' when it names none."),
    exemptSessionId: text(
      'The session that made an authenticated change; exempt unless it is itself suspect.',
    ),
    flowSessionId: text(
      'The session that a recovery ends in; only spared where it is not surely older than the recovery.',
    ),
    initiatorKind: Type.Union([InitiatorKind, Type.Literal('')], {
      description: "Who made it happen, '' when not reported.",
    }),
    initiatorId: text("Id of who made it happen, '' when not reported."),
    reason: text("The reason stated by the event, request or finding; '' without one."),
  },
  {
    $id: 'cause.v1',
    title: 'Cause, version 1',
    description: 'What condemns sessions, and which: a row of the table causes.',
  },
)
export type Cause = Noun<typeof Cause>

/**
 * A cause that no longer counts, since later facts showed that its event was another cause: a row of
 * `replaced_causes`. It stays recorded, and condemns and counts nothing any more. The latest row of an
 * event decides, so a replaced cause may become the current one again.
 */
export interface ReplacedCause {
  readonly tenant: string
  readonly instance: string
  readonly eventId: string
  readonly causeId: string
  /** The cause of the event that counts now. */
  readonly byCauseId: string
  /** When that was found, ms since the epoch; each later than the one before. */
  readonly at: number
}

/**
 * The ids of replaced causes: every cause of an event except its last one. `where` is a
 * condition over the columns of the table `replaced_causes`.
 */
export const replacedIds = (where: string): string => `
  select arrayJoin(arrayFilter(each -> each != last, ids)) as replaced_id
  from
  (
    select argMax(by_cause_id, (at, by_cause_id)) as last, groupUniqArray(cause_id) as ids
    from replaced_causes
    where ${where}
    group by tenant, instance, event_id
  )`

/** The default scope of each class; policy may narrow it. A source may narrow it, never widen it. */
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
  organization_deactivated: 'organization',
}
