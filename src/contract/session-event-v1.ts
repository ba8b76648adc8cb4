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

const id = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: idLengthMax, description, examples: [example] })
const text = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: textLengthMax, description, examples: [example] })
const time = (description: string, example = '2026-11-03T09:12:44.120Z') =>
  Type.String({
    minLength: 20,
    maxLength: 40,
    format: 'date-time',
    description: `${description} RFC 3339 with an offset; kept to the millisecond.`,
    examples: [example],
  })
const open = { additionalProperties: true } as const

const Session = Type.Object(
  {
    id: id(
      "The identity provider's own id of the session. Filled by: whoever saw the session.",
      'session_01JBX',
    ),
    kind: Type.Optional(SessionKind),
    created_at: Type.Optional(
      time(
        'When the session began, as its identity provider says; may come on any event of it. Filled by: provider feeds.',
      ),
    ),
  },
  {
    ...open,
    description:
      'The session it happened to. Absent on causes that name a wider scope. Kind is online when absent.',
  },
)

const Subject = Type.Object(
  {
    id: id("The identity provider's id of the subject. Filled by: the producer.", 'user_01JBX'),
    kind: Type.Optional(SubjectKind),
    email: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 320,
        description:
          'E-mail address, shown to responders only. Filled by: the producer, when it knows.',
        examples: ['ada@example.com'],
      }),
    ),
    on_behalf_of: Type.Optional(
      id(
        'For an agent: the id of the subject that delegated to it. Filled by: providers that know delegation.',
        'user_01JBY',
      ),
    ),
  },
  {
    ...open,
    description: 'Whose session it is. The whole subject may be absent. Kind is user when absent.',
  },
)

const Token = Type.Object(
  {
    id: Type.Optional(
      id(
        'Id of the token (jti), never the token itself. Filled by: the provider or gateway.',
        'tok-7',
      ),
    ),
    family: Type.Optional(id('Id shared by all tokens that descend from one grant.', 'fam-3')),
    ordinal: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 4294967295,
        description: 'Place in its family, counted from 0 at each rotation.',
        examples: [4],
      }),
    ),
    kind: Type.Optional(TokenKind),
    issued_at: Type.Optional(time('When it was issued.')),
    expires_at: Type.Optional(time('Until when it is accepted where it is checked offline.')),
  },
  { ...open, description: 'Facts about the token that was issued or presented.' },
)

const Initiator = Type.Object(
  {
    kind: InitiatorKind,
    id: Type.Optional(id('Who started it.', 'user_01JBZ')),
    client_id: Type.Optional(
      id(
        'The API client it was done through; Curfew recognises its own revocations by it.',
        'client_01J',
      ),
    ),
    session_id: Type.Optional(
      id('The session from which it was done; it may be exempt from the cause.', 'session_01JBY'),
    ),
  },
  { ...open, description: 'Who made it happen. Filled by: provider feeds.' },
)

const Use = Type.Object(
  {
    result: Outcome,
    status: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 999,
        description: 'HTTP status of the answer.',
        examples: [200],
      }),
    ),
    refusal_reason: Type.Optional(RefusalReason),
    observer: Type.Optional(Observer),
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
    id: Type.Optional(
      id(
        'Which connection, directory, device or grant; unused for the scopes of session and subject, which the event itself names.',
        'conn_01J',
      ),
    ),
  },
  {
    ...open,
    description:
      'How far a cause reaches. Each cause class has a default; a source may narrow it, never widen it.',
  },
)

const Place = Type.Object(
  {
    country: Type.String({
      pattern: '^[A-Z]{2}$',
      description: 'ISO 3166-1 alpha-2.',
      examples: ['PL'],
    }),
    region: Type.Optional(text('ISO 3166-2 subdivision or its name.', 'Mazowieckie')),
    city: Type.Optional(text('City.', 'Warsaw')),
    latitude: Type.Optional(
      Type.Number({ minimum: -90, maximum: 90, description: 'Degrees north.', examples: [52.23] }),
    ),
    longitude: Type.Optional(
      Type.Number({ minimum: -180, maximum: 180, description: 'Degrees east.', examples: [21.01] }),
    ),
    accuracy_km: Type.Optional(
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
      'Where it came from, as the source says. Wins over our look-up, and the row says so.',
  },
)

const Network = Type.Object(
  {
    asn: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4294967295,
        description: 'Autonomous system number.',
        examples: [64496],
      }),
    ),
    name: Type.Optional(text('Operator.', 'Example Telecom')),
    class: Type.Optional(NetworkClass),
  },
  { ...open, description: 'The network it came from, as the source says. Wins over our look-up.' },
)

/**
 * `session-event.v1`: what producers send. Closed where Curfew decides (types, kinds, outcomes), open
 * to additional fields, which are counted and ignored. Presence rules that a schema cannot say
 * simply: session.* needs `session`; session.used needs `outcome`; a cause needs `subject`,
 * `session` or a `scope` with an id.
 */
export const SessionEventV1 = Type.Object(
  {
    version: Type.Literal(1, { description: 'Version of this contract.' }),
    id: id(
      "The source's own id of the event; the same on every channel it comes by. Filled by: the producer.",
      'event_01JBX',
    ),
    type: EventType,
    occurred_at: time("When it happened, by the source's clock. Filled by: the producer."),
    tenant: Type.Optional(
      id("Only for sources trusted to name it; else it must equal the source's binding.", 'acme'),
    ),
    instance: Type.Optional(id('As tenant.', 'keycloak-main')),
    session: Type.Optional(Session),
    subject: Type.Optional(Subject),
    ip: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 45,
        description: 'Address of the client, IPv4 or IPv6. Filled by: whoever saw the request.',
        examples: ['203.0.113.9'],
      }),
    ),
    user_agent: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: userAgentLengthMax,
        description: 'User agent as sent; attacker-controlled.',
        examples: ['Mozilla/5.0 (X11; Linux x86_64)'],
      }),
    ),
    device_id: Type.Optional(id('Stable id of the device, when there is one.', 'device_9')),
    client_fingerprint: Type.Optional(
      id(
        'Fingerprint of the TLS client, e.g. JA4. Filled by: gateways.',
        't13d1516h2_8daaf6152771_02713d6af862',
      ),
    ),
    auth_method: Type.Optional(id('How the subject authenticated.', 'password')),
    organization_id: Type.Optional(id('Organization within the instance.', 'org_01J')),
    connection_id: Type.Optional(
      id('SSO connection or directory the session came through.', 'conn_01J'),
    ),
    application_id: Type.Optional(id('Application or resource that was used.', 'billing')),
    grant_id: Type.Optional(id('Consent or agent grant the session rests on.', 'grant_01J')),
    expires_at: Type.Optional(time('When the session ends by itself. Filled by: provider feeds.')),
    token: Type.Optional(Token),
    initiator: Type.Optional(Initiator),
    reason: Type.Optional(text("Why, in the source's words.", 'password forgotten')),
    outcome: Type.Optional(Use),
    scope: Type.Optional(Scope),
    place: Type.Optional(Place),
    network: Type.Optional(Network),
  },
  {
    ...open,
    $id: 'session-event.v1',
    title: 'Session event, version 1',
    description: 'Something that happened to a session, or to what entitles it.',
  },
)
export type SessionEventV1 = Static<typeof SessionEventV1>
