import type { Evidence, ListedSession, Listing } from '../../contract/evidence.ts'
import type { OrderStep } from '../../contract/order-step.ts'

/** Nouns → rows of the tables that the enforcer writes. Pure; times as ISO text. */

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

export function stepRow(step: OrderStep) {
  return {
    tenant: step.tenant,
    instance: step.instance,
    order_id: step.orderId,
    epoch: step.epoch,
    seq: step.seq,
    state: step.state,
    at: iso(step.at),
    session_kind: step.sessionKind,
    session_id: step.sessionId,
    incarnation: step.incarnation,
    subject_ref: step.subjectRef,
    curfew_ids: step.curfewIds,
    cause_ids: step.causeIds,
    reason: step.reason,
    attempt: step.attempt,
    next_attempt_at: isoOrNull(step.nextAttemptAt),
    provider: step.provider,
    request_id: step.requestId,
    status: step.status,
    also_ends: step.alsoEnds,
    actor: step.actor,
  }
}

export function evidenceRow(evidence: Evidence) {
  return {
    tenant: evidence.tenant,
    instance: evidence.instance,
    evidence_id: evidence.evidenceId,
    session_kind: evidence.sessionKind,
    session_id: evidence.sessionId,
    incarnation: evidence.incarnation,
    level: evidence.level,
    means: evidence.means,
    at: iso(evidence.at),
    order_id: evidence.orderId,
    listing_id: evidence.listingId,
    detail: evidence.detail,
  }
}

export function listingRow(listing: Listing) {
  return {
    tenant: listing.tenant,
    instance: listing.instance,
    subject_ref: listing.subjectRef,
    listing_id: listing.listingId,
    started_at: iso(listing.startedAt),
    finished_at: iso(listing.finishedAt),
    complete: listing.complete,
    sessions: listing.sessions.length,
  }
}

/** A list is valid for the instant at which it began. */
export function listedRow(listing: Listing, session: ListedSession, subjectRef: string) {
  return {
    tenant: listing.tenant,
    instance: listing.instance,
    subject_ref: subjectRef,
    listing_id: listing.listingId,
    session_kind: session.kind,
    session_id: session.id,
    listed_at: iso(listing.startedAt),
    created_at: isoOrNull(session.createdAt),
    last_used_at: isoOrNull(session.lastUsedAt),
    expires_at: isoOrNull(session.expiresAt),
    ip: session.ip,
    user_agent: session.userAgent,
    organization_id: session.organizationId,
  }
}

/** The ties that a listing shows of a session. */
export function listedEdgeRows(listing: Listing, session: ListedSession) {
  const { organizationId, connectionId, deviceId, grantId } = session
  const ties = {
    organization: organizationId,
    connection: connectionId,
    device: deviceId,
    grant: grantId,
  }
  return Object.entries(ties)
    .filter(([, value]) => value !== '')
    .map(([edge, value]) => ({
      tenant: listing.tenant,
      instance: listing.instance,
      edge,
      value,
      session_kind: session.kind,
      session_id: session.id,
      first_seen_at: iso(listing.startedAt),
    }))
}

/**
 * The principal of an agent session that a list shows. Written to the folded sessions, since rows
 * of lists lack the column; its other columns change nothing there.
 */
export function listedPrincipalRow(listing: Listing, session: ListedSession, ref: string) {
  return {
    tenant: listing.tenant,
    instance: listing.instance,
    session_kind: session.kind,
    session_id: session.id,
    on_behalf_of_ref: ref,
    first_seen_at: iso(session.createdAt ?? listing.startedAt),
    last_seen_at: iso(listing.startedAt),
    updated_at: iso(listing.startedAt),
  }
}
