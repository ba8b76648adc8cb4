import type { Static } from 'typebox'
import { Type } from 'typebox'
import {
  EventType,
  InitiatorKind,
  NetworkClass,
  Observer,
  Outcome,
  RefusalReason,
  ScopeKind,
  SessionKind,
  SubjectKind,
  TokenKind,
} from './event-words.ts'

/** Longest strings, in code points. A longer one is rejected, never cut: cut ids collide. */
export const idLengthMax = 256
export const textLengthMax = 512
export const userAgentLengthMax = 1024

/** What a field means, and who fills it in where that is not whoever sends the event. */
const told = (description: string, by: string) =>
  by === '' ? description : `${description} Filled by: ${by}.`
const id = (description: string, example: string, by = '') =>
  Type.String({
    minLength: 1,
    maxLength: idLengthMax,
    description: told(description, by),
    examples: [example],
  })
const text = (description: string, example: string, by = '') =>
  Type.String({
    minLength: 1,
    maxLength: textLengthMax,
    description: told(description, by),
    examples: [example],
  })
const time = (description: string, by = '') =>
  Type.String({
    minLength: 20,
    maxLength: 40,
    format: 'date-time',
    description: told(`${description} RFC 3339 with an offset; kept to the millisecond.`, by),
    examples: ['2026-11-03T09:12:44.120Z'],
  })
const maybe = Type.Optional
const open = { additionalProperties: true } as const

const Session = Type.Object(
  {
    id: id("The identity provider's own id of the session.", 'session_01JBX'),
    kind: maybe(SessionKind),
    created_at: maybe(
      time('When it began, as its identity provider says; on any event of it.', 'provider feeds'),
    ),
  },
  {
    ...open,
    description:
      'The session it happened to. Absent on causes that name a wider scope. Kind is online when absent. Filled by: whoever saw the session.',
  },
)

const Subject = Type.Object(
  {
    id: id("The identity provider's id of the subject.", 'user_01JBX'),
    kind: maybe(SubjectKind),
    email: maybe(
      Type.String({
        minLength: 3,
        maxLength: 320,
        description: told('E-mail address, shown to responders only.', 'producers that know it'),
        examples: ['ada@example.com'],
      }),
    ),
    on_behalf_of: maybe(
      id(
        'For an agent: the id of the subject that delegated to it.',
        'user_01JBY',
        'providers that know delegation',
      ),
    ),
  },
  {
    ...open,
    description:
      'Whose session it is. The whole subject may be absent. Kind is user when absent. Filled by: producers that know it.',
  },
)

const Token = Type.Object(
  {
    id: maybe(id('Id of the token (jti), never the token itself.', 'tok-7')),
    family: maybe(id('Id shared by all tokens that descend from one grant.', 'fam-3')),
    ordinal: maybe(
      Type.Integer({
        minimum: 0,
        maximum: 4294967295,
        description: 'Place in its family, counted from 0 at each rotation.',
        examples: [4],
      }),
    ),
    kind: maybe(TokenKind),
    issued_at: maybe(time('When it was issued.')),
    expires_at: maybe(time('Until when it is accepted where it is checked offline.')),
  },
  {
    ...open,
    description:
      'Facts about the token that was issued or presented. Filled by: providers and gateways.',
  },
)

const Initiator = Type.Object(
  {
    kind: InitiatorKind,
    id: maybe(id('Who started it.', 'user_01JBZ')),
    client_id: maybe(
      id('The API client it was done through; our own revocations are known by it.', 'client_01J'),
    ),
    session_id: maybe(
      id('The session from which it was done; it may be exempt from the cause.', 'session_01JBY'),
    ),
  },
  { ...open, description: 'Who made it happen. Filled by: provider feeds.' },
)

const Use = Type.Object(
  {
    result: Outcome,
    status: maybe(
      Type.Integer({
        minimum: 0,
        maximum: 999,
        description: 'HTTP status of the answer.',
        examples: [200],
      }),
    ),
    refusal_reason: maybe(RefusalReason),
    observer: maybe(Observer),
  },
  {
    ...open,
    description:
      'How a use ended. Required on session.used. Observer is application when absent. Filled by: gateways, applications, provider feeds.',
  },
)

const Scope = Type.Object(
  {
    kind: ScopeKind,
    id: maybe(
      id(
        'Which connection, directory, device or grant; unused for the scopes of session and subject, which the event itself names.',
        'conn_01J',
      ),
    ),
  },
  {
    ...open,
    description:
      'How far a cause reaches. Each cause class has a default; a source may narrow it, never widen it. Filled by: sources whose causes reach less far.',
  },
)

