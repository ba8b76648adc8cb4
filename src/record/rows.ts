import type { Entitlement, SignInSide } from '../contract/derived-facts.ts'
import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { Rejected } from '../contract/rejected.ts'

/** Nouns → rows with explicit columns. Pure; times as ISO text, which every JSON format takes. */

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

export function rejectedRow(rejected: Rejected) {
  return {
    tenant: rejected.tenant,
    instance: rejected.instance,
    source: rejected.source,
    partition: rejected.partition,
    offset: rejected.offset,
    received_at: iso(rejected.receivedAt),
    reason: rejected.reason,
    detail: rejected.detail,
    excerpt: rejected.excerpt,
    digest: rejected.digest,
    bytes: rejected.bytes,
  }
}

/** The plain form of what `events-block.ts` writes: the oracle in tests, and the bench's floor. */
export function eventRow({ event, place, network, device }: EnrichedEvent) {
  return {
    tenant: event.tenant,
    instance: event.instance,
    event_id: event.id,
    native_id: event.nativeId,
    type: event.type,
    occurred_at: iso(event.occurredAt),
    received_at: iso(event.receivedAt),
    lane: event.lane,
    may_act: event.mayAct,
    source: event.source,
    partition: event.partition,
    offset: event.offset,
    unknown_fields: event.unknownFields,
    session_kind: event.sessionId === '' ? '' : event.sessionKind,
    session_id: event.sessionId,
    session_created_at: isoOrNull(event.sessionCreatedAt),
    expires_at: isoOrNull(event.expiresAt),
    subject_ref: event.subjectRef,
    subject_kind: event.subjectRef === '' ? '' : event.subjectKind,
    on_behalf_of_ref: event.onBehalfOfRef,
    ip: event.ip,
    ip_of: event.ipOf,
    user_agent: event.userAgent,
    device_id: event.deviceId,
    client_fingerprint: event.clientFingerprint,
    auth_method: event.authMethod,
    organization_id: event.organizationId,
    connection_id: event.connectionId,
    application_id: event.applicationId,
    grant_id: event.grantId,
    ...tokenCells(event),
    ...actCells(event),
    ...lookupCells({ place, network, device }),
  }
}

function tokenCells(event: EnrichedEvent['event']) {
  return {
    token_id: event.tokenId,
    token_family: event.tokenFamily,
    token_ordinal: event.tokenOrdinal,
    token_kind: event.tokenKind,
    token_issued_at: isoOrNull(event.tokenIssuedAt),
    token_expires_at: isoOrNull(event.tokenExpiresAt),
  }
}

function actCells(event: EnrichedEvent['event']) {
  return {
    initiator_kind: event.initiatorKind,
    initiator_id: event.initiatorId,
    initiator_client: event.initiatorClient,
    initiator_session_id: event.initiatorSessionId,
    reason: event.reason,
    outcome: event.outcome,
    outcome_status: event.outcomeStatus,
    refusal_reason: event.refusalReason,
    observer: event.observer,
    scope_kind: event.scopeKind,
    scope_id: event.scopeId,
  }
}

function lookupCells({
  place,
  network,
  device,
}: Pick<EnrichedEvent, 'place' | 'network' | 'device'>) {
  return {
    place_state: place.state,
    country: place.country,
    region: place.region,
    city: place.city,
    latitude: place.latitude,
    longitude: place.longitude,
    accuracy_km: place.accuracyKm,
    place_said_by: place.saidBy,
    network_state: network.state,
    asn: network.asn,
    network_name: network.name,
    network_class: network.class,
    network_said_by: network.saidBy,
    device_state: device.state,
    browser: device.browser,
    os: device.os,
    device_type: device.type,
    agent_class: device.agentClass,
  }
}

/** One side of a sign-in that its provider reports in two events. */
export function signInRow(side: SignInSide) {
  return {
    tenant: side.tenant,
    instance: side.instance,
    subject_ref: side.subjectRef,
    at: iso(side.at),
    event_id: side.eventId,
    session_kind: side.sessionKind,
    session_id: side.sessionId,
    connection_id: side.connectionId,
    organization_id: side.organizationId,
    ip: side.ip,
    user_agent: side.userAgent,
  }
}

/** An entitlement of a subject from an instant on. */
export function entitlementRow(statement: Entitlement) {
  return {
    tenant: statement.tenant,
    instance: statement.instance,
    kind: statement.kind,
    scope_id: statement.scopeId,
    subject_ref: statement.subjectRef,
    at: iso(statement.at),
    event_id: statement.eventId,
    organization_id: statement.organizationId,
    held: statement.held,
    begins: statement.begins,
    lane: statement.lane,
    may_act: statement.mayAct,
    received_at: iso(statement.receivedAt),
  }
}
