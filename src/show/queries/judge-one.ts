import type { Verdict } from '../../contract/curfew.ts'
import { proofsOf } from '../../contract/deaths.ts'
import { greatestOf, leastOf } from '../../contract/extremes.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { CurfewFacts, CurfewPair } from '../../verdict/curfew-facts.ts'
import { pairKey } from '../../verdict/curfew-facts.ts'
import type { SessionFacts } from '../../verdict/session-facts.ts'
import type { CurfewEntry } from './curfews.ts'

/** The instant of the judgement (ms since the epoch), and the clock uncertainty. */
export interface Judging {
  readonly asOf: number
  readonly uncertaintyMs: number
}

/**
 * The curfews of a session with one incarnation, as judged at an instant. It applies the enforcer's rule and
 * gives the columns of the view `verdicts`, which judges all sessions at once. A test compares the two.
 */
export function judgeOne(known: SessionFacts, facts: CurfewFacts, judging: Judging): CurfewEntry[] {
  const toldOf = new Map(facts.pairs.map((pair) => [pairKey(pair), pair]))
  return assess(known, judging.uncertaintyMs).flatMap((life) => {
    const standing = life.active.flatMap(({ pair, certainty }) => {
      const told = toldOf.get(pairKey(pair))
      return told ? [{ ...told, causeAt: pair.causeAt, certainty: String(certainty) }] : []
    })
    return [...Map.groupBy(standing, ({ curfewId }) => curfewId).values()].map((pairs) =>
      entryOf(life, facts, pairs, judging),
    )
  })
}

interface StandingPair extends CurfewPair {
  readonly causeAt: number
  readonly certainty: string
}

function entryOf(
  life: Assessment,
  facts: CurfewFacts,
  pairs: readonly StandingPair[],
  { asOf, uncertaintyMs }: Judging,
): CurfewEntry {
  const { facts: known, aliveAt } = life
  const { order, expiresAt } = facts
  const causeAt = leastOf(pairs.map((pair) => pair.causeAt)) ?? 0
  const deadlineAt = leastOf(pairs.map((pair) => pair.deadlineAt)) ?? 0
  const proofs = proofsOf(life.ended, causeAt).toSorted(
    (one, other) => one.at - other.at || (one.level < other.level ? -1 : 1),
  )
  const deadAt = proofs[0]?.at ?? null
  const acknowledgedAt = leastOf(known.acknowledged.filter((at) => at >= causeAt))
  const orderedAt = order?.orderedAt ?? null
  const isByUs =
    acknowledgedAt !== null && deadAt !== null && deadAt >= (orderedAt ?? 0) - uncertaintyMs
  const fate = { asOf, deadlineAt, aliveAt, deadAt, isByUs, expiresAt }
  return {
    ...toldOf(known, pairs),
    incarnation: life.incarnation,
    cause_at: isoOf(causeAt),
    deadline_at: isoOf(deadlineAt),
    ordered_at: iso(orderedAt),
    acknowledged_at: iso(acknowledgedAt),
    ...provenBy(proofs),
    alive_at: iso(aliveAt),
    ...acceptedAfter(causeAt, known, facts, uncertaintyMs),
    order_id: order?.orderId ?? '',
    order_state: order?.state ?? '',
    order_reason: order?.reason ?? '',
    order_also_ends: [...(order?.alsoEnds ?? [])],
    verdict: verdictOf(fate),
    outcome: outcomeOf(fate),
  }
}

/** The session, and the pair that stands for the curfew. */
function toldOf(known: SessionFacts, pairs: readonly StandingPair[]) {
  const first = firstTold(pairs)
  return {
    curfew_id: first.curfewId,
    instance: known.instance,
    session_kind: known.sessionKind,
    session_id: known.sessionId,
    subject_ref: first.subjectRef,
    class: first.class,
    mode: first.mode,
    may_act: first.mayAct,
    scope_kind: first.scopeKind,
    certainty: first.certainty,
    cause_ids: pairs.map(({ causeId }) => causeId).sort(),
    detected_at: isoOf(leastOf(pairs.map((pair) => pair.detectedAt)) ?? 0),
  }
}

/** The first proof of all and of each level; the proofs are in order. */
function provenBy(proofs: ReturnType<typeof proofsOf>) {
  const first = (level: string) => iso(proofs.find((each) => each.level === level)?.at ?? null)
  return {
    dead_at: iso(proofs[0]?.at ?? null),
    dead_by: proofs[0]?.level ?? '',
    read_back_at: first('E2'),
    ended_event_at: first('E3'),
    first_refused_at: first('E4'),
  }
}

/** Uses and further sign-ins after the cause. */
function acceptedAfter(
  causeAt: number,
  { creations }: SessionFacts,
  { idpUses, appUses }: CurfewFacts,
  uncertaintyMs: number,
) {
  const accepted = new Set([
    ...[...idpUses, ...appUses].filter((at) => at > causeAt),
    ...creations.filter((at) => at > causeAt + uncertaintyMs),
  ])
  return { last_accepted_at: iso(greatestOf([...accepted])), accepted_after: accepted.size }
}

/** A cause that may act precedes one that may not; then the earliest. */
function firstTold(pairs: readonly StandingPair[]): StandingPair {
  return pairs.reduce((one, other) => {
    if (one.mayAct !== other.mayAct) return one.mayAct ? one : other
    if (one.causeAt !== other.causeAt) return one.causeAt < other.causeAt ? one : other
    return one.causeId < other.causeId ? one : other
  })
}

interface Fate {
  readonly asOf: number
  readonly deadlineAt: number
  readonly aliveAt: number | null
  readonly deadAt: number | null
  /** Acknowledged, and not already dead, beyond clock skew, when the order was issued. */
  readonly isByUs: boolean
  readonly expiresAt: number | null
}

const isInTime = ({ deadAt, deadlineAt }: Fate): boolean => deadAt !== null && deadAt <= deadlineAt
const isTooLate = ({ aliveAt, deadlineAt }: Fate): boolean =>
  aliveAt !== null && aliveAt > deadlineAt

function verdictOf(fate: Fate): Verdict {
  if (isInTime(fate)) return 'kept'
  if (isTooLate(fate)) return 'broken'
  return fate.asOf <= fate.deadlineAt ? 'open' : 'unproven'
}

function outcomeOf(fate: Fate): string {
  const { asOf, aliveAt, deadAt, expiresAt, isByUs } = fate
  if (isByUs) return isInTime(fate) ? 'contained_in_time' : 'contained_late'
  if (deadAt !== null) {
    return isInTime(fate) ? 'ended_otherwise_in_time' : 'ended_otherwise_late'
  }
  const isPast = expiresAt !== null && expiresAt <= asOf
  if (isPast && (aliveAt === null || aliveAt <= expiresAt)) return 'expired'
  return isTooLate(fate) ? 'still_alive' : 'unknown'
}

const isoOf = (at: number): string => new Date(at).toISOString()
const iso = (at: number | null): string | null => (at === null ? null : isoOf(at))
