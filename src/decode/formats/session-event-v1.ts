import type { SessionEvent } from '../../contract/event.ts'
import { eventRules } from '../../contract/event-rules.ts'
import type { ScopeKind } from '../../contract/event-words.ts'
import {
  EventType,
  InitiatorKind,
  IpOf,
  NetworkClass,
  Observer,
  Outcome,
  RefusalReason,
  ScopeKind as ScopeKindWords,
  SessionKind,
  SubjectKind,
  TokenKind,
} from '../../contract/event-words.ts'
import { textLengthMax, userAgentLengthMax } from '../../contract/session-event-v1.ts'
import {
  describingAsn,
  describingCountry,
  describingNumber,
  describingWord,
} from '../describing.ts'
import type { Fields } from '../fields.ts'
import {
  describingAddress,
  describingEmail,
  describingFields,
  describingId,
  describingText,
  describingTime,
  fieldsOf,
  isAbsent,
  isFields,
  leaveOut,
  note,
  nullableFields,
  nullableId,
  nullableWord,
  repeatedKey,
  requiredId,
  requiredTime,
  requiredWord,
  resultOf,
  wordsOf,
} from '../fields.ts'
import type { Format, Reading, ReadResult } from '../format.ts'
import { examples } from '../session-event-v1-examples.ts'
import { textAt } from '../subject-key.ts'

/**
 * Our own contract, read by hand, because converting a field proves its shape and nothing is looked at
 * twice. Which fields name and which describe stands in `contract/event-fields.ts`; the tests hold
 * this reader to it.
 */
export const format: Format = {
  id: 'session-event-v1',
  title: 'Session event, version 1',
  claims,
  subjectKey: (event) => textAt(event, keyPaths),
  isBare: ({ version }) => version !== undefined,
  read,
  examples,
}

const keyPaths = [
  ['subject', 'id'],
  ['session', 'id'],
] as const

/** An absent claim is none, in whichever way it says so. */
function claims(json: object) {
  const { tenant, instance } = fieldsOf(json)
  return {
    tenant: isAbsent(tenant) ? undefined : tenant,
    instance: isAbsent(instance) ? undefined : instance,
  }
}

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const from = fieldsOf(json)
  const { version } = from
  if (isAbsent(version)) return { reason: 'missing_field', detail: 'version is missing' }
  if (version === repeatedKey) {
    return { reason: 'duplicate_key', detail: 'version is there twice' }
  }
  if (version !== 1) return { reason: 'unknown_version', detail: 'version must be 1' }
  draft.nativeId = requiredId(from.id, 'id', reading)
  const type = requiredWord(from.type, eventTypes, 'type', reading)
  // What the other fields are needed for hangs on the type.
  if (type === '') return resultOf(reading)
  draft.type = type
  draft.occurredAt = requiredTime(from.occurred_at, 'occurred_at', reading)
  nullableId(from.tenant, 'tenant', reading)
  nullableId(from.instance, 'instance', reading)
  readSession(from, draft, reading)
  readSubject(from, draft, reading)
  readClient(from, draft, reading)
  readAttributes(from, draft, reading)
  readTies(from, draft, reading)
  if (from.token !== undefined) readToken(from.token, draft, reading)
  if (from.initiator !== undefined) readInitiator(from.initiator, draft, reading)
  readIpOf(from, draft, reading)
  if (from.outcome !== undefined) readOutcome(from.outcome, draft, reading)
  if (from.place !== undefined) readPlace(from.place, draft, reading)
  if (from.network !== undefined) readNetwork(from.network, draft, reading)
  // All but the version were taken by a reader; what is left nobody knows, at whatever depth.
  draft.unknownFields = reading.fields - reading.taken - 1
  return resultOf(reading)
}

function readSession(from: Fields, draft: SessionEvent, reading: Reading): void {
  if (from.session === undefined) return
  const session = nullableFields(from.session, 'session', reading)
  draft.sessionId = nullableId(session.id, 'session.id', reading)
  // Part of the session's name: an end of another kind must not prove this one dead.
  draft.sessionKind = nullableWord(session.kind, sessionKinds, 'session.kind', reading) || 'online'
  draft.sessionCreatedAt = describingTime(session.created_at, 'session.created_at', reading)
}

