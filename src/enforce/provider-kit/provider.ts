import type { Worth } from '../../contract/deaths.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { ListedSession } from '../../contract/evidence.ts'
import type { AlsoEnds } from '../../contract/order-step.ts'
import type { Clock, Send } from '../../contract/ports.ts'

/** A session as an order names it. */
export interface Target {
  readonly subjectId: string
  readonly kind: SessionKind
  readonly id: string
}

/** A tie of a session that a provider's lists may report. */
export type ListedTie = 'organization' | 'connection' | 'device' | 'grant' | 'principal'

/**
 * What proves a death at a provider. A negative answer (not listed, not found, unknown) is worth
 * something only where the same question was seen to answer positively for a session that lives;
 * `control` says where that was seen.
 */
export interface Proofs {
  /** Two complete lists without the session, both begun after the cause and the last call. */
  readonly absence: Worth
  /** A read by id, begun after the cause and the last call, that does not find it. */
  readonly read: Worth
  /** The provider's event of an end that our own call brought about. */
  readonly ownEnd: Worth
  /** Its event of an end that anybody else brought about: a sign-out, an administrator, expiry. */
  readonly otherEnd: Worth
  /** A use that was refused because the session had ended. */
  readonly refusal: Worth
  /** What was measured or is documented, and the positive control; shown by `curfew doctor`. */
  readonly control: string
}

/**
 * Whether one call for an end is enough. `again`: it is repeated until the provider answers that it
 * knows no such session, at least `apartMs` after its answer before, and no list or read of ours for
 * the same subject runs while it does.
 */
export type RepeatCall =
  | { readonly call: 'once' }
  | { readonly call: 'again'; readonly apartMs: number }

/**
 * What proves a death at a provider. It holds too where its events are only read and nothing can be
 * called.
 */
export interface Proving {
  readonly proofs: Proofs
  readonly repeat: RepeatCall
}

/** What a provider can do, so that evidence and budgets are judged by what is possible there. */
export interface Capabilities extends Proving {
  readonly kinds: readonly SessionKind[]
  /**
   * What its lists say each session hangs on. A session that no event named is in a scope only where
   * the list says so: what is not said is never guessed.
   */
  readonly tells: readonly ListedTie[]
  /** Whether one session can be read by its id. */
  readonly read: boolean
  /** By the kind of the session that is called for; a kind that is not named ends nothing else. */
  readonly alsoEnds: { readonly [Kind in SessionKind]?: AlsoEnds }
  /** How far its session times may be off, ms (rounding to seconds: 1,000). */
  readonly timeRoundingMs: number
  /** Most calls per second that its documentation allows Curfew, before policy lowers it. */
  readonly callsPerSecondMax: number
  /** Client id our own revocations carry in its events, '' when it does not echo one. */
  readonly ownClientId: string
}

export interface ListAnswer {
  readonly sessions: readonly ListedSession[]
  /** False when a page failed or the list shifted while it was read. */
  readonly complete: boolean
  /**
   * True where the provider's own record says that it deleted the subject, with all its sessions: then
   * what two lists do not show is dead without more ado, since nothing is left that could come back.
   */
  readonly subjectGone?: boolean
  /** What of it is outside the provider's contract, in words that repeat none of it. */
  readonly flaw?: string
}

/** `alive` or `gone`; `unknown` where the provider cannot tell. */
export type ReadAnswer =
  | { readonly state: 'alive'; readonly session: ListedSession }
  | { readonly state: 'gone' }
  | { readonly state: 'unknown' }

export interface RevokeAnswer {
  /** `acknowledged`: 2xx. `already_gone`: it knew no such session. Neither is proof. */
  readonly result: 'acknowledged' | 'already_gone'
  readonly status: number
  readonly requestId: string
}

/**
 * One open connection to an identity provider. Every call makes at most one attempt and throws
 * CurfewError: ENFORCE_BUSY (429, `retryAfterMs` when it said one), ENFORCE_UNREACHABLE (time-out,
 * reset, 5xx: whether it was done is unknown), ENFORCE_REFUSED (other 4xx: a person must look),
 * ENFORCE_MALFORMED (an answer outside its contract). No token ever reaches a message or a log.
 */
export interface OpenProvider {
  readonly capabilities: Capabilities
  /**
   * All active sessions of one subject, of every kind, over all pages. Left out where the provider lists
   * none: then nothing is seen but by events and reads, and coverage stays unproven.
   */
  readonly list?: (subjectId: string) => Promise<ListAnswer>
  /**
   * The kinds of sessions that the list of this subject would show, where users and agents are listed
   * apart. A list proves nothing about a session of another kind. All of `kinds` where it is not given.
   */
  readonly kindsListed?: (subjectId: string) => readonly SessionKind[]
  readonly read: (target: Target) => Promise<ReadAnswer>
  /** Once the signal aborts, nothing more is sent. */
  readonly revoke: (target: Target, signal?: AbortSignal) => Promise<RevokeAnswer>
  /** Checks reachability and rights; for `curfew doctor` and readiness. */
  readonly check: () => Promise<{ readonly ok: boolean; readonly detail: string }>
  /**
   * What its settings keep from Curfew, where it can be asked: whole kinds of causes that go unseen, and
   * what is seen less of. `hasFeed`: whether its events are read from what it saves.
   *
   * @throws CurfewError as the other calls.
   */
  readonly gaps?: (
    hasFeed: boolean,
  ) => Promise<{ readonly blind: readonly string[]; readonly dim: readonly string[] }>
}

/** One that lists the sessions of a subject, as most do. */
export interface ListingProvider extends OpenProvider {
  readonly list: NonNullable<OpenProvider['list']>
}

/** What a provider is opened with. */
export interface ProviderPorts {
  readonly send: Send
  readonly clock: Clock
}

/** What lists and ends sessions at one identity provider: a part of its connector. */
export interface Provider {
  /** @throws CurfewError SETTINGS_INVALID for settings that are not as the connector's schema says. */
  readonly open: (settings: unknown, ports: ProviderPorts) => OpenProvider
}
