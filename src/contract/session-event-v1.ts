import type { Static } from 'typebox'
import { Type } from 'typebox'
import { lengths } from './event-fields.ts'
import { whatTypesNeed } from './event-needs.ts'
import {
  describe,
  name,
  number,
  open,
  optionalName,
  part,
  text,
  time,
  word,
} from './event-schema.ts'
import {
  EventType,
  InitiatorKind,
  IpOf,
  NetworkClass,
  Observer,
  Outcome,
  RefusalReason,
  ScopeKind,
  SessionKind,
  SubjectKind,
  TokenKind,
} from './event-words.ts'
import { sessionEventExamples } from './session-event-v1-examples.ts'

/** Longest strings, in code points. An id that is longer is never cut: cut ids would meet. */
export const { idLengthMax, textLengthMax, userAgentLengthMax } = lengths
/** Limits of one message; what is nested deeper is left out. */
export const messageBytesMax = 256 * 1024
export const messageDepthMax = 32
/** How far the time of a live event may lie after and before the instant at which it is received. */
export const futureMsMax = 5 * 60_000
export const pastMsMax = 30 * 86_400_000

const Session = Type.Object(
  {
    id: name('session.id', "The identity provider's own id of the session.", 'session_01JBX'),
    kind: word('session.kind', SessionKind),
    created_at: time(
      'session.created_at',
      'When it began, according to its identity provider; on any event of it.',
      'provider feeds',
    ),
  },
  open,
)

const Subject = Type.Object(
  {
    id: name('subject.id', "The identity provider's id of the subject.", 'user_01JBX'),
    kind: word('subject.kind', SubjectKind),
    email: text(
      'subject.email',
      'E-mail address, shown to responders only. At most 320 characters.',
      'ada@example.com',
      'producers that know it',
    ),
    on_behalf_of: text(
      'subject.on_behalf_of',
      'For an agent: the id of the subject that delegated to it.',
      'user_01JBY',
      'providers that know delegation',
    ),
  },
  open,
)

const Token = Type.Object(
  {
    id: text('token.id', 'Id of the token (jti), never the token itself.', 'tok-7'),
    family: text('token.family', 'Id shared by all tokens that descend from one grant.', 'fam-3'),
    ordinal: number('token.ordinal', 'Place in its family, counted from 0 at each rotation.', 4),
    kind: word('token.kind', TokenKind),
    issued_at: time('token.issued_at', 'When it was issued.'),
    expires_at: time('token.expires_at', 'Until when it is accepted where it is checked offline.'),
  },
  open,
)

const Initiator = Type.Object(
  {
    kind: word('initiator.kind', InitiatorKind),
    id: text('initiator.id', 'Who started it.', 'user_01JBZ'),
    client_id: text(
      'initiator.client_id',
      'The API client that made the call; it identifies our own revocations.',
      'client_01J',
    ),
    session_id: text(
      'initiator.session_id',
      'The session from which it was done. A change that somebody makes while signed in (credential.changed, factor.changed, not by an admin) spares it; without it, it spares the session of the event.',
      'session_01JBY',
    ),
  },
  open,
)

const Use = Type.Object(
  {
    result: word('outcome.result', Outcome),
    status: number('outcome.status', 'HTTP status of the answer, 0 to 999.', 200),
    refusal_reason: word('outcome.refusal_reason', RefusalReason),
    observer: word('outcome.observer', Observer),
  },
  open,
)

const Scope = Type.Object(
  {
    kind: word('scope.kind', ScopeKind),
    id: optionalName(
      'scope.id',
      'Which organization, connection, directory, device or grant; unused for the scopes of session and subject, which the event itself names.',
      'conn_01J',
    ),
  },
  open,
)

const Place = Type.Object(
  {
    country: text(
      'place.country',
      'ISO 3166-1 alpha-2, in any case; codes that stand for no country, such as XX, are left out.',
      'PL',
    ),
    region: text('place.region', 'ISO 3166-2 subdivision or its name.', 'Mazowieckie'),
    city: text('place.city', 'City.', 'Warsaw'),
    latitude: number(
      'place.latitude',
      'Degrees north, -90 to 90. 0 together with a longitude of 0 says nothing.',
      52.23,
    ),
    longitude: number('place.longitude', 'Degrees east, -180 to 180.', 21.01),
    accuracy_km: number(
      'place.accuracy_km',
      'Radius within which the truth lies, kilometres, 0 to 20040.',
      20,
    ),
  },
  open,
)

const Network = Type.Object(
  {
    asn: number('network.asn', 'Autonomous system number, 1 to 4294967295.', 64496),
    name: text('network.name', 'Operator. Kept to 512 characters.', 'Example Telecom'),
    class: word('network.class', NetworkClass),
  },
  open,
)

