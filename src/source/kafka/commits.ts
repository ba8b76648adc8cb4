import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log, Meter } from '../../contract/ports.ts'
import { backOffMs } from '../deadline.ts'
import type { DueOffset, Offsets } from './offsets.ts'

/** Sends offsets to the broker, once: whether and when to try again is decided here. */
export type SendOffsets = (offsets: readonly DueOffset[]) => Promise<void>

const everyMs = 100
const failureWaitMaxMs = 5_000

/**
 * Commits what is due, all partitions in one call, at most every 100 ms and one call at a time.
 * While `hold` is in force nothing is sent: between two assignments a commit could be taken for
 * one of the new generation and move a partition that is no longer ours.
 */
export class KafkaCommits {
  readonly #offsets: Offsets
  readonly #clock: Clock
  readonly #log: Log
  readonly #meter: Meter
  readonly #onCommitted: () => void
  #send: SendOffsets | undefined
  #isHeld = true
  #isLooping = false
  #isWanted = false
  #failures = 0
  #notBefore = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(deps: {
    readonly offsets: Offsets
    readonly clock: Clock
    readonly log: Log
    readonly meter: Meter
    readonly onCommitted: () => void
  }) {
    this.#offsets = deps.offsets
    this.#clock = deps.clock
    this.#log = deps.log
    this.#meter = deps.meter
    this.#onCommitted = deps.onCommitted
  }

  /** By which call offsets reach the broker from now on. */
  use(send: SendOffsets): void {
    this.#send = send
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.soon()
  }

  /** Has what is due committed shortly, together with what becomes due until then. */
  soon(): void {
    this.#isWanted = true
    if (this.#isLooping || this.#isHeld) return
    this.#isLooping = true
    void this.#loop()
  }

  /** Commits what is due now. Never rejects: what failed is due again. */
  now(): Promise<'idle' | 'committed' | 'failed'> {
    const next = this.#last.then(() => this.#sendDue())
    this.#last = next
    return next
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#isWanted = false
      await this.#clock.wait(Math.max(0, this.#notBefore - this.#clock.now()))
      // What became due after the last look, and before this line, would else wait for the next.
      if ((await this.now()) === 'idle' && !this.#isWanted) break
    }
    this.#isLooping = false
  }

  async #sendDue(): Promise<'idle' | 'committed' | 'failed'> {
    const due = this.#offsets.due()
    if (this.#isHeld || this.#send === undefined || due.offsets.length === 0) return 'idle'
    try {
      await this.#send(due.offsets)
      due.acknowledge()
      this.#failures = 0
      this.#notBefore = this.#clock.now() + everyMs
      this.#onCommitted()
      return 'committed'
    } catch (error) {
      this.#notBefore = this.#clock.now() + backOffMs(this.#failures, everyMs, failureWaitMaxMs)
      this.#failures += 1
      this.#meter.count('curfew_source_commit_failures_total')
      this.#log.debug({ reason: reasonOf(error) }, 'offsets were not committed; they stay due')
      return 'failed'
    }
  }
}
