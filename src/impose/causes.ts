import type { Cause, CauseClass } from '../contract/cause.ts'
import type { CauseFacts, SessionEvent } from '../contract/event.ts'
import { eventRules, scopeOf } from '../contract/event-rules.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'
import type { Recovery } from './recovery.ts'

/** Classes of change that a person makes while signed in; only these can exempt a session. */
const authenticated: ReadonlySet<CauseClass> = new Set<CauseClass>([
  'credential_changed',
  'factor_changed',
])

/**
 * The cause an event tells; undefined when it tells none, as `session.*` and sign-ins do. `recovery`
 * says that an authenticated change was none: whoever made it had not signed in before.
 */
export function causeOfEvent(
  event: CauseFacts,
  policy: Policy,
  recovery?: Recovery,
): Cause | undefined {
  const told = eventRules[event.type].cause
  if (told === undefined) return undefined
  const causeClass = recovery === undefined ? told.class : 'credential_reset'
  const { scopeKind, scopeId } = scopeOf(event, told, policy.causes[causeClass].scope)
  const flow = event.initiatorSessionId || event.sessionId
  // A recovery that spares the session of its flow is another cause than one that spares nobody.
  const variant = recovery?.exempts === 'flow' ? ['flow'] : []
  const exempts = authenticated.has(told.class) && event.initiatorKind !== 'admin'
  return {
    tenant: event.tenant,
    instance: event.instance,
    causeId: identify('cause', event.tenant, event.instance, causeClass, event.id, ...variant),
    class: causeClass,
    eventId: event.id,
    at: event.occurredAt,
    receivedAt: event.receivedAt,
    lane: event.lane,
    mayAct: event.mayAct,
    modeMax: 'enforce',
    scopeKind,
    scopeId,
    subjectRef: event.subjectRef,
    sessionKind: scopeKind === 'session' ? event.sessionKind : '',
    sessionId: scopeKind === 'session' ? event.sessionId : '',
    exemptSessionId: exempts && recovery?.exempts !== 'nobody' ? flow : '',
    flowSessionId: recovery === undefined ? '' : flow,
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
    flowSessionId: '',
    initiatorKind: 'system',
    initiatorId: finding.detector,
    reason: cut(finding.why, 512),
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
    // Events alone told the expiry and the use: who can write events could else end any session.
    // Once the provider's own list shows it, the enforcer tells the same cause and lets it act.
    mayAct: false,
    modeMax: 'enforce',
    scopeKind: 'session',
    scopeId: '',
    subjectRef: event.subjectRef,
    sessionKind,
    sessionId,
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: 'system',
    initiatorId: '',
    reason: 'accepted after its own expiry',
  }
}

/** At most so many units, never half a character: the store refuses a row that holds one. */
function cut(text: string, lengthMax: number): string {
  const half = (text.charCodeAt(lengthMax - 1) & 0xfc00) === 0xd800
  return text.slice(0, half ? lengthMax - 1 : lengthMax)
}

function sessionKindOf(text: string): SessionEvent['sessionKind'] {
  return text === 'offline' || text === 'agent' ? text : 'online'
}
