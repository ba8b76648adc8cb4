import fc from 'fast-check'
import type { EventField } from '../../src/contract/event-fields.ts'
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
} from '../../src/contract/event-words.ts'

/** A JSON object whose fields are not known. */
export type Json = { readonly [name: string]: unknown }

/** RFC 3339 in all its spellings, within years that the historical lane takes. */
export const anyTime: fc.Arbitrary<string> = fc
  .record({
    at: fc.date({
      min: new Date('2000-01-02T00:00:00Z'),
      max: new Date('2280-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
    fraction: fc.option(fc.stringMatching(/^\d{1,9}$/)),
    zone: fc.oneof(
      fc.constantFrom('Z', 'z'),
      fc.stringMatching(/^[+-](?:0\d|1\d|2[0-3]):[0-5]\d$/),
    ),
    t: fc.constantFrom('T', 't'),
  })
  .map(({ at, fraction, zone, t }) => {
    const [day = '', rest = ''] = at.toISOString().split('T')
    return `${day}${t}${rest.slice(0, 8)}${fraction === null ? '' : `.${fraction}`}${zone}`
  })

const text = (maxLength: number) =>
  fc
    .string({ minLength: 1, maxLength, unit: 'binary' })
    .filter((each) => each.trim() !== '' && each.length <= maxLength)
const id = text(256)
const word = ({ anyOf }: { readonly anyOf: readonly { readonly const: string }[] }) =>
  fc.constantFrom(...anyOf.map((each) => each.const))
const number = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((each) => each + 0)
const count = (min: number, max: number) => fc.integer({ min, max })

/** For every field of the contract what a producer may rightly say. */
export const rightValues: { readonly [Field in EventField]: fc.Arbitrary<unknown> } = {
  version: fc.constant(1),
  id,
  type: word(EventType),
  occurred_at: anyTime,
  tenant: fc.constant('acme'),
  instance: fc.constant('keycloak-main'),
  'session.id': id,
  'session.kind': word(SessionKind),
  'session.created_at': anyTime,
  'subject.id': id,
  'subject.kind': word(SubjectKind),
  'subject.email': text(150).map((name) => `${name}@example.com`),
  'subject.on_behalf_of': id,
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  ip_of: word(IpOf),
  user_agent: text(1024),
  device_id: id,
  client_fingerprint: id,
  auth_method: id,
  organization_id: id,
  connection_id: id,
  application_id: id,
  grant_id: id,
  expires_at: anyTime,
  'token.id': id,
  'token.family': id,
  'token.ordinal': count(0, 4_294_967_295),
  'token.kind': word(TokenKind),
  'token.issued_at': anyTime,
  'token.expires_at': anyTime,
  'initiator.kind': word(InitiatorKind),
  'initiator.id': id,
  'initiator.client_id': id,
  'initiator.session_id': id,
  reason: text(512),
  'outcome.result': word(Outcome),
  'outcome.status': count(0, 999),
  'outcome.refusal_reason': word(RefusalReason),
  'outcome.observer': word(Observer),
  'scope.kind': word(ScopeKind),
  'scope.id': id,
  'place.country': fc.constantFrom('PL', 'DE', 'JP', 'GB', 'XK'),
  'place.region': text(512),
  'place.city': text(512),
  'place.latitude': number(-90, 90).filter((degrees) => degrees !== 0),
  'place.longitude': number(-180, 180),
  'place.accuracy_km': number(0, 20_040),
  'network.asn': count(1, 4_294_967_295),
  'network.name': text(512),
  'network.class': word(NetworkClass),
}

const always = ['version', 'id', 'type', 'occurred_at'] as const

/** Any event of the contract with all that its type needs, of its own tenant or of none said. */
export const anyEventV1: fc.Arbitrary<Json> = fc
  .record(rightValues, { requiredKeys: [...always], noNullPrototype: true })
  .map((fields) => complete(nested(fields)))

/** `{ 'session.id': 's' }` → `{ session: { id: 's' } }` */
export function nested(fields: Json): Json {
  const json: { [name: string]: unknown } = {}
  for (const [path, value] of Object.entries(fields)) {
    const [part = '', name] = path.split('.')
    json[part] = name === undefined ? value : { ...Object(json[part]), [name]: value }
  }
  return json
}

/** The event with one field set: a value, or nothing. */
export function withField(json: Json, path: string, value: unknown): Json {
  const [part = '', name] = path.split('.')
  return { ...json, [part]: name === undefined ? value : { ...Object(json[part]), [name]: value } }
}

/** What every type needs, so that any type may be put there. */
function complete(json: Json): Json {
  return {
    ...json,
    session: { id: 's', ...Object(json.session) },
    subject: { id: 'u', ...Object(json.subject) },
    organization_id: json.organization_id ?? 'o',
    connection_id: json.connection_id ?? 'c',
    device_id: json.device_id ?? 'd',
    grant_id: json.grant_id ?? 'g',
    outcome: { result: 'accepted', ...Object(json.outcome) },
    ...(json.place === undefined ? {} : { place: { country: 'PL', ...Object(json.place) } }),
    ...(json.scope === undefined ? {} : { scope: { kind: 'session', ...Object(json.scope) } }),
  }
}
