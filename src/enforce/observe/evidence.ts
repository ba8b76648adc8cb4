import type { Evidence, EvidenceLevel, EvidenceMeans } from '../../contract/evidence.ts'
import { leastOf } from '../../contract/extremes.ts'
import { identify } from '../../contract/identity.ts'
import type { Assessment } from '../../verdict/assess.ts'
import type { Order } from '../orders/order.ts'
import type { IncarnationKey } from '../session/session-key.ts'
import { incarnationKey } from '../session/session-key.ts'

/** One piece of evidence that a session is dead or alive; its id is a hash of its contents. */
export function evidenceOf(
  life: IncarnationKey,
  level: EvidenceLevel,
  means: EvidenceMeans,
  at: number,
  rests: { readonly orderId?: string; readonly listingId?: string; readonly detail?: string },
): Evidence {
  const { tenant, instance, sessionKind, sessionId, incarnation } = life
  const { orderId = '', listingId = '', detail = '' } = rests
  const about = [incarnationKey(life), level, means, String(at), orderId, listingId, detail]
  return {
    tenant,
    instance,
    evidenceId: identify('evidence', ...about),
    sessionKind,
    sessionId,
    incarnation,
    level,
    means,
    at,
    orderId,
    listingId,
    detail,
  }
}

/**
 * The instant after which a read must begin for an absence to prove a death: after the cause, the
 * last call, and the acknowledgement of that call.
 */
export function baselineOf(
  { active, acknowledgedAt, nothingLeftAt }: Assessment,
  order: Order | undefined,
): number {
  const causes = active.map(({ pair }) => pair.causeAt)
  return Math.max(
    leastOf(causes) ?? 0,
    acknowledgedAt ?? 0,
    nothingLeftAt ?? 0,
    order?.intentAt ?? 0,
    order?.acknowledgedAt ?? 0,
  )
}
