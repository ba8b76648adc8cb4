import type { SessionEvent } from '../../contract/event.ts'
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
} from '../../contract/event-words.ts'
import { textLengthMax, userAgentLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../fields.ts'
import {
  fieldsOf,
  isShorter,
  note,
  optionalAddress,
  optionalFields,
  optionalId,
  optionalNumber,
  optionalText,
  optionalTime,
  optionalWord,
  requiredId,
  requiredText,
  requiredTime,
  requiredWord,
  resultOf,
  wordsOf,
} from '../fields.ts'
import type { Format, Reading, ReadResult } from '../format.ts'
import { examples } from '../session-event-v1-examples.ts'

/**
 * Our own contract, read by hand: the schema of the contract says the same and is the oracle of
 * the tests, but converting a field proves its shape, so nothing is looked at twice.
 */
export const format: Format = {
  id: 'session-event-v1',
  title: 'Session event, version 1',
  claims: (json) => fieldsOf(json),
  read,
  examples,
}

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const from = fieldsOf(json)
  if (from.version === undefined) {
    return { reason: 'missing_field', detail: 'version is missing' }
  }
  if (from.version !== 1) return { reason: 'unknown_version', detail: 'version must be 1' }
  draft.nativeId = requiredId(from.id, 'id', reading)
  const type = requiredWord(from.type, eventTypes, 'type', reading)
  if (type !== '') draft.type = type
  draft.occurredAt = requiredTime(from.occurred_at, 'occurred_at', reading)
  optionalId(from.tenant, 'tenant', reading)
  optionalId(from.instance, 'instance', reading)
  readSession(from, draft, reading)
  readSubject(from, draft, reading)
  readClient(from, draft, reading)
  readAttributes(from, draft, reading)
  if (from.token !== undefined) readToken(from.token, draft, reading)
  if (from.initiator !== undefined) readInitiator(from.initiator, draft, reading)
  if (from.outcome !== undefined) readOutcome(from.outcome, draft, reading)
  if (from.scope !== undefined) readScope(from.scope, draft, reading)
  if (from.place !== undefined) readPlace(from.place, draft, reading)
  if (from.network !== undefined) readNetwork(from.network, draft, reading)
  // All but the version were taken by a reader; what is left nobody knows, at whatever depth.
  draft.unknownFields = reading.fields - reading.taken - 1
  return resultOf(reading)
}

function readSession(from: Fields, draft: SessionEvent, reading: Reading): void {
  if (from.session === undefined) return
  const session = optionalFields(from.session, 'session', reading)
  draft.sessionId = requiredId(session.id, 'session.id', reading)
  draft.sessionKind = optionalWord(session.kind, sessionKinds, 'session.kind', reading) || 'online'
  draft.sessionCreatedAt = optionalTime(session.created_at, 'session.created_at', reading)
}

function readSubject(from: Fields, draft: SessionEvent, reading: Reading): void {
  if (from.subject === undefined) return
  const subject = optionalFields(from.subject, 'subject', reading)
  draft.subjectId = requiredId(subject.id, 'subject.id', reading)
  draft.subjectKind = optionalWord(subject.kind, subjectKinds, 'subject.kind', reading) || 'user'
  draft.onBehalfOf = optionalId(subject.on_behalf_of, 'subject.on_behalf_of', reading)
  draft.subjectEmail = optionalText(subject.email, 'subject.email', 320, reading)
  if (draft.subjectEmail !== '' && isShorter(draft.subjectEmail, 3)) {
    note(reading, 'out_of_bounds', 'subject.email must have 3 to 320 characters')
  }
}

/** What the client that was seen tells about itself. */
function readClient(from: Fields, draft: SessionEvent, reading: Reading): void {
  draft.ip = optionalAddress(from.ip, 'ip', reading)
  draft.userAgent = optionalText(from.user_agent, 'user_agent', userAgentLengthMax, reading)
  draft.deviceId = optionalId(from.device_id, 'device_id', reading)
  draft.clientFingerprint = optionalId(from.client_fingerprint, 'client_fingerprint', reading)
}

function readAttributes(from: Fields, draft: SessionEvent, reading: Reading): void {
  draft.authMethod = optionalId(from.auth_method, 'auth_method', reading)
  draft.organizationId = optionalId(from.organization_id, 'organization_id', reading)
  draft.connectionId = optionalId(from.connection_id, 'connection_id', reading)
  draft.applicationId = optionalId(from.application_id, 'application_id', reading)
  draft.grantId = optionalId(from.grant_id, 'grant_id', reading)
  draft.expiresAt = optionalTime(from.expires_at, 'expires_at', reading)
  draft.reason = optionalText(from.reason, 'reason', textLengthMax, reading)
}

