import type { CauseClass } from '../../contract/cause.ts'
import type { SessionKind } from '../../contract/event-words.ts'

/**
 * What becomes of a session when something entitling it goes at its provider.
 * `dies`: the provider ends it itself. `must_be_ended`: it goes on, or comes back, until somebody
 * ends it, which the provider lets Curfew do. `cannot_be_ended`: it goes on and no call ends it.
 * `cannot_be_seen`: the provider does not show what happened, so Curfew never learns of it.
 */
export type Fate = 'dies' | 'must_be_ended' | 'cannot_be_ended' | 'cannot_be_seen'

/** One thing that is done at the provider, and what becomes of each kind of session. */
export interface MatrixRow {
  /** In kebab-case; the tests that try it on the real provider use the same. */
  readonly id: string
  readonly act: string
  /** The cause that Curfew reads it as; null for an end that is no cause. */
  readonly class: CauseClass | null
  readonly fates: { readonly [Kind in SessionKind]?: Fate }
  /**
   * `measured`: tried on the real provider by the tests. `documented`: by its own documentation.
   * `assumed`: nobody says, so Curfew takes it to go on.
   */
  readonly basis: 'measured' | 'documented' | 'assumed'
  readonly note?: string
}

/** Which sessions survive what at one provider: a part of its connector. */
export interface SurvivorMatrix {
  /** That of the provider. */
  readonly id: string
  /** What it was tried on, or whose documentation it follows. */
  readonly source: string
  readonly rows: readonly MatrixRow[]
}