function readSubject(from: Fields, draft: SessionEvent, reading: Reading): void {
  if (from.subject === undefined) return
  const subject = nullableFields(from.subject, 'subject', reading)
  draft.subjectId = nullableId(subject.id, 'subject.id', reading)
  draft.subjectKind = describingWord(subject.kind, subjectKinds, 'subject.kind', reading) || 'user'
  draft.onBehalfOf = describingId(subject.on_behalf_of, 'subject.on_behalf_of', reading)
  draft.subjectEmail = describingEmail(subject.email, 'subject.email', reading)
}

/** What the client that was seen tells about itself. */
function readClient(from: Fields, draft: SessionEvent, reading: Reading): void {
  draft.ip = describingAddress(from.ip, 'ip', reading)
  draft.userAgent = describingText(from.user_agent, 'user_agent', userAgentLengthMax, reading)
  draft.clientFingerprint = describingId(from.client_fingerprint, 'client_fingerprint', reading)
}

function readAttributes(from: Fields, draft: SessionEvent, reading: Reading): void {
  draft.authMethod = describingId(from.auth_method, 'auth_method', reading)
  draft.applicationId = describingId(from.application_id, 'application_id', reading)
  draft.expiresAt = describingTime(from.expires_at, 'expires_at', reading)
  draft.reason = describingText(from.reason, 'reason', textLengthMax, reading)
}

/**
 * What a session hangs on describes it; what a cause reaches by is a name: with another one, or with
 * none, it would reach other sessions.
 */
function readTies(from: Fields, draft: SessionEvent, reading: Reading): void {
  const { cause } = eventRules[draft.type]
  const reach = cause?.scopes ?? noScopes
  if (from.scope !== undefined)
    readScope(from.scope, draft, { isCause: cause !== undefined, reading })
  const tie = (value: unknown, field: string, ...kinds: readonly ScopeKind[]): string => {
    if (value === undefined) return ''
    const isName =
      cause !== undefined && kinds.some((kind) => reach.includes(kind) || draft.scopeKind === kind)
    return isName ? nullableId(value, field, reading) : describingId(value, field, reading)
  }
  const { organization_id } = from
  draft.organizationId = tie(
    organization_id,
    'organization_id',
    'subject_organization',
    'organization',
  )
  draft.connectionId = tie(from.connection_id, 'connection_id', 'connection')
  draft.deviceId = tie(from.device_id, 'device_id', 'device')
  draft.grantId = tie(from.grant_id, 'grant_id', 'grant')
}

const noScopes: readonly ScopeKind[] = []

function readScope(
  value: unknown,
  draft: SessionEvent,
  { isCause, reading }: { readonly isCause: boolean; readonly reading: Reading },
): void {
  if (!isCause) {
    const scope = describingFields(value, 'scope', reading)
    draft.scopeKind = describingWord(scope.kind, scopeKinds, 'scope.kind', reading)
    draft.scopeId = describingId(scope.id, 'scope.id', reading)
    return
  }
  const scope = nullableFields(value, 'scope', reading)
  draft.scopeKind = nullableWord(scope.kind, scopeKinds, 'scope.kind', reading)
  draft.scopeId = nullableId(scope.id, 'scope.id', reading)
  if (draft.scopeKind === '' && draft.scopeId !== '') {
    note(reading, 'missing_field', 'scope.kind is missing; scope.id needs it')
  }
}

function readToken(value: unknown, draft: SessionEvent, reading: Reading): void {
  const token = describingFields(value, 'token', reading)
  draft.tokenId = describingId(token.id, 'token.id', reading)
  draft.tokenFamily = describingId(token.family, 'token.family', reading)
  draft.tokenOrdinal = describingNumber(token.ordinal, 'token.ordinal', ordinals, reading)
  draft.tokenKind = describingWord(token.kind, tokenKinds, 'token.kind', reading)
  draft.tokenIssuedAt = describingTime(token.issued_at, 'token.issued_at', reading)
  draft.tokenExpiresAt = describingTime(token.expires_at, 'token.expires_at', reading)
}

function readInitiator(value: unknown, draft: SessionEvent, reading: Reading): void {
  const initiator = describingFields(value, 'initiator', reading)
  draft.initiatorKind = describingWord(initiator.kind, initiatorKinds, 'initiator.kind', reading)
  draft.initiatorId = describingId(initiator.id, 'initiator.id', reading)
  draft.initiatorClient = describingId(initiator.client_id, 'initiator.client_id', reading)
  draft.initiatorSessionId = describingId(initiator.session_id, 'initiator.session_id', reading)
}

