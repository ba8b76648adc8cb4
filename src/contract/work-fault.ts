import type { ErrorCode } from './errors.ts'
import { CurfewError } from './errors.ts'
import type { WorkDone } from './work.ts'

/** A code of ours: a message of an engine, a library or a provider may quote anything. */
export type WorkFailure = keyof typeof failures

/** Text of each code; without any name, since the health check needs no token. */
export const failures = {
  store_does_not_answer: 'the store does not answer, or has no room or time for a statement',
  store_refuses: 'the store refuses a statement',
  no_answer: 'the other side does not answer, or with an error of its own',
  access_refused: 'the other side refuses access: check credentials and rights',
  told_to_wait: 'the other side answers that it is busy (429)',
  unusable_answer: 'the other side answers something else than it documents',
  takes_long: 'it takes longer than it should',
  failed: 'it fails; find details in the log',
} as const

const byCode: { readonly [Code in ErrorCode]?: WorkFailure } = {
  STORE_UNREACHABLE: 'store_does_not_answer',
  STORE_REFUSED: 'store_refuses',
  SOURCE_UNREACHABLE: 'no_answer',
  SOURCE_REFUSED: 'access_refused',
  SOURCE_UNREADABLE: 'unusable_answer',
  ENFORCE_UNREACHABLE: 'no_answer',
  ENFORCE_MALFORMED: 'unusable_answer',
  ENFORCE_BUSY: 'told_to_wait',
  ENFORCE_REFUSED: 'access_refused',
  SHOW_UNAVAILABLE: 'no_answer',
}

export function failureOf(error: unknown): WorkFailure {
  return (error instanceof CurfewError && byCode[error.code]) || 'failed'
}

/** How long a failure may last before a notification, ms. */
export const graceMs = 5_000
/** A provider that answers 429 works as intended, and pauses are rarely longer, ms. */
const busyGraceMs = 60_000

export function graceFor(reason: WorkFailure): number {
  return reason === 'told_to_wait' ? busyGraceMs : graceMs
}

export interface Fault {
  /** ms since the epoch. */
  readonly since: number
  readonly times: number
  readonly reason: WorkFailure
}

/** Last reported state of one piece of work; instants are ms since the epoch. */
export interface ObservedWork extends Pick<WorkDone, 'work' | 'of' | 'tenant' | 'through'> {
  readonly lastGoodAt: number
  readonly heardAt: number
  /** When its next report is due; infinite for work that runs on demand. */
  readonly dueAt: number
  readonly failing: Fault | undefined
  /** When its failure expires without a further report. */
  readonly lapsesAt: number
}

/** The fault at `now`; work that hangs never reports a failure, so an overdue report counts as well. */
export function faultOf(known: ObservedWork, now: number): Fault | undefined {
  const { failing, lapsesAt, heardAt, dueAt } = known
  if (failing && now < lapsesAt) return failing
  return now >= dueAt ? { since: heardAt, times: 1, reason: 'takes_long' } : undefined
}

/** The state after a further report. */
export function heard(before: ObservedWork | undefined, done: WorkDone, now: number): ObservedWork {
  const { work, of, tenant, isUnderway, error, withinMs, lapsesMs, through } = done
  const dueAt = now + (withinMs ?? Number.POSITIVE_INFINITY)
  const known: ObservedWork = {
    ...(before ?? { work, of, lastGoodAt: now, failing: undefined, lapsesAt: 0 }),
    ...(tenant !== undefined && { tenant }),
    ...(through !== undefined && { through }),
    heardAt: now,
    dueAt,
  }
  if (isUnderway) return known
  if (error === undefined) return { ...known, lastGoodAt: now, failing: undefined }
  const still = before?.failing && now < before.lapsesAt ? before.failing : undefined
  const { since, times } = still ?? { since: now, times: 0 }
  const lapsesAt = now + (lapsesMs ?? Number.POSITIVE_INFINITY)
  return { ...known, failing: { since, times: times + 1, reason: failureOf(error) }, lapsesAt }
}