const OccurredAt = Type.Unsafe<string>({
  anyOf: [
    Type.String({ format: 'date-time', maxLength: 100 }),
    Type.Number({ minimum: 946_684_800, exclusiveMaximum: 10_413_792_000 }),
    Type.Number({ minimum: 946_684_800_000, exclusiveMaximum: 10_413_792_000_000 }),
  ],
  description: describe(
    'occurred_at',
    "When it happened, by the source's clock: RFC 3339 with an offset, or seconds or milliseconds since the epoch. Other spellings of one instant are read too (+0100, +01, no seconds, a space for the T, Z[UTC]); a time without an offset is none. Kept to the millisecond. At most 5 minutes ahead of its receipt and, unless it is replayed, 30 days before.",
  ),
  examples: ['2026-11-03T09:12:44.120Z', '2026-11-03T10:12:44.120+01:00', 1793697164120],
})

/**
 * `session-event.v1`: what producers send. Closed where Curfew decides (types, kinds, outcomes), open
 * to additional fields, which are counted and ignored.
 */
export const SessionEventV1 = Type.Object(
  {
    version: Type.Literal(1, { description: 'Version of this contract.', examples: [1] }),
    id: name('id', "The source's own id of the event; the same on every channel.", 'event_01JBX'),
    type: EventType,
    occurred_at: OccurredAt,
    tenant: optionalName(
      'tenant',
      "Absent, or the tenant of the source's binding.",
      'acme',
      'sources trusted to name it',
    ),
    instance: optionalName(
      'instance',
      'Absent, or the instance of it.',
      'keycloak-main',
      'sources trusted to name it',
    ),
    session: part(
      Session,
      'The session it happened to. Absent on causes that name a wider scope. Kind is online when absent. Filled by: the observer of the session.',
    ),
    subject: part(
      Subject,
      'The subject of the session. It may be absent as a whole. Kind is user when absent. Filled by: producers that know it.',
    ),
    ip: text(
      'ip',
      'Address of the client, IPv4 or IPv6; also with port, brackets or zone. Of a list as in X-Forwarded-For the last address counts that is not private, or the one that the trusted hops of the connection say.',
      '203.0.113.9',
      'the observer of the request',
    ),
    ip_of: word('ip_of', IpOf),
    user_agent: text(
      'user_agent',
      'User agent as sent; attacker-controlled. Kept to 1024 characters.',
      'Mozilla/5.0 (X11; Linux x86_64)',
      'the observer of the request',
    ),
    device_id: text(
      'device_id',
      'Stable id of the device.',
      'device_9',
      'producers that know devices',
    ),
    client_fingerprint: text(
      'client_fingerprint',
      'TLS client fingerprint, e.g. JA4.',
      't13d1516h2_8daaf6152771_02713d6af862',
      'gateways',
    ),
    auth_method: text(
      'auth_method',
      'How the subject authenticated.',
      'password',
      'provider feeds',
    ),
    organization_id: text(
      'organization_id',
      'Organization within the instance.',
      'org_01J',
      'provider feeds',
    ),
    connection_id: text(
      'connection_id',
      'SSO connection or directory it came through.',
      'conn_01J',
      'provider feeds',
    ),
    application_id: text(
      'application_id',
      'Application or resource that was used.',
      'billing',
      'gateways and applications',
    ),
    grant_id: text(
      'grant_id',
      'Consent or agent grant it rests on.',
      'grant_01J',
      'provider feeds',
    ),
    expires_at: time('expires_at', 'When the session ends by itself.', 'provider feeds'),
    token: part(
      Token,
      'Facts about the token that was issued or presented. Filled by: providers and gateways.',
    ),
    initiator: part(Initiator, 'Who made it happen. Filled by: provider feeds.'),
    reason: text(
      'reason',
      "Why, in the source's words. Kept to 512 characters.",
      'password forgotten',
      'provider feeds',
    ),
    outcome: part(
      Use,
      'How a use ended. Observer is application when absent. Filled by: gateways, applications, provider feeds.',
    ),
    scope: part(
      Scope,
      'The scope of a cause. Each type has a default; a source may narrow it, never widen it. Filled by: sources whose causes have a narrower scope.',
    ),
    place: part(
      Place,
      'Place of the client. It takes precedence over our look-up, and the row records its source. Filled by: sources with better data.',
    ),
    network: part(
      Network,
      'Network of the client. It takes precedence over our look-up, and the row records its source. Filled by: sources with better data.',
    ),
  },
  {
    ...open,
    ...whatTypesNeed(),
    $id: 'session-event.v1',
    title: 'Session event, version 1',
    description: `Something that happened to a session, or to what entitles it. One event is one message: a JSON object of at most 256 KiB in UTF-8, of which 32 levels are read. The key of a Kafka message is the subject's id, so that all events of a subject are read in order; where an event names no subject, its session's id. null, "" and text of nothing but white space mean the same as leaving a field out. Unknown fields are counted and ignored. See docs/session-events.md.`,
    examples: Object.values(sessionEventExamples),
  },
)

/** What a producer writes that leaves out what it does not know. */
export type SessionEventV1 = Said<Static<typeof SessionEventV1>>
type Said<Value> = Value extends object
  ? { [Key in keyof Value]: Said<Exclude<Value[Key], null>> }
  : Value
