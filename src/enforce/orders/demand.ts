import type { Certainty, CurfewMode } from '../../contract/curfew.ts'
import { leastOf } from '../../contract/extremes.ts'
import type { ActivePair, Assessment } from '../../verdict/assess.ts'
import type { Pair } from '../../verdict/curfew-pairs.ts'
import type { Proposal } from '../guarding/guard.ts'
import type { IncarnationKey } from '../session/session-key.ts'

/** What the standing curfews of a session ask for; all ids sorted. */
export interface Demand {
  readonly curfewIds: readonly string[]
  /** Of pairs that may act. */
  readonly causeIds: readonly string[]
  readonly subjectRef: string
  readonly classes: Proposal['classes']
  readonly mode: CurfewMode
  readonly certainty: Certainty
  readonly mayAct: boolean
  readonly causeAt: number
  readonly deadlineAt: number
  /** Whether one of the curfews that decide has no proof of death yet. */
  readonly outstanding: boolean
}

const strength: { readonly [Mode in CurfewMode]: number } = { observe: 0, approve: 1, enforce: 2 }
const certaintyRank: { readonly [Each in Certainty]: number } = {
  creation_unknown: 0,
  ambiguous: 1,
  certain: 2,
}

/**
 * The demand of the active pairs; undefined for none. Where some may act, those alone decide mode,
 * certainty and time: a replayed pair must not lend its mode to a live one.
 */
export function demandOf({ facts, active }: Assessment): Demand | undefined {
  const acting = active.filter(({ pair }) => pair.mayAct)
  const deciding = acting.length > 0 ? acting : active
  const strongest = deciding.toSorted(byStrength).at(-1)
  if (!strongest) return undefined
  const { mode } = strongest.pair
  return {
    curfewIds: sorted(active, ({ curfewId }) => curfewId),
    causeIds: sorted(acting, ({ causeId }) => causeId),
    subjectRef: facts.subjectRef,
    classes: [...new Set(deciding.map(({ pair }) => pair.class))].sort(),
    mode,
    certainty: strongest.certainty,
    mayAct: acting.length > 0,
    causeAt: leastOf(deciding.map(({ pair }) => pair.causeAt)) ?? 0,
    deadlineAt: leastOf(deciding.map(({ pair }) => pair.deadlineAt)) ?? 0,
    outstanding: deciding.some(({ deadAt }) => deadAt === null),
  }
}

/** By mode, then by how sure it is that the session is older than the cause. */
function byStrength(one: ActivePair, other: ActivePair): number {
  const byMode = strength[one.pair.mode] - strength[other.pair.mode]
  return byMode !== 0 ? byMode : certaintyRank[one.certainty] - certaintyRank[other.certainty]
}

function sorted(
  standing: readonly ActivePair[],
  nameOf: (pair: Pair) => string,
): readonly string[] {
  return [...new Set(standing.map(({ pair }) => nameOf(pair)))].sort()
}

export function incarnationOf({ facts, incarnation }: Assessment): IncarnationKey {
  const { tenant, instance, sessionKind, sessionId } = facts
  return { tenant, instance, sessionKind, sessionId, incarnation }
}

/** The input of the guards. */
export function proposalOf(
  { facts, incarnation }: Assessment,
  demand: Demand,
  order: Pick<Proposal, 'orderId' | 'approvedBy' | 'subjectId' | 'shownEnds'>,
  ends: Pick<Proposal, 'alsoEnds' | 'bystanders'> = { alsoEnds: [], bystanders: [] },
): Proposal {
  const { tenant, instance, sessionKind, sessionId } = facts
  const { classes, causeIds, mode, certainty, mayAct, causeAt, deadlineAt, subjectRef } = demand
  return {
    tenant,
    instance,
    orderId: order.orderId,
    subjectRef,
    subjectId: order.subjectId,
    sessionKind,
    sessionId,
    incarnation,
    classes,
    causeIds,
    mode,
    certainty,
    mayAct,
    causeAt,
    deadlineAt,
    approvedBy: order.approvedBy,
    shownEnds: order.shownEnds,
    ...ends,
  }
}
