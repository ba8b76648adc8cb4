import type { Certainty } from '../contract/curfew.ts'
import type { BlindTo, Ended } from '../contract/deaths.ts'
import { deadSince, endedOf, isEndIn, isIn } from '../contract/deaths.ts'
import { greatestOf, leastOf } from '../contract/extremes.ts'
import type { Pair } from './curfew-pairs.ts'
import type { Incarnation } from './incarnations.ts'
import { onlyIncarnation } from './incarnations.ts'
import type { SessionFacts } from './session-facts.ts'
import { splitByIncarnation } from './split-by-incarnation.ts'

/** An active pair, with the certainty that the session is older than its cause. */
export interface ActivePair {
  readonly pair: Pair
  readonly certainty: Certainty
  /** Earliest proof of death after the last sign of life and the curfew's first cause, or null. */
  readonly deadAt: number | null
}

/** One incarnation of a session, assessed against its curfews. */
export interface Assessment {
  /** The facts of its id, with the subject of this incarnation. */
  readonly facts: SessionFacts
  readonly incarnation: number
  /** Whether its id names another session by now: ending it by its id would end that one. */
  readonly reused: boolean
  readonly createdAt: number | null
  readonly firstSeenAt: number
  readonly endedAt: number | null
  /** Last sign of life at the provider, within this incarnation. */
  readonly aliveAt: number | null
  readonly acknowledgedAt: number | null
  /** When the provider, asked again, had nothing left to end; null when not since `aliveAt`. */
  readonly nothingLeftAt: number | null
  /** Whose silence about it was refuted by a later use. */
  readonly blindTo: BlindTo
  /** What was seen of its end since `aliveAt`, and what it is worth. */
  readonly ended: Ended
  /** Whether anything of its end was seen since `aliveAt`, whatever that is worth. */
  readonly isEndReported: boolean
  readonly active: readonly ActivePair[]
}

/**
 * Assesses the facts of a session per incarnation, by the rules of the view `verdicts`: a pair is
 * active unless the session was created after its cause or ended before it, and death is the first
 * proof after the last sign of life. A test compares the two. `uncertaintyMs` is the clock
 * uncertainty.
 */
export function assess(facts: SessionFacts, uncertaintyMs: number): readonly Assessment[] {
  const spans = incarnationsOf(facts)
  const shares = splitByIncarnation(facts, spans)
  return spans.map((span, index) => {
    const { incarnation, from } = span
    const own = shares[index] ?? facts
    const within = (at: number): boolean => isIn(span, at)
    const createdAt = createdOf(own, span, uncertaintyMs)
    const aliveAt = lastAlive(own, span, createdAt)
    // An end that a later sign of life refutes does not count.
    const ends = own.ends.filter((at) => isEndIn(span, at) && at + uncertaintyMs >= (aliveAt ?? at))
    const endedAt = leastOf(ends)
    const firstSeenAt = incarnation > 0 ? from : facts.firstSeenAt
    const ended = endedOf(own, span, aliveAt, uncertaintyMs)
    const pairs = own.pairs
      .filter((pair) => pair.incarnation === incarnation)
      .filter(({ causeAt }) => createdAt === null || createdAt <= causeAt + uncertaintyMs)
      .filter(({ causeAt }) => endedAt === null || endedAt >= causeAt)
    const deadAts = deadByCurfew(pairs, ended)
    const active = pairs.map((pair) => ({
      pair,
      certainty: certaintyOf(createdAt, facts.firstSeenAt, pair.causeAt, uncertaintyMs),
      deadAt: deadAts.get(pair.curfewId) ?? null,
    }))
    return {
      facts: span.subjectRef === '' ? facts : { ...facts, subjectRef: span.subjectRef },
      incarnation,
      reused: incarnation < spans.length - 1,
      createdAt,
      firstSeenAt,
      endedAt,
      aliveAt,
      acknowledgedAt: greatestOf(own.acknowledged.filter(within)),
      nothingLeftAt: ended.nothingLeftAt,
      blindTo: ended.blindTo,
      ended,
      isEndReported: ended.deaths.length > 0,
      active,
    }
  })
}

function incarnationsOf({ incarnations, aliveAts }: SessionFacts): readonly Incarnation[] {
  if (incarnations.length > 0) return incarnations
  return [{ ...onlyIncarnation, aliveAt: greatestOf(aliveAts), subjectRef: '' }]
}

/**
 * When an incarnation began. A creation in a later one says nothing about the first, and a
 * creation later than a sign of life was a sign-in on an existing session.
 */
function createdOf(
  { creations, createdAt, firstAliveAt }: SessionFacts,
  { incarnation, from, until }: Incarnation,
  uncertaintyMs: number,
): number | null {
  const told = leastOf(creations.filter((at) => at >= from && at < until))
  if (incarnation > 0) return told
  const early = createdAt !== null && createdAt < until ? createdAt : null
  const first = told === null || early === null ? (told ?? early) : Math.min(told, early)
  const seenBefore = first !== null && firstAliveAt !== null && first > firstAliveAt + uncertaintyMs
  return seenBefore ? null : first
}

/** The last sign of life; a sign-in on an existing session is one too. */
function lastAlive(
  { creations }: SessionFacts,
  { from, until, aliveAt }: Incarnation,
  createdAt: number | null,
): number | null {
  const signIns = creations
    .filter((at) => at >= from && at < until)
    .filter((at) => createdAt === null || at > createdAt)
  return greatestOf(aliveAt === null ? signIns : [...signIns, aliveAt])
}

/** Each curfew once: a subject may have thousands of causes, and a session thousands of refusals. */
function deadByCurfew(pairs: readonly Pair[], ended: Ended): ReadonlyMap<string, number | null> {
  const earliest = new Map<string, number>()
  for (const { curfewId, causeAt } of pairs) {
    earliest.set(curfewId, Math.min(causeAt, earliest.get(curfewId) ?? causeAt))
  }
  return new Map([...earliest].map(([id, causeAt]) => [id, deadSince(ended, causeAt)]))
}

function certaintyOf(
  createdAt: number | null,
  firstSeenAt: number,
  causeAt: number,
  uncertaintyMs: number,
): Certainty {
  if (createdAt !== null) {
    return Math.abs(createdAt - causeAt) <= uncertaintyMs ? 'ambiguous' : 'certain'
  }
  return firstSeenAt < causeAt - uncertaintyMs ? 'certain' : 'creation_unknown'
}
