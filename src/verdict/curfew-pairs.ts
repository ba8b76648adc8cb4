import { Value } from 'typebox/value'
import { CauseClass } from '../contract/cause.ts'
import type { CurfewMode } from '../contract/curfew.ts'
import type { Row } from '../contract/ports.ts'
import { flag, lastText, moment, number, text } from '../contract/read-row.ts'
import { foldCopies } from './replaced-causes.ts'

/** A (curfew, cause) pair with its stored copies folded. */
export interface Pair {
  readonly incarnation: number
  readonly curfewId: string
  readonly class: CauseClass
  readonly causeId: string
  readonly causeAt: number
  readonly deadlineAt: number
  readonly mode: CurfewMode
  readonly mayAct: boolean
  readonly subjectRef: string
}

/** A copy of a pair, and the fields that decide whose mode is valid. */
interface Copy extends Pair {
  readonly detectedAt: number
  readonly rowCommit: string
}

/**
 * Folds the stored copies of (curfew, cause) pairs of one session: the mode is that of the first
 * copy that may act. Pairs of causes in `replaced` are left out.
 */
export function foldPairs(rows: readonly Row[], replaced: ReadonlySet<string>): readonly Pair[] {
  const nameOf = ({ incarnation, curfewId, class: cause, causeId }: Copy) =>
    JSON.stringify([incarnation, curfewId, cause, causeId])
  const folded = foldCopies(rows.map(copyOf), replaced, nameOf, fold)
  return folded.map(({ detectedAt: _, rowCommit: __, ...pair }) => pair)
}

function fold(one: Copy, other: Copy): Copy {
  const stands = precedes(other, one) ? other : one
  return {
    ...stands,
    subjectRef: lastText([one.subjectRef, other.subjectRef]),
    causeAt: Math.min(one.causeAt, other.causeAt),
    deadlineAt: Math.min(one.deadlineAt, other.deadlineAt),
  }
}

function precedes(one: Copy, other: Copy): boolean {
  if (one.mayAct !== other.mayAct) return one.mayAct
  if (one.detectedAt !== other.detectedAt) return one.detectedAt < other.detectedAt
  return one.rowCommit < other.rowCommit
}

function copyOf(row: Row): Copy {
  const causeClass = text(row, 'class')
  if (!Value.Check(CauseClass, causeClass)) {
    throw new TypeError(`expected a cause class in 'curfews', found '${causeClass}'`)
  }
  return {
    incarnation: number(row, 'incarnation'),
    curfewId: text(row, 'curfew_id'),
    class: causeClass,
    causeId: text(row, 'cause_id'),
    causeAt: moment(row, 'cause_at') ?? 0,
    deadlineAt: moment(row, 'deadline_at') ?? 0,
    mode: modeOf(text(row, 'mode')),
    mayAct: flag(row, 'may_act'),
    subjectRef: text(row, 'subject_ref'),
    detectedAt: moment(row, 'detected_at') ?? 0,
    rowCommit: text(row, 'row_commit'),
  }
}

function modeOf(word: string): CurfewMode {
  return word === 'enforce' || word === 'approve' ? word : 'observe'
}
