import type { SessionKind } from './event-words.ts'

/** States of an order. Terminal ones are listed in `terminalStates`. */
export type OrderState =
  | 'proposed'
  | 'suppressed'
  | 'shadowed'
  | 'awaiting_approval'
  | 'denied'
  | 'expired'
  | 'queued'
  | 'dispatching'
  | 'acknowledged'
  | 'already_ended'
  | 'throttled'
  | 'in_doubt'
  | 'rejected'
  | 'verifying'
  | 'contained'
  | 'unverified'
  | 'regressed'
  | 'cancelled'
  | 'dead'

export const terminalStates: ReadonlySet<OrderState> = new Set<OrderState>([
  'suppressed',
  'shadowed',
  'denied',
  'expired',
  'already_ended',
  'rejected',
  'contained',
  'unverified',
  'cancelled',
  'dead',
])

/** One step of one order: a row of `order_steps`, written by the one enforcer and never changed. */
export interface OrderStep {
  readonly tenant: string
  readonly instance: string
  /**
   * Hash of (tenant, instance, session kind, session id, incarnation, ordinal). A session has one
   * order at a time; a new reason after the last one is over opens the next.
   */
  readonly orderId: string
  /** Term of the enforcer that wrote it; a successor's is higher. */
  readonly epoch: number
  /** Place within the order, from 1, without gaps. */
  readonly seq: number
  readonly state: OrderState
  readonly at: number
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly incarnation: number
  readonly subjectRef: string
  readonly curfewIds: readonly string[]
  /** Causes that may act and that this order answers; one that is not here is a new reason. */
  readonly causeIds: readonly string[]
  /** Guard, error code or approver's words; at most 512 characters. */
  readonly reason: string
  /** Calls made so far. */
  readonly attempt: number
  readonly nextAttemptAt: number | null
  readonly provider: string
  /** The provider's own id of the answered request, '' when it gave none. */
  readonly requestId: string
  /** HTTP status of the answer, 0 when there was none. */
  readonly status: number
  /** Who decided: `curfew`, or the principal that approved, denied or ordered. */
  readonly actor: string
}
