import type { Static } from 'typebox'
import { Type } from 'typebox'

/**
 * The closed lists of the event contract. A value is added here in a new minor version; none is
 * ever removed or given a second meaning.
 */

export const EventType = Type.Union(
  [
    Type.Literal('session.created'),
    Type.Literal('session.used'),
    Type.Literal('session.revoked'),
    Type.Literal('session.ended'),
    Type.Literal('authentication.succeeded'),
    Type.Literal('authentication.failed'),
    Type.Literal('subject.signed_out'),
    Type.Literal('credential.reset_requested'),
    Type.Literal('credential.reset'),
    Type.Literal('credential.changed'),
    Type.Literal('factor.changed'),
    Type.Literal('subject.suspended'),
    Type.Literal('subject.offboarded'),
    Type.Literal('membership.deactivated'),
    Type.Literal('access.reduced'),
    Type.Literal('directory.deactivated'),
    Type.Literal('connection.deactivated'),
    Type.Literal('grant.revoked'),
    Type.Literal('device.lost'),
    Type.Literal('organization.deactivated'),
    Type.Literal('subject.updated'),
    Type.Literal('instance.signed_out'),
  ],
  {
    description:
      'What happened. session.*: to one session. session.revoked and session.ended: its provider takes it no more; it is believed to be dead. subject.signed_out: all online sessions of the subject that existed then have ended. instance.signed_out: all sessions of the instance that existed then have ended, of every kind. authentication.*: a sign-in that may lead to a session. credential.reset_requested: no cause by itself; it makes the credential.changed that follows it in the same flow (initiator.session_id), or in a flow of no earlier session, a recovery, and so does a credential.reset by an administrator. subject.updated: what describes a subject changed, such as its e-mail address; it condemns nothing. The others are causes: something that entitled sessions is gone.',
    examples: ['session.used'],
  },
)
export type EventType = Static<typeof EventType>

export const SessionKind = Type.Union(
  [Type.Literal('online'), Type.Literal('offline'), Type.Literal('agent')],
  {
    description:
      'online: a browser or app session. offline: one kept alive by a long-lived refresh token. agent: held by an AI agent.',
    examples: ['online'],
  },
)
export type SessionKind = Static<typeof SessionKind>

export const SubjectKind = Type.Union(
  [
    Type.Literal('user'),
    Type.Literal('service'),
    Type.Literal('agent'),
    Type.Literal('directory_user'),
  ],
  {
    description:
      'A person, a program of its own, or an agent that acts for someone. directory_user: an entry of a directory, who signs in as another subject with the same e-mail address.',
    examples: ['user'],
  },
)
export type SubjectKind = Static<typeof SubjectKind>

export const InitiatorKind = Type.Union(
  [Type.Literal('user'), Type.Literal('admin'), Type.Literal('system'), Type.Literal('curfew')],
  {
    description:
      'Who made it happen: the subject, a person with rights over it, a rule or timer of the provider, or Curfew itself.',
    examples: ['admin'],
  },
)
export type InitiatorKind = Static<typeof InitiatorKind>

export const Outcome = Type.Union([Type.Literal('accepted'), Type.Literal('refused')], {
  description: 'Whether the use was accepted.',
  examples: ['accepted'],
})
export type Outcome = Static<typeof Outcome>

export const RefusalReason = Type.Union(
  [
    Type.Literal('session_ended'),
    Type.Literal('token_expired'),
    Type.Literal('token_reused'),
    Type.Literal('not_allowed'),
    Type.Literal('rate_limited'),
    Type.Literal('malformed'),
    Type.Literal('unknown'),
  ],
  {
    description:
      'Why a use was refused. Only session_ended proves that the session is dead; the others prove nothing about it.',
    examples: ['session_ended'],
  },
)
export type RefusalReason = Static<typeof RefusalReason>

export const Observer = Type.Union([Type.Literal('idp'), Type.Literal('application')], {
  description:
    'Who observed the use. Acceptance by an application that checks tokens offline is exposure, not proof that the session lives; acceptance by the identity provider is.',
  examples: ['idp'],
})
export type Observer = Static<typeof Observer>

export const IpOf = Type.Union(
  [
    Type.Literal('subject'),
    Type.Literal('application'),
    Type.Literal('actor'),
    Type.Literal('unknown'),
  ],
  {
    description:
      'Whose client ip, user_agent, device_id, place and network describe. subject: the browser, app or agent of the subject. application: a server that calls for the subject, such as the backend that exchanges codes for tokens. actor: somebody else who acted, such as an administrator or an impersonator. unknown: the source cannot tell. Only those of the subject say where the subject is and on what device. When absent: actor if initiator.kind is admin, system or curfew, unknown if it is none of the words, else subject. Another word counts as unknown. Filled by: gateways, and provider feeds that see calls of servers.',
    examples: ['subject'],
  },
)
export type IpOf = Static<typeof IpOf>

export const TokenKind = Type.Union(
  [Type.Literal('access'), Type.Literal('refresh'), Type.Literal('id'), Type.Literal('cookie')],
  { description: 'Which kind of token was issued or presented.', examples: ['refresh'] },
)
export type TokenKind = Static<typeof TokenKind>

export const ScopeKind = Type.Union(
  [
    Type.Literal('session'),
    Type.Literal('subject'),
    Type.Literal('subject_organization'),
    Type.Literal('connection'),
    Type.Literal('device'),
    Type.Literal('grant'),
    Type.Literal('organization'),
  ],
  {
    description:
      'Which sessions a cause condemns: one session; all of a subject; those of a subject in one organization; all in an organization; those created through a connection or directory; those of a device; those an agent holds under a grant.',
    examples: ['connection'],
  },
)
export type ScopeKind = Static<typeof ScopeKind>

export const NetworkClass = Type.Union(
  [
    Type.Literal('fixed'),
    Type.Literal('mobile'),
    Type.Literal('hosting'),
    Type.Literal('satellite'),
    Type.Literal('relay'),
    Type.Literal('gateway'),
    Type.Literal('vpn'),
    Type.Literal('tor'),
    Type.Literal('private'),
    Type.Literal('unknown'),
  ],
  {
    description:
      'Kind of network. satellite: its address locates the ground station. relay: a privacy relay, whose addresses many people share. gateway: a web security gateway, which the staff of companies share. private: an address that is not routed.',
    examples: ['fixed'],
  },
)
export type NetworkClass = Static<typeof NetworkClass>
