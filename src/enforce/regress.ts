import type { Order } from './order.ts'
import type { Regard } from './regard.ts'

/**
 * Whether a settled order's session was alive at its provider after our call took effect. A request
 * in flight at that instant, or a late log of one, is no sign of life.
 */
export function hasComeBack(order: Order, { aliveAt }: Regard, graceMs: number): boolean {
  const { last, acknowledgedAt, intentAt } = order
  if (last.state !== 'contained' && last.state !== 'unverified') return false
  return aliveAt !== null && aliveAt > (acknowledgedAt ?? intentAt ?? last.at) + graceMs
}
