/**
 * What becomes of an event of `session-event.v1` when a field holds what cannot be used. Names are
 * strict, because a name that is mended could be somebody else's. What only describes is cut or left
 * out: who signs in chooses it, and must not be able to choose one with which the event goes unseen.
 *
 * The published schema and its page say the same from this table, and the tests hold the reader to it.
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

/** Each kind in words, for the schema and the page. */
export const kindWords: { readonly [Kind in FieldKind]: string } = {
  name: 'What cannot be used rejects the event.',
  reach:
    'What cannot be used is left out; on a cause that reaches by it, it rejects the event instead.',
  cause: 'What cannot be used is left out; on a cause it rejects the event instead.',
  use: 'What cannot be used is left out; on session.used it rejects the event instead.',
  text: 'What is too long is cut; what is no text is left out.',
  description: 'What cannot be used is left out.',
}
