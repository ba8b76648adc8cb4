import { reasonOf } from '../../contract/errors.ts'
import type { Clock, Log, Meter } from '../../contract/ports.ts'
import { backOffMs } from '../deadline.ts'
import type { DueOffset, Offsets } from './offsets.ts'

/** Sends offsets to the broker, once: retries are decided here. */
export type SendOffsets = (offsets: readonly DueOffset[]) => Promise<void>

const everyMs = 100
const failureWaitMaxMs = 5_000

/**
 * Commits what is due, all partitions in one call, at most every 100 ms and one call at a time.
 * While paused it sends nothing: between two assignments the broker could take a commit for one of the
 * new generation, which would move a partition that is no longer ours.
 */
export class KafkaCommits {
  readonly #offsets: Offsets
  readonly #clock: Clock
  readonly #log: Log
  readonly #meter: Meter
  readonly #onCommitted: () => void
  #send: SendOffsets | undefined
  #isPaused = true
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

  /** Sets the call that sends offsets to the broker. */
  use(send: SendOffsets): void {
    this.#send = send
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.soon()
  }

  /** Commits due offsets within 100 ms, together with those that become due until then. */
  soon(): void {
    this.#isWanted = true
    if (this.#isLooping || this.#isPaused) return
    this.#isLooping = true
    void this.#loop()
  }

  /** Commits due offsets now. Never rejects: after a failure they stay due. */
  now(): Promise<'idle' | 'committed' | 'failed'> {
    const next = this.#last.then(() => this.#sendDue())
    this.#last = next
    return next
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#isWanted = false
      await this.#clock.wait(Math.max(0, this.#notBefore - this.#clock.now()))
      // Offsets that became due since the last check would otherwise wait for the next call.
      if ((await this.now()) === 'idle' && !this.#isWanted) break
    }
    this.#isLooping = false
  }

  async #sendDue(): Promise<'idle' | 'committed' | 'failed'> {
    const due = this.#offsets.due()
    if (this.#isPaused || this.#send === undefined || due.offsets.length === 0) return 'idle'
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
      this.#log.debug({ reason: reasonOf(error) }, 'offsets were not committed; trying again')
      return 'failed'
    }
  }
}