function readToken(value: unknown, draft: SessionEvent, reading: Reading): void {
  const token = optionalFields(value, 'token', reading)
  draft.tokenId = optionalId(token.id, 'token.id', reading)
  draft.tokenFamily = optionalId(token.family, 'token.family', reading)
  draft.tokenOrdinal = optionalNumber(token.ordinal, 'token.ordinal', ordinals, reading)
  draft.tokenKind = optionalWord(token.kind, tokenKinds, 'token.kind', reading)
  draft.tokenIssuedAt = optionalTime(token.issued_at, 'token.issued_at', reading)
  draft.tokenExpiresAt = optionalTime(token.expires_at, 'token.expires_at', reading)
}

function readInitiator(value: unknown, draft: SessionEvent, reading: Reading): void {
  const initiator = optionalFields(value, 'initiator', reading)
  draft.initiatorKind = requiredWord(initiator.kind, initiatorKinds, 'initiator.kind', reading)
  draft.initiatorId = optionalId(initiator.id, 'initiator.id', reading)
  draft.initiatorClient = optionalId(initiator.client_id, 'initiator.client_id', reading)
  draft.initiatorSessionId = optionalId(initiator.session_id, 'initiator.session_id', reading)
}

function readOutcome(value: unknown, draft: SessionEvent, reading: Reading): void {
  const use = optionalFields(value, 'outcome', reading)
  const why = use.refusal_reason
  draft.outcome = requiredWord(use.result, outcomes, 'outcome.result', reading)
  draft.outcomeStatus = optionalNumber(use.status, 'outcome.status', statuses, reading) ?? 0
  draft.refusalReason = optionalWord(why, refusalReasons, 'outcome.refusal_reason', reading)
  draft.observer = optionalWord(use.observer, observers, 'outcome.observer', reading)
  if (draft.observer === '') draft.observer = 'application'
}

function readScope(value: unknown, draft: SessionEvent, reading: Reading): void {
  const scope = optionalFields(value, 'scope', reading)
  draft.scopeKind = requiredWord(scope.kind, scopeKinds, 'scope.kind', reading)
  draft.scopeId = optionalId(scope.id, 'scope.id', reading)
}

function readPlace(value: unknown, draft: SessionEvent, reading: Reading): void {
  const place = optionalFields(value, 'place', reading)
  const country = requiredText(place.country, 'place.country', 2, reading)
  if (!countryCode.test(country)) {
    note(reading, 'out_of_bounds', 'place.country must be two capital letters')
  }
  draft.givenPlace = {
    country,
    region: optionalText(place.region, 'place.region', textLengthMax, reading),
    city: optionalText(place.city, 'place.city', textLengthMax, reading),
    latitude: optionalNumber(place.latitude, 'place.latitude', latitudes, reading),
    longitude: optionalNumber(place.longitude, 'place.longitude', longitudes, reading),
    accuracyKm: optionalNumber(place.accuracy_km, 'place.accuracy_km', kilometres, reading),
  }
}

function readNetwork(value: unknown, draft: SessionEvent, reading: Reading): void {
  const network = optionalFields(value, 'network', reading)
  draft.givenNetwork = {
    asn: optionalNumber(network.asn, 'network.asn', systems, reading) ?? 0,
    name: optionalText(network.name, 'network.name', textLengthMax, reading),
    class: optionalWord(network.class, networkClasses, 'network.class', reading),
  }
}

const eventTypes = wordsOf(EventType)
const sessionKinds = wordsOf(SessionKind)
const subjectKinds = wordsOf(SubjectKind)
const tokenKinds = wordsOf(TokenKind)
const initiatorKinds = wordsOf(InitiatorKind)
const outcomes = wordsOf(Outcome)
const refusalReasons = wordsOf(RefusalReason)
const observers = wordsOf(Observer)
const scopeKinds = wordsOf(ScopeKind)
const networkClasses = wordsOf(NetworkClass)

const ordinals = { min: 0, max: 4_294_967_295, whole: true }
const statuses = { min: 0, max: 999, whole: true }
const systems = { min: 1, max: 4_294_967_295, whole: true }
const latitudes = { min: -90, max: 90, whole: false }
const longitudes = { min: -180, max: 180, whole: false }
const kilometres = { min: 0, max: 20_040, whole: false }
const countryCode = /^[A-Z]{2}$/
