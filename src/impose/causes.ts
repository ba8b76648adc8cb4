import type { Cause, CauseClass } from '../contract/cause.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { EventType, ScopeKind } from '../contract/event-words.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'

/** Which class of cause an event tells. `session.*` and authentication events tell none. */
const classOf: { readonly [Type in EventType]?: CauseClass } = {
  'credential.reset': 'credential_reset',
  'credential.changed': 'credential_changed',
  'factor.changed': 'factor_changed',
  'subject.suspended': 'subject_suspended',
  'subject.offboarded': 'subject_offboarded',
  'membership.deactivated': 'membership_deactivated',
  'access.reduced': 'access_reduced',
  'directory.deactivated': 'directory_deactivated',
  'connection.deactivated': 'connection_deactivated',
  'grant.revoked': 'grant_revoked',
  'device.lost': 'device_lost',
}

/** Classes of change that a person makes while signed in; only these can exempt a session. */
const authenticated: ReadonlySet<CauseClass> = new Set<CauseClass>([
  'credential_changed',
  'factor_changed',
])

/** From narrow to wide; a source may only narrow what policy says. */
const width: { readonly [Kind in ScopeKind]: number } = {
  session: 0,
  device: 1,
  grant: 1,
  subject_organization: 2,
  subject: 3,
  connection: 4,
}

/** The cause an event tells, or undefined when it tells none. */
export function causeOfEvent(event: SessionEvent, policy: Policy): Cause | undefined {
  const causeClass = classOf[event.type]
  if (causeClass === undefined) return undefined
  const scopeKind = scopeOf(event, policy.causes[causeClass].scope)
  const exempts = authenticated.has(causeClass) && event.initiatorKind !== 'admin'
  return {
    tenant: event.tenant,
    instance: event.instance,
    causeId: identify('cause', event.tenant, event.instance, causeClass, event.id),
    class: causeClass,
    eventId: event.id,
    at: event.occurredAt,
    receivedAt: event.receivedAt,
    lane: event.lane,
    mayAct: event.mayAct,
    modeMax: 'enforce',
    scopeKind,
    scopeId: scopeIdOf(event, scopeKind),
    subjectRef: event.subjectRef,
    sessionKind: scopeKind === 'session' ? event.sessionKind : '',
    sessionId: scopeKind === 'session' ? event.sessionId : '',
    exemptSessionId: exempts ? event.initiatorSessionId || event.sessionId : '',
    initiatorKind: event.initiatorKind,
    initiatorId: event.initiatorId,
    reason: event.reason,
  }
}

/** The cause a promoted finding is: its one session, from the instant of what was seen. */
export function causeOfFinding(finding: Finding, told: SessionEvent): Cause {
  return {
    tenant: finding.tenant,
    instance: finding.instance,
    causeId: identify('cause', finding.tenant, finding.instance, 'finding', finding.findingId),
    class: 'finding',
    eventId: finding.findingId,
    at: finding.at,
    receivedAt: finding.receivedAt,
    lane: told.lane,
    mayAct: told.mayAct,
    modeMax: finding.mode === 'act' ? 'enforce' : 'approve',
    scopeKind: 'session',
    scopeId: '',
    subjectRef: finding.subjectRef,
    sessionKind: finding.sessionKind === '' ? 'online' : sessionKindOf(finding.sessionKind),
    sessionId: finding.sessionId,
    exemptSessionId: '',
    initiatorKind: 'system',
    initiatorId: finding.detector,
    reason: finding.why.slice(0, 512),
  }
}

/** The cause that a session accepted at its provider after its own expiry is. */
export function causeOfExpiry(event: SessionEvent, expiresAt: number): Cause {
  const { tenant, instance, sessionKind, sessionId } = event
  const about = [tenant, instance, sessionKind, sessionId, String(expiresAt)]
  return {
    tenant,
    instance,
    causeId: identify('cause', tenant, instance, 'session_expired', ...about),
    class: 'session_expired',
    eventId: event.id,
    at: expiresAt,
    receivedAt: event.receivedAt,
    lane: event.lane,
    mayAct: event.mayAct,
    modeMax: 'enforce',
    scopeKind: 'session',
    scopeId: '',
    subjectRef: event.subjectRef,
    sessionKind,
    sessionId,
    exemptSessionId: '',
    initiatorKind: 'system',
    initiatorId: '',
    reason: 'accepted after its own expiry',
  }
}

function scopeOf(event: SessionEvent, policyScope: ScopeKind): ScopeKind {
  if (event.scopeKind === '' || width[event.scopeKind] > width[policyScope]) return policyScope
  return event.scopeKind
}

function scopeIdOf(event: SessionEvent, scopeKind: ScopeKind): string {
  switch (scopeKind) {
    case 'session':
    case 'subject':
      return ''
    case 'subject_organization':
      return event.scopeId || event.organizationId
    case 'connection':
      return event.scopeId || event.connectionId
    case 'device':
      return event.scopeId || event.deviceId
    case 'grant':
      return event.scopeId || event.grantId
  }
}

function sessionKindOf(text: string): SessionEvent['sessionKind'] {
  return text === 'offline' || text === 'agent' ? text : 'online'
}
