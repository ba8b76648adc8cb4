import { closeSync, openSync, writeSync } from 'node:fs'
import type { CauseClass } from '../contract/cause.ts'
import type { ScopeKind, SessionKind } from '../contract/event-words.ts'

/**
 * The truth ledger: what was planted and what was true, one JSON object a line, written when it
 * happens and never changed. It is kept apart from the events, and whatever judges Curfew reads it;
 * Curfew itself never does. Times are RFC 3339.
 */
export type TruthEntry = PlantedTruth | CauseTruth | RefusedTruth | EndedTruth | RunTruth

/** How a session is named here: tenants are the reader's business. */
export interface SessionTruth {
  readonly instance: string
  readonly kind: SessionKind
  readonly id: string
}

export type PlantedKind = 'survivor' | 'theft' | 'use_after_revoke' | 'use_after_expiry'

/** Something wrong that Curfew ought to find. */
export interface PlantedTruth {
  readonly kind: PlantedKind
  readonly id: string
  readonly session: SessionTruth
  readonly subject: string
  readonly cause?: {
    readonly class: CauseClass
    readonly at: string
    readonly event_id: string
    /** The line of kind `cause` that it belongs to. */
    readonly id: string
  }
  /** When it became true: the cause of a survivor, the first use of anything else. */
  readonly at: string
  readonly expect: {
    readonly detector?: string
    readonly curfew?: { readonly class: CauseClass }
  }
  /** Ids of the events that are the evil itself; empty for survivors. */
  readonly events: readonly string[]
  readonly notes: { readonly [name: string]: string | number | boolean }
}

/** A cause, with every session in its scope that was truly alive when it happened. */
export interface CauseTruth {
  readonly kind: 'cause'
  readonly id: string
  readonly class: CauseClass
  readonly at: string
  readonly event_id: string
  readonly subject: string
  readonly scope: { readonly kind: ScopeKind; readonly id?: string }
  readonly sessions: readonly {
    readonly instance: string
    readonly kind: SessionKind
    readonly id: string
    readonly subject: string
    readonly created_at: string
    readonly expires_at: string
    /** When the provider last accepted it, as far as the company saw. */
    readonly confirmed_at: string
    /** Directly in scope, or an agent's session on behalf of the subject. */
    readonly via: 'scope' | 'delegation'
    /** It made the authenticated change itself. */
    readonly exempt: boolean
    /** Left alive on purpose; the others the company ends by itself, unless they are exempt. */
    readonly left: 'active' | 'idle' | 'no'
  }[]
}

/** The provider refused a session that a cause or a plant names: it is dead. Told once. */
export interface RefusedTruth {
  readonly kind: 'refused'
  readonly session: SessionTruth
  readonly refused_at: string
  readonly event_id: string
}

/**
 * A session that a cause names ended by what the company itself did, or by its own expiry, as far
 * as the company knows: somebody else may have ended it before.
 */
export interface EndedTruth {
  readonly kind: 'ended'
  readonly session: SessionTruth
  readonly at: string
  readonly how: 'logout' | 'expiry' | 'admin' | 'provider'
}

/** The first line: which run this is. */
export interface RunTruth {
  readonly kind: 'run'
  readonly seed: string
  readonly at: string
  readonly instance: string
  readonly people: number
  readonly speed: number
}

/**
 * Names of the detectors that ought to see what is planted. A survivor is expected as a curfew of
 * its cause's class, not as a finding.
 */
export const expectedDetector = {
  theft: 'impossible-travel',
  use_after_revoke: 'used-after-revoked',
  use_after_expiry: 'used-after-expiry',
} as const

/** Where the ledger's lines go, each without its line break. */
export interface Ledger {
  readonly write: (line: string) => void
}

export interface FileLedger extends Ledger, Disposable {
  readonly close: () => void
}

/**
 * A ledger in a new file. Lines are written at once, so that the truth survives whatever happens to
 * the process; the file is made readable by its owner only, as it names people.
 *
 * @throws the error of node:fs, such as EEXIST: truth is never overwritten.
 */
export function openLedgerFile(path: string): FileLedger {
  const file = openSync(path, 'ax', 0o600)
  let open = true
  const close = () => {
    if (open) closeSync(file)
    open = false
  }
  return { write: (line) => writeSync(file, `${line}\n`), close, [Symbol.dispose]: close }
}

/** Reads a ledger back: one entry per line; empty lines are skipped. */
export function* readLedger(lines: Iterable<string>): Generator<TruthEntry> {
  for (const line of lines) {
    // The ledger is the simulation's own file; whoever edits it by hand misleads only themselves.
    if (line !== '') yield JSON.parse(line) as TruthEntry
  }
}
