import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log } from '../../contract/ports.ts'
import type { Order } from '../orders/order.ts'

/**
 * A notice of the enforcer. `broken`: a session was alive after its deadline, or its death by then
 * is unproven. `breach`: a contained session is alive again. `held`: an order waits for approval,
 * or its approval expired. `failed`: the provider refused, or all attempts are spent. `unlisted`:
 * lists of a provider cannot be used, so deaths there stay unproven; it has no session.
 */
export interface Notice {
  readonly kind: 'broken' | 'breach' | 'held' | 'failed' | 'unlisted'
  /** Equal for the same occurrence, so that a channel can deduplicate. */
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
  /** Id of the guard that makes the order wait; absent where no guard does. */
  readonly guard?: string
  readonly reason: string
  /** ms since the epoch. */
  readonly at: number
}

export type Notify = (notice: Notice) => void | Promise<void>

/** A notice about an order at its last step. */
export function noticeOf(
  { last }: Order,
  kind: Notice['kind'],
  { reason, guard }: { readonly reason: string; readonly guard?: string | undefined },
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
    ...(guard !== undefined && { guard }),
    reason,
    at: clock.now(),
  }
}

/** Notifies; a failing channel is logged and does not stop enforcement. */
export async function notifySafely(notify: Notify, log: Log, notice: Notice): Promise<void> {
  try {
    await notify(notice)
  } catch (error) {
    const { noticeId, kind } = notice
    log.error({ noticeId, kind, error: reasonOf(error) }, 'a notice could not be sent')
  }
}
