import type { SessionEvent } from '../contract/event.ts'
import type { RejectedReason } from '../contract/rejected.ts'

/** Why a message is not an event: a closed reason, and which field in words without payload. */
export interface Fault {
  readonly reason: RejectedReason
  readonly detail: string
}

/**
 * What a format made of a message: `event` when the draft now holds one; `ignored` when the message
 * is genuine but tells nothing about sessions; else why it cannot be an event.
 */
export type ReadResult = 'event' | 'ignored' | Fault

/**
 * A wire format: a file in `decode/formats/`. It turns one parsed JSON value into one event by
 * filling the draft, which already carries tenant, instance, lane, source, position and
 * `receivedAt`. It must set `nativeId`, `type` and `occurredAt`; decode then derives `id`,
 * `subjectRef` and `onBehalfOfRef`. It is pure, never throws on bad input and trusts nothing.
 */
export interface Format {
  readonly id: string
  readonly title: string
  /**
   * Names the tenant and instance the payload claims, when the format can carry them, so that
   * decode can hold them against the binding; undefined parts were not said.
   */
  readonly claims?: (json: object) => { readonly tenant?: unknown; readonly instance?: unknown }
  readonly read: (json: object, draft: SessionEvent) => ReadResult
  /** Raw messages with what they become; each is a test. At least one event and one fault. */
  readonly examples: readonly [FormatExample, FormatExample, ...FormatExample[]]
}

export interface FormatExample {
  readonly name: string
  readonly message: object
  readonly becomes: Partial<SessionEvent> | 'ignored' | { readonly rejected: RejectedReason }
}
