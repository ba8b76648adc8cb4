/** The calls of the provider's API, as faults name them. */
export type Call =
  | 'create_session'
  | 'list_sessions'
  | 'read_session'
  | 'revoke_session'
  | 'log_out'
  | 'refresh'
  | 'tell'
  | 'read_events'

/**
 * One way to go wrong.
 * - `status`: answers so without doing anything; 429 and 503 may carry a Retry-After, given as sent.
 * - `keep_session`: a revocation answers 200 and does nothing.
 * - `stale_list`: a list shows the world as it was so many milliseconds ago.
 * - `reset_after_work`: the work is done, then the connection is reset without an answer.
 * - `hang`: nothing is done and no answer ever comes.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'keep_session' }
  | { readonly kind: 'stale_list'; readonly byMs: number }
  | { readonly kind: 'reset_after_work' }
  | { readonly kind: 'hang' }

/** Which calls go wrong, and how; may be changed while the provider runs. */
export class Faults {
  #planned: { call: Call | 'any'; fault: Fault; timesLeft: number }[] = []

  /** From now on, or for so many calls, this call (or any) goes wrong like this; first come first. */
  plan(call: Call | 'any', fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#planned.push({ call, fault, timesLeft: times })
  }

  /** Everything works again from the next call on. */
  clear(): void {
    this.#planned = []
  }

  /** The fault that this call meets, which uses it up once. */
  meet(call: Call): Fault | undefined {
    const met = this.#planned.find((plan) => plan.call === call || plan.call === 'any')
    if (met === undefined) return undefined
    met.timesLeft -= 1
    if (met.timesLeft <= 0) this.#planned = this.#planned.filter((plan) => plan !== met)
    return met.fault
  }
}
