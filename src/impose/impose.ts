import type { Cause, ReplacedCause } from '../contract/cause.ts'
import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { Condemn, Curfew, SessionLifespan } from '../contract/curfew.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { EventAfterBatch, SessionMemory } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { Now } from '../contract/ports.ts'
import { makeCauseMemory } from './cause-memory.ts'
import { causeOfEvent, causeOfExpiry, causeOfFinding, isPromoted } from './causes.ts'
import { makeCausesOfChange } from './changes.ts'

/**
 * The result of one batch: causes to store, the causes they replace, and the curfews that are
 * certain inline.
 */
export interface Imposed {
  readonly causes: readonly Cause[]
  readonly replaced: readonly ReplacedCause[]
  readonly curfews: readonly Curfew[]
}

export type Impose = (contexts: readonly EventAfterBatch[], findings: readonly Finding[]) => Imposed

/**
 * Applies causes and promoted findings to the sessions in memory. This only hurries: the enforcer
 * reaches the same curfews with the same ids, and handles what memory lacks (idle sessions, wide
 * scopes, exemptions, reused ids). An event on which this throws gives no cause and is reported to
 * `onFault`.
 */
export function makeImpose({
  condemn,
  policy,
  now,
  onFault = () => {},
}: {
  readonly condemn: Condemn
  readonly policy: Policy
  readonly now: Now
  readonly onFault?: OnFault
}): Impose {
  const remembered = makeCauseMemory()
  const tellChange = makeCausesOfChange({ policy, now, remembered })
  return (contexts, findings) => {
    const causes: Cause[] = []
    const replaced: ReplacedCause[] = []
    const curfews: Curfew[] = []
    const found = { by: 'inline', at: now() } as const
    const hold = (cause: Cause, session: SessionMemory) => {
      const life = lifeOf(session, policy.timing.clockUncertaintyMs)
      // Only the store shows whether the session that made the change is suspect.
      if (life === undefined || cause.exemptSessionId === session.id) return
      const curfew = condemn(cause, life, found)
      if (curfew && remembered.isNew(keyOfPair(curfew))) curfews.push(curfew)
    }
    const tell = (cause: Cause | undefined) => {
      if (cause && remembered.isNew(keyOfCause(cause))) causes.push(cause)
    }
    const imposeOne = (context: EventAfterBatch): void => {
      const changes = tellChange(context)
      const own =
        changes.own ?? causeOfEvent(context.event, policy) ?? expiredCause(context, policy)
      for (const each of changes.replaced) replaced.push(each)
      for (const cause of [...(own ? [own] : []), ...changes.late]) {
        tell(cause)
        remembered.keep(cause, keyOfCause(cause))
        for (const session of reached(cause, context)) hold(cause, session)
      }
      if (!own && context.session && context.event.subjectRef !== '') {
        // The cause may be recorded before the session.
        for (const earlier of remembered.of(context.event)) {
          if (within(earlier, context.session)) hold(earlier, context.session)
        }
      }
    }
    const [first] = contexts
    for (const context of contexts) contain(() => imposeOne(context), context.event, onFault)
    for (const finding of findings) {
      contain(
        () => tell(promoted(finding, contexts)),
        { ...finding, source: first?.event.source ?? '' },
        onFault,
      )
    }
    return { causes, replaced, curfews }
  }
}

/** The one place where what imposing throws leaves one event or finding without its causes. */
function contain(
  work: () => void,
  { tenant, instance, source }: Pick<SessionEvent, 'tenant' | 'instance' | 'source'>,
  onFault: OnFault,
): void {
  try {
    work()
  } catch (error) {
    onFault({ tenant, instance, source, stage: 'impose', part: 'causes', ...thrownOn(error) })
  }
}

/**
 * A copy that may act is written beside one that may not, and a conflicting copy beside the first,
 * so that the valid one does not depend on the order of arrival.
 */
function keyOfCause(cause: Cause): string {
  const { causeId, mayAct, lane, at, scopeKind, scopeId, subjectRef, sessionId } = cause
  const acts = mayAct && lane === 'live'
  return identify(causeId, String(acts), String(at), scopeKind, scopeId, subjectRef, sessionId)
}

/**
 * A pair is written again once its session's subject is known: only then can it lead to an order.
 */
function keyOfPair({ curfewId, causeId, causeAt, mayAct, subjectRef }: Curfew): string {
  return `${curfewId}${causeId}${causeAt}${mayAct}${subjectRef}`
}

/** Sessions of memory within the scope of a cause; wide scopes are the enforcer's. */
function reached(cause: Cause, context: EventAfterBatch): readonly SessionMemory[] {
  const own = context.session ? [context.session] : []
  return (context.subject?.sessions ?? own).filter((session) => within(cause, session))
}

/** An empty id matches no session, as in the enforcer. */
function within(cause: Cause, session: SessionMemory): boolean {
  const isOwn = cause.subjectRef !== '' && session.subjectRef === cause.subjectRef
  switch (cause.scopeKind) {
    case 'subject':
      return isOwn
    case 'subject_organization':
      return isOwn && cause.scopeId !== '' && session.organizationId === cause.scopeId
    case 'device':
      return cause.scopeId !== '' && session.deviceId === cause.scopeId
    case 'session':
      return session.id === cause.sessionId && session.kind === cause.sessionKind
    case 'organization':
    case 'connection':
    case 'grant':
      return false
  }
}

/** Accepted at its provider after its own expiry: not a detector's opinion but a fact. */
function expiredCause({ event, session }: EventAfterBatch, policy: Policy): Cause | undefined {
  if (event.type !== 'session.used' || event.outcome !== 'accepted' || event.observer !== 'idp') {
    return undefined
  }
  const expiresAt = session?.expiresAt ?? null
  if (expiresAt === null || event.expiresAt !== null) return undefined
  const late = event.occurredAt - expiresAt
  return late > policy.timing.clockUncertaintyMs ? causeOfExpiry(event, expiresAt) : undefined
}

/** The cause of a finding that policy promotes, else undefined. */
function promoted(finding: Finding, contexts: readonly EventAfterBatch[]): Cause | undefined {
  if (!isPromoted(finding)) return undefined
  // All of a batch came by one way, so any of its events says whether it may act: those that the
  // finding rests on may have come long before.
  const [told] = contexts
  return told && causeOfFinding(finding, told.event)
}

/** A creation later than a sign of life was a sign-in on an existing session. */
function wasSeenBefore({ createdAt, firstAliveAt }: SessionMemory, uncertaintyMs: number): boolean {
  return createdAt !== null && firstAliveAt !== null && createdAt > firstAliveAt + uncertaintyMs
}

/** The session's facts in memory; undefined when its id may have been reused. */
function lifeOf(session: SessionMemory, uncertaintyMs: number): SessionLifespan | undefined {
  if (session.ends.length > 0 && session.creations.length > 1) return undefined
  return {
    tenant: session.tenant,
    instance: session.instance,
    sessionKind: session.kind,
    sessionId: session.id,
    incarnation: 0,
    subjectRef: session.subjectRef,
    createdAt: wasSeenBefore(session, uncertaintyMs) ? null : session.createdAt,
    firstSeenAt: session.firstSeenAt,
    endedAt: session.ends[0] ?? null,
    suspect: false,
  }
}
