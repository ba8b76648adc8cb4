/** What people and programs asked for: rows of `requests`. The enforcer alone decides on them. */
export interface Request {
  readonly tenant: string
  readonly instance: string
  /** Hash of (tenant, principal, idempotency key or content, at). */
  readonly requestId: string
  readonly kind: 'approve' | 'deny' | 'sign_out_everywhere' | 'list_now'
  /** For approve and deny. */
  readonly orderId: string
  /** For sign_out_everywhere and list_now. */
  readonly subjectRef: string
  readonly principal: string
  readonly role: string
  readonly reason: string
  readonly at: number
}
