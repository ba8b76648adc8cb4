import type { Static } from 'typebox'
import { Type } from 'typebox'
import { SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { count, instant, instantOrNull, owner, text, texts } from './noun.ts'

/** States of an order. Terminal ones are listed in `terminalStates`. */
export const OrderState = Type.Union(
  [
    Type.Literal('proposed'),
    Type.Literal('suppressed'),
    Type.Literal('shadowed'),
    Type.Literal('awaiting_approval'),
    Type.Literal('denied'),
    Type.Literal('expired'),
    Type.Literal('queued'),
    Type.Literal('dispatching'),
    Type.Literal('acknowledged'),
    Type.Literal('already_ended'),
    Type.Literal('throttled'),
    Type.Literal('in_doubt'),
    Type.Literal('rejected'),
    Type.Literal('verifying'),
    Type.Literal('contained'),
    Type.Literal('unverified'),
    Type.Literal('regressed'),
    Type.Literal('cancelled'),
    Type.Literal('dead'),
  ],
  { description: 'State of the order from this step on.' },
)
export type OrderState = Static<typeof OrderState>

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

/**
 * What a call for the end of one session also ends. `subject`: any session of its subject, where the
 * provider does not report which.
 */
export type AlsoEnds = 'nothing' | 'online_of_same_id' | 'subject'

/**
 * Stands among the sessions that a call also ends where its provider ends all sessions of the subject and
 * can list none of them: there may be some that no event named.
 */
export const unlistedSessions = 'sessions of this subject that no event named'

/** One step of one order: a row of `order_steps`, written by the elected enforcer and never changed. */
export const OrderStep = Type.Object(
  {
    ...owner,
    orderId: text(
      'Hash of (tenant, instance, session kind, session id, incarnation, ordinal). A session has one order at a time; a new reason after the last one has finished opens the next.',
    ),
    epoch: count("Term of the enforcer that wrote it; a successor's is higher."),
    seq: Type.Integer({
      minimum: 1,
      description: 'Position within the order, from 1, without gaps.',
    }),
    state: OrderState,
    at: instant('When the step was taken.'),
    sessionKind: SessionKind,
    sessionId: text("The identity provider's id of the session."),
    incarnation: count('Incarnation of a reused session id, from 0.'),
    subjectRef: text("Keyed hash of the session's subject, '' when unknown."),
    curfewIds: texts('The curfews it serves.'),
    causeIds: texts('Causes that may act and that this order serves; any other is a new reason.'),
    reason: text("Guard, error code or approver's reason; at most 512 characters."),
    attempt: count('Calls made so far.'),
    nextAttemptAt: instantOrNull('When the next call is due; null when none is.'),
    provider: text('Catalogue id of the provider.'),
    requestId: text("The provider's own id of the answered request, '' without any."),
    status: count('HTTP status of the answer, 0 when there was none.'),
    alsoEnds: texts(
      'Other recorded sessions that its call also ends, by kind and id: shown before an approval, which covers them. Empty for most providers.',
    ),
    actor: text('Who decided: curfew, or the principal that approved, denied or ordered.'),
  },
  {
    $id: 'order-step.v1',
    title: 'Order step, version 1',
    description: 'One step of one planned revocation: a row of the table order_steps.',
  },
)
export type OrderStep = Noun<typeof OrderStep>