/**
 * An address comes from whoever made the event happen: somebody else's is not the subject's. Where
 * that cannot be read it may be anybody's.
 */
function readIpOf({ ip_of, initiator }: Fields, draft: SessionEvent, reading: Reading): void {
  const isUnread = isFields(initiator) ? !isAbsent(initiator.kind) : !isAbsent(initiator)
  const untold = isUnread ? 'unknown' : 'subject'
  const byKind = draft.initiatorKind === 'user' ? 'subject' : 'actor'
  const usual = draft.initiatorKind === '' ? untold : byKind
  const said = describingWord(ip_of, ipOwners, 'ip_of', reading)
  draft.ipOf = isAbsent(ip_of) ? usual : said || 'unknown'
}

/** Only a use has an outcome that means something; elsewhere it is read as far as it can be. */
function readOutcome(value: unknown, draft: SessionEvent, reading: Reading): void {
  const isNeeded = draft.type === 'session.used'
  const use = (isNeeded ? nullableFields : describingFields)(value, 'outcome', reading)
  const why = use.refusal_reason
  const readResult = isNeeded ? nullableWord : describingWord
  draft.outcome = readResult(use.result, outcomes, 'outcome.result', reading)
  draft.outcomeStatus = describingNumber(use.status, 'outcome.status', statuses, reading) ?? 0
  draft.refusalReason = describingWord(why, refusalReasons, 'outcome.refusal_reason', reading)
  draft.observer = describingWord(use.observer, observers, 'outcome.observer', reading)
  if (draft.observer === '' && draft.outcome !== '') draft.observer = 'application'
}

function readPlace(value: unknown, draft: SessionEvent, reading: Reading): void {
  const place = describingFields(value, 'place', reading)
  const latitude = describingNumber(place.latitude, 'place.latitude', latitudes, reading)
  const longitude = describingNumber(place.longitude, 'place.longitude', longitudes, reading)
  // What a serializer writes of coordinates that nobody set: a place at sea.
  const isUnset = latitude === 0 && longitude === 0
  const given = {
    country: describingCountry(place.country, 'place.country', reading),
    region: describingText(place.region, 'place.region', textLengthMax, reading),
    city: describingText(place.city, 'place.city', textLengthMax, reading),
    latitude: isUnset ? null : latitude,
    longitude: isUnset ? null : longitude,
    accuracyKm: describingNumber(place.accuracy_km, 'place.accuracy_km', kilometres, reading),
  }
  if (given.country !== '' || (given.latitude !== null && given.longitude !== null)) {
    draft.givenPlace = given
  } else if (given.city !== '' || given.region !== '') {
    // Of a city of that name there may be many: what the address says is worth more.
    leaveOut(reading, 'place.country')
  }
}

function readNetwork(value: unknown, draft: SessionEvent, reading: Reading): void {
  const network = describingFields(value, 'network', reading)
  const given = {
    asn: describingAsn(network.asn, 'network.asn', reading),
    name: describingText(network.name, 'network.name', textLengthMax, reading),
    class: describingWord(network.class, networkClasses, 'network.class', reading),
  }
  const isSaid = given.asn !== 0 || given.name !== '' || given.class !== ''
  draft.givenNetwork = isSaid ? given : null
}

const eventTypes = wordsOf(EventType)
const sessionKinds = wordsOf(SessionKind)
const subjectKinds = wordsOf(SubjectKind)
const tokenKinds = wordsOf(TokenKind)
const initiatorKinds = wordsOf(InitiatorKind)
const ipOwners = wordsOf(IpOf)
const outcomes = wordsOf(Outcome)
const refusalReasons = wordsOf(RefusalReason)
const observers = wordsOf(Observer)
const scopeKinds = wordsOf(ScopeKindWords)
const networkClasses = wordsOf(NetworkClass)

const ordinals = { min: 0, max: 4_294_967_295, whole: true }
const statuses = { min: 0, max: 999, whole: true }
const latitudes = { min: -90, max: 90, whole: false }
const longitudes = { min: -180, max: 180, whole: false }
const kilometres = { min: 0, max: 20_040, whole: false }