const Place = Type.Object(
  {
    country: Type.String({
      pattern: '^[A-Z]{2}$',
      description: 'ISO 3166-1 alpha-2.',
      examples: ['PL'],
    }),
    region: maybe(text('ISO 3166-2 subdivision or its name.', 'Mazowieckie')),
    city: maybe(text('City.', 'Warsaw')),
    latitude: maybe(
      Type.Number({ minimum: -90, maximum: 90, description: 'Degrees north.', examples: [52.23] }),
    ),
    longitude: maybe(
      Type.Number({ minimum: -180, maximum: 180, description: 'Degrees east.', examples: [21.01] }),
    ),
    accuracy_km: maybe(
      Type.Number({
        minimum: 0,
        maximum: 20040,
        description: 'Radius within which the truth lies, kilometres.',
        examples: [20],
      }),
    ),
  },
  {
    ...open,
    description:
      'Where it came from. Wins over our look-up, and the row says so. Filled by: sources that know better.',
  },
)

const Network = Type.Object(
  {
    asn: maybe(
      Type.Integer({
        minimum: 1,
        maximum: 4294967295,
        description: 'Autonomous system number.',
        examples: [64496],
      }),
    ),
    name: maybe(text('Operator.', 'Example Telecom')),
    class: maybe(NetworkClass),
  },
  {
    ...open,
    description:
      'The network it came from. Wins over our look-up, and the row says so. Filled by: sources that know better.',
  },
)

/**
 * `session-event.v1`: what producers send. Closed where Curfew decides (types, kinds, outcomes), open
 * to additional fields, which are counted and ignored. Presence rules that a schema cannot say
 * simply: session.* needs `session`; session.used needs `outcome`; a cause needs `subject`,
 * `session` or a `scope` with an id.
 */
export const SessionEventV1 = Type.Object(
  {
    version: Type.Literal(1, { description: 'Version of this contract.', examples: [1] }),
    id: id("The source's own id of the event; the same on every channel.", 'event_01JBX'),
    type: EventType,
    occurred_at: time("When it happened, by the source's clock."),
    tenant: maybe(
      id("Absent, or the tenant of the source's binding.", 'acme', 'sources trusted to name it'),
    ),
    instance: maybe(
      id('Absent, or the instance of it.', 'keycloak-main', 'sources trusted to name it'),
    ),
    session: maybe(Session),
    subject: maybe(Subject),
    ip: maybe(
      Type.String({
        minLength: 2,
        maxLength: 45,
        description: told('Address of the client, IPv4 or IPv6.', 'whoever saw the request'),
        examples: ['203.0.113.9'],
      }),
    ),
    user_agent: maybe(
      Type.String({
        minLength: 1,
        maxLength: userAgentLengthMax,
        description: told('User agent as sent; attacker-controlled.', 'whoever saw the request'),
        examples: ['Mozilla/5.0 (X11; Linux x86_64)'],
      }),
    ),
    device_id: maybe(id('Stable id of the device.', 'device_9', 'producers that know devices')),
    client_fingerprint: maybe(
      id('TLS client fingerprint, e.g. JA4.', 't13d1516h2_8daaf6152771_02713d6af862', 'gateways'),
    ),
    auth_method: maybe(id('How the subject authenticated.', 'password', 'provider feeds')),
    organization_id: maybe(id('Organization within the instance.', 'org_01J', 'provider feeds')),
    connection_id: maybe(
      id('SSO connection or directory it came through.', 'conn_01J', 'provider feeds'),
    ),
    application_id: maybe(
      id('Application or resource that was used.', 'billing', 'gateways and applications'),
    ),
    grant_id: maybe(id('Consent or agent grant it rests on.', 'grant_01J', 'provider feeds')),
    expires_at: maybe(time('When the session ends by itself.', 'provider feeds')),
    token: maybe(Token),
    initiator: maybe(Initiator),
    reason: maybe(text("Why, in the source's words.", 'password forgotten', 'provider feeds')),
    outcome: maybe(Use),
    scope: maybe(Scope),
    place: maybe(Place),
    network: maybe(Network),
  },
  {
    ...open,
    $id: 'session-event.v1',
    title: 'Session event, version 1',
    description: 'Something that happened to a session, or to what entitles it.',
    examples: [
      {
        version: 1,
        id: 'event_01JBX',
        type: 'session.used',
        occurred_at: '2026-11-03T09:12:44.120Z',
        session: { id: 'session_01JBX' },
        subject: { id: 'user_01JBX' },
        ip: '203.0.113.9',
        outcome: { result: 'accepted', observer: 'idp' },
      },
    ],
  },
)
export type SessionEventV1 = Static<typeof SessionEventV1>
