import type { Cause } from '../contract/cause.ts'
import type { Certainty, Condemn, Curfew, CurfewMode, SessionLifespan } from '../contract/curfew.ts'
import { identify } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'

/**
 * The one rule that applies a cause to a session. Inline application and the enforcer both use it,
 * so they reach the same curfews with the same ids. The caller checks the scope; this rule checks
 * time, exemption and certainty.
 */
export function makeCondemn({ policy }: { readonly policy: Policy }): Condemn {
  return (cause, life, found) => {
    const certainty = certaintyOf(cause, life, policy.timing.clockUncertaintyMs)
    if (certainty === undefined) return undefined
    if (life.endedAt !== null && life.endedAt < cause.at) return undefined
    if (isExempt(cause, life) || isOfFlow(cause, life, certainty)) return undefined
    const rule = policy.causes[cause.class]
    return {
      tenant: life.tenant,
      instance: life.instance,
      curfewId: curfewIdOf(life, cause.class),
      sessionKind: life.sessionKind,
      sessionId: life.sessionId,
      incarnation: life.incarnation,
      class: cause.class,
      causeId: cause.causeId,
      causeAt: cause.at,
      deadlineAt: cause.at + rule.deadlineMs,
      mode: weaker(rule.mode, cause.modeMax),
      mayAct: cause.mayAct && cause.lane === 'live',
      certainty,
      scopeKind: cause.scopeKind,
      subjectRef: life.subjectRef,
      foundBy: found.by,
      detectedAt: found.at,
    }
  }
}

const strength: { readonly [Mode in CurfewMode]: number } = { observe: 0, approve: 1, enforce: 2 }

/** Of two modes the one that may do less. */
function weaker(one: CurfewMode, other: CurfewMode): CurfewMode {
  return strength[one] <= strength[other] ? one : other
}

/** The id of a curfew: the causes of one class share it. */
export function curfewIdOf(
  life: Pick<SessionLifespan, 'tenant' | 'instance' | 'sessionKind' | 'sessionId' | 'incarnation'>,
  causeClass: Curfew['class'],
): string {
  return identify(
    'curfew',
    life.tenant,
    life.instance,
    life.sessionKind,
    life.sessionId,
    String(life.incarnation),
    causeClass,
  )
}

/**
 * Whether the session existed before the cause; undefined when it surely did not. A creation
 * within clock uncertainty decides nothing. A sign of life clearly before the cause does, even
 * without a recorded creation.
 */
function certaintyOf(
  cause: Cause,
  life: SessionLifespan,
  uncertaintyMs: number,
): Certainty | undefined {
  if (life.createdAt !== null) {
    const before = cause.at - life.createdAt
    if (before < -uncertaintyMs) return undefined
    return before <= uncertaintyMs ? 'ambiguous' : 'certain'
  }
  return life.firstSeenAt < cause.at - uncertaintyMs ? 'certain' : 'creation_unknown'
}

/** The session in which a recovery ends is born of it, and is no older sign-in that it should end. */
function isOfFlow(cause: Cause, life: SessionLifespan, certainty: Certainty): boolean {
  const isOwn = cause.flowSessionId !== '' && cause.flowSessionId === life.sessionId
  return isOwn && certainty !== 'certain'
}

/**
 * A recovery exempts no session. An authenticated change exempts the session that made it, unless
 * that session is suspect: a thief changes the password from the stolen session first.
 */
function isExempt(cause: Cause, life: SessionLifespan): boolean {
  return cause.exemptSessionId !== '' && cause.exemptSessionId === life.sessionId && !life.suspect
}
