import type { Policy } from '../../contract/policy.ts'
import type { Guard, GuardCounts, Judgement, Proposal } from './guard.ts'

/** The objection of one guard. */
export interface Objection {
  /** Id of the guard. */
  readonly guard: string
  readonly judgement: Exclude<Judgement, { readonly judged: 'pass' }>
}

export interface GuardResult {
  /** What to do: that of the first of `objections`, or pass. */
  readonly judgement: Judgement
  /** Id of the guard that decided, '' when none objected. */
  readonly guard: string
  /** Gravest first, among equals in name order; what observe mode reports. */
  readonly objections: readonly Objection[]
}

export type Judge = (proposal: Proposal, tally: GuardCounts, policy: Policy) => GuardResult

/**
 * Runs every guard in order of ids; the gravest objection decides: suppress before approve before
 * wait, then the first id. So no person is asked to approve what is suppressed, and no approval
 * waits for a wait to end.
 */
export function makeJudge(guards: readonly Guard[]): Judge {
  const inNameOrder = [...guards].sort((one, other) => (one.id < other.id ? -1 : 1))
  return (proposal, tally, policy) => {
    const objections: Objection[] = []
    for (const { id, judge } of inNameOrder) {
      const judgement = judge(proposal, tally, policy)
      if (judgement.judged !== 'pass') objections.push({ guard: id, judgement })
    }
    objections.sort((one, other) => gravity[other.judgement.judged] - gravity[one.judgement.judged])
    const first = objections[0]
    return {
      judgement: first?.judgement ?? { judged: 'pass' },
      guard: first?.guard ?? '',
      objections,
    }
  }
}

const gravity = { wait: 1, approve: 2, suppress: 3 } as const
