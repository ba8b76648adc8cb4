import type { Command as Program } from 'commander'

/** A command: a file in `commands/list/`. It adds itself, with options, an example and its action. */
export interface Command {
  readonly id: string
  readonly add: (program: Program) => void
}

/** What a command ends with, documented in `curfew --help`. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong arguments, settings, policy or connections: nothing was begun. */
  misused: 2,
  /** It ran, and what it checks is not as it should be. */
  found: 3,
  /** A report that was to be complete may be missing something, and says what. */
  incomplete: 4,
  /** A signal ended it before it was done; what it did until then is kept. */
  stopped: 130,
} as const
