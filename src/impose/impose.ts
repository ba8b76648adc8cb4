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
 * What one batch imposes: causes for the store to hold, those that they replace, and the curfews already
 * certain inline.
 */
export interface Imposed {
  readonly causes: readonly Cause[]
  readonly replaced: readonly ReplacedCause[]
  readonly curfews: readonly Curfew[]
}

export type Impose = (contexts: readonly EventAfterBatch[], findings: readonly Finding[]) => Imposed

/**
 * Causes and promoted findings → curfews on the sessions they condemn, where memory already knows
 * them. This only hurries: the enforcer's sweep over the store reaches the same curfews with the
 * same ids, and everything memory cannot know (idle sessions, wide scopes, exemptions, reused ids)
 * is left to it. An event on which that throws tells no cause, and is told to `onFault`.
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
      // Whether the session that made the change is suspect only the store can tell.
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
        // The facts may have come the other way round: first the cause, then word of the session.
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
 * A copy by a lane that may act is told beside one that may not, and a conflicting copy beside the
 * first: which of them stands must not depend on which came first.
 */
function keyOfCause(cause: Cause): string {
  const { causeId, mayAct, lane, at, scopeKind, scopeId, subjectRef, sessionId } = cause
  const acts = mayAct && lane === 'live'
  return identify(causeId, String(acts), String(at), scopeKind, scopeId, subjectRef, sessionId)
}

/** A pair is news again once its session's subject is known: only then can it lead to an order. */
function keyOfPair({ curfewId, causeId, causeAt, mayAct, subjectRef }: Curfew): string {
  return `${curfewId}${causeId}${causeAt}${mayAct}${subjectRef}`
}

/** Sessions of memory within the scope of a cause; wide scopes are the enforcer's. */
function reached(cause: Cause, context: EventAfterBatch): readonly SessionMemory[] {
  const own = context.session ? [context.session] : []
  return (context.subject?.sessions ?? own).filter((session) => within(cause, session))
}

/** An empty name reaches nobody; the sweep over the store says the same. */
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

/** A creation later than a sign of life is none: the session was there before, and it was a sign-in. */
function wasSeenBefore({ createdAt, firstAliveAt }: SessionMemory, uncertaintyMs: number): boolean {
  return createdAt !== null && firstAliveAt !== null && createdAt > firstAliveAt + uncertaintyMs
}

/** What memory knows of a session's life; undefined when its id may have been used again. */
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
