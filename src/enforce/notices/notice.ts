import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log } from '../../contract/ports.ts'
import type { Order } from '../orders/order.ts'

/**
 * What people should hear of. `broken`: a session was alive after its deadline, or is not known to
 * have died by it. `breach`: one that was contained lives again. `held`: an order waits for a
 * person, or waited in vain. `failed`: a provider refused, or all attempts are spent. `unlisted`: a
 * provider's lists cannot be used, so that deaths there are not proven; it names no session.
 */
export interface Notice {
  readonly kind: 'broken' | 'breach' | 'held' | 'failed' | 'unlisted'
  /** The same for the same occurrence, so that a channel can drop what it has told before. */
  readonly noticeId: string
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: string
  readonly sessionId: string
  readonly subjectRef: string
  readonly orderId: string
  readonly curfewIds: readonly string[]
  /** Sessions that the call ends as well, by kind and id. */
  readonly alsoEnds?: readonly string[]
  readonly reason: string
  /** ms since the epoch. */
  readonly at: number
}

export type Notify = (notice: Notice) => void | Promise<void>

/** What became of an order, at its last step. */
export function noticeOf(
  { last }: Order,
  kind: Notice['kind'],
  reason: string,
  clock: Clock,
): Notice {
  const { tenant, instance, sessionKind, sessionId, subjectRef, orderId, curfewIds, seq } = last
  return {
    kind,
    noticeId: `${kind} ${orderId} ${seq}`,
    tenant,
    instance,
    sessionKind,
    sessionId,
    subjectRef,
    orderId,
    curfewIds,
    ...(last.alsoEnds.length > 0 && { alsoEnds: last.alsoEnds }),
    reason,
    at: clock.now(),
  }
}

/** A channel that fails must not stop enforcement; what it did not tell is logged. */
export async function notifySafely(notify: Notify, log: Log, notice: Notice): Promise<void> {
  try {
    await notify(notice)
  } catch (error) {
    const { noticeId, kind } = notice
    log.error({ noticeId, kind, error: reasonOf(error) }, 'a notice could not be told')
  }
}
