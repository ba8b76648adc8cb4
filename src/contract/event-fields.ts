/**
 * The effect of an unusable value on an event of `session-event.v1`, per field. Ids are
 * strict, because a corrected id could be another one. A field that only describes is cut or left
 * out: the client chooses it, and must not be able to hide an event with it.
 *
 * The published schema and its page are generated from this table; tests check the reader against it.
 */
export const eventFields = {
  version: 'name',
  id: 'name',
  type: 'name',
  occurred_at: 'name',
  tenant: 'name',
  instance: 'name',
  'session.id': 'name',
  'session.kind': 'name',
  'session.created_at': 'description',
  'subject.id': 'name',
  'subject.kind': 'description',
  'subject.email': 'description',
  'subject.on_behalf_of': 'description',
  ip: 'description',
  ip_of: 'description',
  user_agent: 'text',
  device_id: 'reach',
  client_fingerprint: 'description',
  auth_method: 'description',
  organization_id: 'reach',
  connection_id: 'reach',
  application_id: 'description',
  grant_id: 'reach',
  expires_at: 'description',
  'token.id': 'description',
  'token.family': 'description',
  'token.ordinal': 'description',
  'token.kind': 'description',
  'token.issued_at': 'description',
  'token.expires_at': 'description',
  'initiator.kind': 'description',
  'initiator.id': 'description',
  'initiator.client_id': 'description',
  'initiator.session_id': 'description',
  reason: 'text',
  'outcome.result': 'use',
  'outcome.status': 'description',
  'outcome.refusal_reason': 'description',
  'outcome.observer': 'description',
  'scope.kind': 'cause',
  'scope.id': 'cause',
  'place.country': 'description',
  'place.region': 'text',
  'place.city': 'text',
  'place.latitude': 'description',
  'place.longitude': 'description',
  'place.accuracy_km': 'description',
  'network.asn': 'description',
  'network.name': 'text',
  'network.class': 'description',
} as const satisfies { readonly [path: string]: FieldKind }

/** Longest strings, in characters (code points). */
export const lengths = { idLengthMax: 256, textLengthMax: 512, userAgentLengthMax: 1024 } as const

export type EventField = keyof typeof eventFields

export type FieldKind = 'name' | 'reach' | 'cause' | 'use' | 'text' | 'description'

/** Each kind as a sentence, for the schema and the page. */
export const kindWords: { readonly [Kind in FieldKind]: string } = {
  name: 'An unusable value rejects the event.',
  reach:
    'An unusable value is left out; on a cause whose scope needs it, it rejects the event instead.',
  cause: 'An unusable value is left out; on a cause it rejects the event instead.',
  use: 'An unusable value is left out; on session.used it rejects the event instead.',
  text: 'A text that is too long is cut; any other type is left out.',
  description: 'An unusable value is left out.',
}
