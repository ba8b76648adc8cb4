import type { Cause, ReplacedCause } from './cause.ts'
import type { Curfew } from './curfew.ts'
import type { Finding } from './finding.ts'

/**
 * Nouns → rows with explicit columns, for those that more than one stage writes: the table is the
 * contract between them. Pure; times as ISO text, which every JSON format takes.
 */
const iso = (ms: number): string => new Date(ms).toISOString()

export function causeRow(cause: Cause) {
  return {
    tenant: cause.tenant,
    instance: cause.instance,
    cause_id: cause.causeId,
    class: cause.class,
    event_id: cause.eventId,
    at: iso(cause.at),
    received_at: iso(cause.receivedAt),
    lane: cause.lane,
    may_act: cause.mayAct,
    mode_max: cause.modeMax,
    scope_kind: cause.scopeKind,
    scope_id: cause.scopeId,
    subject_ref: cause.subjectRef,
    session_kind: cause.sessionKind,
    session_id: cause.sessionId,
    exempt_session_id: cause.exemptSessionId,
    flow_session_id: cause.flowSessionId,
    initiator_kind: cause.initiatorKind,
    initiator_id: cause.initiatorId,
    reason: cause.reason,
  }
}

export function replacedCauseRow(replaced: ReplacedCause) {
  return {
    tenant: replaced.tenant,
    instance: replaced.instance,
    event_id: replaced.eventId,
    cause_id: replaced.causeId,
    by_cause_id: replaced.byCauseId,
    at: iso(replaced.at),
  }
}

export function curfewRow(curfew: Curfew) {
  return {
    tenant: curfew.tenant,
    instance: curfew.instance,
    curfew_id: curfew.curfewId,
    session_kind: curfew.sessionKind,
    session_id: curfew.sessionId,
    incarnation: curfew.incarnation,
    class: curfew.class,
    cause_id: curfew.causeId,
    cause_at: iso(curfew.causeAt),
    deadline_at: iso(curfew.deadlineAt),
    mode: curfew.mode,
    may_act: curfew.mayAct,
    certainty: curfew.certainty,
    scope_kind: curfew.scopeKind,
    subject_ref: curfew.subjectRef,
    found_by: curfew.foundBy,
    detected_at: iso(curfew.detectedAt),
  }
}

export function findingRow(finding: Finding) {
  return {
    tenant: finding.tenant,
    instance: finding.instance,
    finding_id: finding.findingId,
    version: finding.version,
    standing: finding.standing,
    detector: finding.detector,
    severity: finding.severity,
    mode: finding.mode,
    at: iso(finding.at),
    received_at: iso(finding.receivedAt),
    root_kind: finding.rootKind,
    root_id: finding.rootId,
    subject_ref: finding.subjectRef,
    session_kind: finding.sessionKind,
    session_id: finding.sessionId,
    why: finding.why,
    event_ids: finding.eventIds,
    facts: JSON.stringify(finding.facts),
    as_of: finding.asOf === null ? null : iso(finding.asOf),
  }
}
