import type { Fields } from './fields.ts'
import { isFields } from './fields.ts'
import type { Fault } from './format.ts'

/**
 * What producers put around an event: a file in `decode/envelopes/`. It says how its messages are
 * recognised and what is inside; it takes nothing of an event from itself. An envelope's own id, time
 * and type are the envelope's, not the event's.
 *
 * Recognition goes by structure that no bare event of any format can have, so that nobody who can
 * write a value into a message chooses how it is read. A message is taken out of at most one framing
 * and one wrapper.
 */
export type Envelope = Framing | Wrapper

interface Described {
  readonly id: string
  readonly title: string
  /** Whole messages with what they hold; each is a test. */
  readonly examples: readonly [EnvelopeExample, ...EnvelopeExample[]]
}

/** Bytes before the JSON. */
export interface Framing extends Described {
  readonly kind: 'framing'
  /** How many bytes come before the JSON; 0 when the message is not framed so. */
  readonly bytesBefore: (value: Buffer) => number
  /** What to say of a framed message whose remainder is no JSON. */
  readonly otherwise: string
}

/** A JSON object around the event. */
export interface Wrapper extends Described {
  readonly kind: 'wrapper'
  /**
   * `isBare`: whether an object has what every bare event of some format has. Such an event may carry
   * fields that its format does not know, so no field of an envelope says enough there.
   */
  readonly recognises: (json: Fields, isBare: IsBare) => boolean
  readonly inside: (json: Fields) => Inside
}

/** Whether an object is a bare event of some format, by structure. */
export type IsBare = (json: Fields) => boolean

/** The event as JSON or as a text that is JSON; that there is none; or why it cannot be read. */
export type Inside =
  | { readonly json: object }
  | { readonly text: string | Buffer }
  | 'nothing'
  | { readonly fault: Fault }

export interface EnvelopeExample {
  readonly name: string
  readonly message: object | Buffer
  readonly holds:
    | { readonly event: object }
    | 'nothing'
    | { readonly rejected: Fault['reason']; readonly detail: string }
}

/** An event is there as an object or as a text; anything else is none. */
export function eventIn(value: unknown, field: string): Inside {
  if (isFields(value)) return { json: value }
  if (typeof value === 'string') return { text: value }
  const detail = `${field} must be the event: an object, or JSON in a text`
  return { fault: { reason: 'wrong_type', detail } }
}
