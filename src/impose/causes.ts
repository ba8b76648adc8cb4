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
 * The cause of an event; undefined for none, as for `session.*` and sign-ins. `recovery` says that
 * an authenticated change was a recovery: its author had not signed in before.
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
  // A recovery that exempts its flow's session is another cause than one without exemption.
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

/**
 * The cause that a promoted finding is, from the instant of what was found: it condemns the session that
 * the finding names, else all sessions of its root. Undefined where the root reaches no session.
 */
export function causeOfFinding(
  finding: Finding,
  { lane, mayAct }: Pick<SessionEvent, 'lane' | 'mayAct'>,
): Cause | undefined {
  const scope = scopeOfFinding(finding)
  if (scope === undefined) return undefined
  const { sessionId } = finding
  return {
    tenant: finding.tenant,
    instance: finding.instance,
    causeId: identify('cause', finding.tenant, finding.instance, 'finding', finding.findingId),
    class: 'finding',
    eventId: finding.findingId,
    at: finding.at,
    receivedAt: finding.receivedAt,
    lane,
    mayAct,
    // A finding that reaches more than one person's sessions is never more than a proposal.
    modeMax: finding.mode === 'act' && !scope.isWide ? 'enforce' : 'approve',
    scopeKind: scope.kind,
    scopeId: scope.id,
    subjectRef: finding.subjectRef,
    sessionKind: sessionId === '' ? '' : sessionKindOf(finding.sessionKind),
    sessionId,
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: 'system',
    initiatorId: finding.detector,
    reason: cut(finding.why, 512),
  }
}

/** Whether policy lets a finding impose. The findings of a lifecycle detector never have such a mode. */
export function isPromoted({ standing, mode }: Pick<Finding, 'standing' | 'mode'>): boolean {
  return standing && (mode === 'act' || mode === 'propose')
}

interface FindingScope {
  readonly kind: Cause['scopeKind']
  readonly id: string
  readonly isWide: boolean
}

/** A finding about a person condemns no more than the session that it names. */
function scopeOfFinding({ sessionId, rootKind, rootId }: Finding): FindingScope | undefined {
  if (sessionId !== '') return { kind: 'session', id: '', isWide: false }
  if (rootId === '') return undefined
  switch (rootKind) {
    case 'grant':
    case 'device':
      return { kind: rootKind, id: rootId, isWide: false }
    case 'connection':
    case 'organization':
      return { kind: rootKind, id: rootId, isWide: true }
    default:
      return undefined
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
    // Only events report the expiry and the use: a writer of events could otherwise end any
    // session. The enforcer appends the same cause with the right to act once the provider's own
    // list shows it.
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

/** At most so many units, never half a character, which the store would refuse. */
function cut(text: string, lengthMax: number): string {
  const half = (text.charCodeAt(lengthMax - 1) & 0xfc00) === 0xd800
  return text.slice(0, half ? lengthMax - 1 : lengthMax)
}

function sessionKindOf(text: string): SessionEvent['sessionKind'] {
  return text === 'offline' || text === 'agent' ? text : 'online'
}
