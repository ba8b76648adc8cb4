import type { ErrorCode } from '../../contract/errors.ts'
import { CurfewError } from '../../contract/errors.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Clock, Log, Meter } from '../../contract/ports.ts'
import type { OnWork } from '../../contract/work.ts'
import type { CallResult } from '../calls/provider-channel.ts'
import type { Notice } from '../notices/notice.ts'

/** The subject and instance of a list or a read. */
interface About {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}

/** A call for a list or a read that gave no usable answer; `reason` repeats none of it. */
export type Trouble = Pick<
  Extract<CallResult<unknown>, { reason: string }>,
  'outcome' | 'reason'
> & {
  readonly code?: ErrorCode
}

/** The kind of call; a list by default. */
type Call = 'list' | 'read'

/** Counts and reports lists and reads that could not be used. */
export interface ListTroubles {
  readonly failed: (about: About, trouble: Trouble, call?: Call) => Promise<void>
  /** There was a usable answer: what was wrong with these calls about this subject is over. */
  readonly succeeded: (about: About, call?: Call) => void
}

/** Log interval for one instance, and the duration of a failure before a notice is sent, ms. */
const logEveryMs = 60_000
const tellAfterMs = 30_000
/** Interval between notices for one instance, ms. */
const tellEveryMs = 60 * 60_000
const subjectsMax = 10_000
/**
 * A pause lasts 15 min at most: a list that was not requested after that is no longer needed, ms.
 */
const lapsesMs = 20 * 60_000

/** Since when one kind of calls about a subject gives no usable answer, and when it last gave none, ms since the epoch. */
interface Unusable {
  readonly since: number
  readonly lastAt: number
}

/**
 * An unusable list stops nothing and proves nothing: its order makes the call without it, and
 * reading back continues. A notice reports it, so that verdicts alone do not have to show it.
 */
export function makeListTroubles({
  clock,
  log,
  meter,
  notify,
  onWork,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly notify: (notice: Notice) => Promise<void>
  readonly onWork: OnWork
}): ListTroubles {
  /** By instance, then by call and subject. */
  const unusable = new Map<string, Map<string, Unusable>>()
  let subjects = 0
  const loggedAt = new Map<string, number>()
  const toldAt = new Map<string, number>()
  const isDue = (at: Map<string, number>, key: string, everyMs: number): boolean => {
    const last = at.get(key)
    if (last !== undefined && clock.now() - last < everyMs) return false
    at.set(key, clock.now())
    return true
  }
  const noted = (key: string, name: string): Unusable => {
    const now = clock.now()
    if (subjects >= subjectsMax) {
      unusable.clear()
      subjects = 0
    }
    const known = unusable.get(key) ?? new Map<string, Unusable>()
    unusable.set(key, known)
    const before = known.get(name)
    if (!before) subjects += 1
    const isOld = !before || now - before.lastAt >= lapsesMs
    const noted = { since: isOld ? now : before.since, lastAt: now }
    known.set(name, noted)
    return noted
  }
  return {
    succeeded: ({ tenant, instance, subjectRef }, call = 'list') => {
      const now = clock.now()
      const known = unusable.get(instanceKey(tenant, instance))
      if (known?.delete(`${call} ${subjectRef}`)) subjects -= 1
      const others = known?.values().some(({ lastAt }) => now - lastAt < lapsesMs)
      if (!others) onWork({ work: 'lists', of: instance, tenant })
    },
    failed: async (about, trouble, call = 'list') => {
      meter.count('curfew_enforce_list_failures_total')
      const { tenant, instance, subjectRef } = about
      const { reason } = trouble
      onWork({ work: 'lists', of: instance, tenant, error: errorOf(trouble), lapsesMs })
      const key = instanceKey(tenant, instance)
      const { since } = noted(key, `${call} ${subjectRef}`)
      if (isDue(loggedAt, key, logEveryMs)) {
        const text = 'a list of sessions cannot be used; it is asked for again'
        log.warn({ tenant, instance, reason }, text)
      }
      const now = clock.now()
      if (now - since < tellAfterMs || !isDue(toldAt, key, tellEveryMs)) return
      await notify(noticeOf(about, reason, now))
    },
  }
}

function errorOf({ outcome, reason, code }: Trouble): Error {
  if (outcome === 'busy') return new CurfewError('ENFORCE_BUSY', reason, { retry: true })
  if (outcome === 'refused') return new CurfewError('ENFORCE_REFUSED', reason)
  return code === undefined ? new Error(reason) : new CurfewError(code, reason, { retry: true })
}

function noticeOf({ tenant, instance, subjectRef }: About, reason: string, at: number): Notice {
  return {
    kind: 'unlisted',
    noticeId: `unlisted ${instanceKey(tenant, instance)} ${at}`,
    tenant,
    instance,
    sessionKind: '',
    sessionId: '',
    subjectRef,
    orderId: '',
    curfewIds: [],
    reason,
    at,
  }
}
