import type { SessionEvent } from '../contract/event.ts'
import type { RejectedReason } from '../contract/rejected.ts'
import type { Lack, UnreadWhy } from '../contract/unread.ts'

/** Why a message is not an event: a closed reason, and which field in words without payload. */
export interface Fault {
  readonly reason: RejectedReason
  readonly detail: string
}

/**
 * One reading of one message: the first fault found, how many fields it has and how many of them were
 * looked at. The readers of `fields.ts` take a value, answer with what belongs into the event, and note here
 * what is wrong or left out; a draft with a noted fault is dropped. So a reader is one line per field,
 * and nothing is thrown on the hottest path of the program.
 */
export interface Reading {
  fault: Fault | undefined
  /** Names in all objects of the message, at any depth. */
  fields: number
  /** Those of them that a reader has found and taken; each is read once. */
  taken: number
  /** The provider's own name for the kind of message; '' until a reader knows it. */
  name: string
  /** Why it is no event, should it become none; see `unread.ts` for how readers say so. */
  unread: UnreadWhy
  lack: Lack | ''
  /** Why the event that it became tells a cause that can reach no session; '' where it can. */
  deadEnd: Lack | ''
  /** Fields of which something could not be used; undefined while there are none. */
  leftOut: string[] | undefined
  /** Whether texts of it were cut because it was too large. */
  isShortened: boolean
  /** Whether its text may hold half a surrogate pair: only then do readers check. */
  hasOddText: boolean
  /** Whether bytes of it were no UTF-8, and so became U+FFFD. */
  hasOddBytes: boolean
  /** Proxies of the producer's own at the end of a list of addresses: see `clientAddressOf`. */
  readonly trustedHops: number | undefined
  /** Clients that run on the subject's own device, and call the provider from there. */
  readonly publicClients: readonly string[]
}

export function blankReading(
  trustedHops?: number,
  publicClients: readonly string[] = noClients,
): Reading {
  return {
    fault: undefined,
    fields: 0,
    taken: 0,
    name: '',
    unread: 'irrelevant',
    lack: '',
    deadEnd: '',
    leftOut: undefined,
    isShortened: false,
    hasOddText: false,
    hasOddBytes: false,
    trustedHops,
    publicClients,
  }
}

const noClients: readonly string[] = []

/**
 * What a format made of a message: `event` when the draft now holds one; `ignored` when the message
 * is genuine but became no event, for the reason that the reading notes; else why it cannot be one.
 */
export type ReadResult = 'event' | 'ignored' | Fault

/** The owner that a message claims. `realm`: the provider's name for a part of its users. */
export interface Claims {
  readonly tenant?: unknown
  readonly instance?: unknown
  readonly realm?: unknown
}

/**
 * A wire format: a file in `decode/formats/`, or a part of a connector. It turns one parsed JSON value into one event by
 * filling the draft, which already carries tenant, instance, lane, source, position and
 * `receivedAt`. It must set `nativeId`, `type` and `occurredAt`; decode then derives `id`,
 * `subjectRef` and `onBehalfOfRef`. What is wrong it notes in the reading. It is pure, never throws on
 * bad input and trusts nothing.
 */
export interface Format {
  readonly id: string
  readonly title: string
  /**
   * Names the tenant and instance the payload claims, when the format can carry them, so that
   * decode can hold them against the binding; undefined parts were not said.
   */
  readonly claims?: (json: object) => Claims
  /**
   * Whom a message is about: the subject as `read` finds it, else the session. All events of a subject have
   * to reach one process by it. Undefined where it names neither. Pure; may throw SyntaxError.
   */
  readonly subjectKey: (event: unknown) => string | undefined
  /**
   * Whether an object has what every bare event of this format has and no envelope does: it may carry
   * fields that look like an envelope's.
   */
  readonly isBare: (json: { readonly [name: string]: unknown }) => boolean
  readonly read: (json: object, draft: SessionEvent, reading: Reading) => ReadResult
  /** Raw messages with what they become; each is a test. At least one event and one fault. */
  readonly examples: readonly [FormatExample, FormatExample, ...FormatExample[]]
}

export interface FormatExample {
  readonly name: string
  readonly message: object
  readonly becomes:
    | Partial<SessionEvent>
    | 'ignored'
    | { readonly ignored: UnreadWhy }
    | { readonly rejected: RejectedReason }
}
