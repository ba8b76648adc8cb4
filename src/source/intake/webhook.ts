/** What a signature is worth. Only `ok` may be believed; outside, all others are one refusal. */
export type SignatureResult = 'ok' | 'missing' | 'malformed' | 'too_old' | 'in_future' | 'forged'

export interface SignedBody {
  /** The body as it came over the wire; parsed and printed again it would not verify. */
  readonly rawBody: Buffer
  /** The provider's own header with the signature. */
  readonly header: string | undefined
  /** All secrets in force: while one is being replaced there are two. */
  readonly secrets: readonly string[]
  /** ms since the epoch. */
  readonly now: number
  /** How far the signed time may be from ours; the provider's own default unless given. */
  readonly toleranceMs?: number
}

/** How a provider sends its events: a part of its connector. They are taken at `/v1/intake/<id>`. */
export interface Webhook {
  /** Name of the header with the signature, in lower case. */
  readonly header: string
  readonly bodyBytesMax: number
  /** Never throws, whatever is handed in. */
  readonly verify: (signed: SignedBody) => SignatureResult
}
