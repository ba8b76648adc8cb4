import type { Static } from 'typebox'
import { Type } from 'typebox'

/** Why a message cannot be an event. Closed: dashboards and alerts count by these words. */
export const RejectedReason = Type.Union([
  Type.Literal('empty'),
  Type.Literal('too_large'),
  Type.Literal('too_deep'),
  Type.Literal('not_utf8'),
  Type.Literal('not_json'),
  Type.Literal('duplicate_key'),
  Type.Literal('unknown_format'),
  Type.Literal('unknown_version'),
  Type.Literal('missing_field'),
  Type.Literal('wrong_type'),
  Type.Literal('out_of_bounds'),
  Type.Literal('implausible_time'),
  Type.Literal('foreign_tenant'),
  Type.Literal('refused_by_store'),
])
export type RejectedReason = Static<typeof RejectedReason>

/** A message that cannot be an event: where it stands, why, and a short excerpt to find it by. */
export interface Rejected {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly partition: number
  readonly offset: number
  readonly receivedAt: number
  readonly reason: RejectedReason
  /** Which field, or what was found, in words that hold no payload: at most 200 characters. */
  readonly detail: string
  /** At most 512 characters of the message, control characters escaped. */
  readonly excerpt: string
  /** SHA-256 of the whole message, 32 hex digits, to match it with the producer's copy. */
  readonly digest: string
  readonly bytes: number
}
