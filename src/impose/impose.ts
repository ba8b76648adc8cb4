import type { Cause } from '../contract/cause.ts'
import type { Condemn, Curfew, SessionLife } from '../contract/curfew.ts'
import type { Finding } from '../contract/finding.ts'
import type { Moment, SessionMemory } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { Now } from '../contract/ports.ts'
import { makeCauseMemory } from './cause-memory.ts'
import { causeOfEvent, causeOfExpiry, causeOfFinding } from './causes.ts'

/** What one batch imposes: causes for the store to hold, and the curfews already certain inline. */
export interface Imposed {
  readonly causes: readonly Cause[]
  readonly curfews: readonly Curfew[]
}

export type Impose = (moments: readonly Moment[], findings: readonly Finding[]) => Imposed

/**
 * Causes and promoted findings → curfews on the sessions they condemn, where memory already knows
 * them. This only hurries: the enforcer's sweep over the store reaches the same curfews with the
 * same ids, and everything memory cannot know (idle sessions, wide scopes, exemptions, reused ids)
 * is left to it.
 */
export function makeImpose({
  condemn,
  policy,
  now,
}: {
  readonly condemn: Condemn
  readonly policy: Policy
  readonly now: Now
}): Impose {
  const remembered = makeCauseMemory()
  return (moments, findings) => {
    const causes: Cause[] = []
    const curfews: Curfew[] = []
    const found = { by: 'inline', at: now() } as const
    const hold = (cause: Cause, session: SessionMemory) => {
      const life = lifeOf(session)
      const curfew = life && cause.exemptSessionId === '' ? condemn(cause, life, found) : undefined
      if (curfew && remembered.isNew(`${curfew.curfewId}${curfew.causeId}`)) curfews.push(curfew)
    }
    const tell = (cause: Cause | undefined) => {
      if (cause && remembered.isNew(cause.causeId)) causes.push(cause)
    }
    for (const moment of moments) {
      const cause = causeOfEvent(moment.event, policy) ?? expiredCause(moment, policy)
      if (cause) {
        tell(cause)
        remembered.keep(cause)
        for (const session of reached(cause, moment)) hold(cause, session)
      } else if (moment.session && moment.event.subjectRef !== '') {
        // The facts may have come the other way round: first the cause, then word of the session.
        for (const earlier of remembered.of(moment.event)) {
          if (within(earlier, moment.session)) hold(earlier, moment.session)
        }
      }
    }
    for (const finding of findings) tell(promoted(finding, moments))
    return { causes, curfews }
  }
}

/** Sessions of memory within the scope of a cause; wide scopes are the enforcer's. */
function reached(cause: Cause, moment: Moment): readonly SessionMemory[] {
  if (cause.scopeKind === 'session') return moment.session ? [moment.session] : []
  return (moment.subject?.sessions ?? []).filter((session) => within(cause, session))
}

function within(cause: Cause, session: SessionMemory): boolean {
  switch (cause.scopeKind) {
    case 'subject':
      return true
    case 'subject_organization':
      return session.organizationId === cause.scopeId
    case 'device':
      return session.deviceId === cause.scopeId
    case 'session':
      return session.id === cause.sessionId && session.kind === cause.sessionKind
    case 'connection':
    case 'grant':
      return false
  }
}

/** Accepted at its provider after its own expiry: not a detector's opinion but a fact. */
function expiredCause({ event, session }: Moment, policy: Policy): Cause | undefined {
  if (event.type !== 'session.used' || event.outcome !== 'accepted' || event.observer !== 'idp') {
    return undefined
  }
  const expiresAt = session?.expiresAt ?? null
  if (expiresAt === null || event.expiresAt !== null) return undefined
  const late = event.occurredAt - expiresAt
  return late > policy.timing.clockUncertaintyMs ? causeOfExpiry(event, expiresAt) : undefined
}

/** A behaviour finding that policy lets impose. Lifecycle findings report; they never impose twice. */
function promoted(finding: Finding, moments: readonly Moment[]): Cause | undefined {
  if (!finding.standing || finding.sessionId === '') return undefined
  if (finding.mode !== 'act' && finding.mode !== 'propose') return undefined
  const told = moments.find((moment) => finding.eventIds.includes(moment.event.id))
  return told && causeOfFinding(finding, told.event)
}

/** What memory knows of a session's life; undefined when its id may have been used again. */
function lifeOf(session: SessionMemory): SessionLife | undefined {
  if (session.ends.length > 0 && session.creations.length > 1) return undefined
  return {
    tenant: session.tenant,
    instance: session.instance,
    sessionKind: session.kind,
    sessionId: session.id,
    incarnation: 0,
    subjectRef: session.subjectRef,
    createdAt: session.createdAt,
    firstSeenAt: session.firstSeenAt,
    endedAt: session.ends[0] ?? null,
    suspect: false,
  }
}
