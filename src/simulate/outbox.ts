import type { Clock } from '../contract/ports.ts'
import type { SessionEventV1 } from '../contract/session-event-v1.ts'
import { EventQueue } from './event-queue.ts'
import { minuteMs, secondMs } from './pace.ts'
import type { Random } from './random.ts'

/** One message on its way to Curfew: the subject's id keys its partition. */
export interface SimulatedEvent {
  readonly key: string
  readonly json: string
}

/** Where messages go. It resolves once they are taken; it may take its time. */
export interface Sink {
  readonly send: (lines: readonly SimulatedEvent[]) => Promise<void>
}

/** What transport does to events. Shares are of all events, lengths in ms of wire time. */
export interface Noise {
  readonly duplicates: number
  readonly disordered: number
  /** How late a disordered event is at most. */
  readonly displacementMsMax: number
  /** Events that come long after the others, up to `lateMsMax`. */
  readonly late: number
  readonly lateMsMax: number
  /** Additional messages that are no events: nothing true is lost by them. */
  readonly malformed: number
}

export const usualNoise: Noise = {
  duplicates: 0.01,
  disordered: 0.02,
  displacementMsMax: 2 * minuteMs,
  late: 0.0005,
  lateMsMax: 30 * minuteMs,
  malformed: 0.001,
}

export const noNoise: Noise = {
  duplicates: 0,
  disordered: 0,
  displacementMsMax: 0,
  late: 0,
  lateMsMax: 0,
  malformed: 0,
}

const linesPerSend = 500

export interface OutboxOptions {
  readonly sink: Sink
  readonly noise: Noise
  readonly random: Random
  /** Messages a second at most, by `clock`. */
  readonly eventsPerSecondMax: number
  readonly clock: Clock
}

/** Messages that wait to be sent, with the noise of their way already upon them. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #waiting = new EventQueue<SimulatedEvent>()
  #sent = 0
  #malformed = 0

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get sent(): number {
    return this.#sent
  }

  /** How many of all messages were made malformed on purpose. */
  get malformed(): number {
    return this.#malformed
  }

  /** @param now wire time. */
  post(event: SessionEventV1, now: number): void {
    const { random, noise } = this.#options
    const message = {
      key: event.subject?.id ?? event.session?.id ?? event.id,
      json: JSON.stringify(event),
    }
    const delayMs = this.#delayMs()
    this.#waiting.add(now + delayMs, message)
    if (random.chance(noise.duplicates)) {
      this.#waiting.add(now + delayMs + random.whole(0, 5 * secondMs), message)
    }
    if (random.chance(noise.malformed)) {
      this.#malformed += 1
      this.#waiting.add(now, { key: message.key, json: spoil(random, event) })
    }
  }

  /** Sends what is due at `now` of wire time; Infinity sends all that is left. */
  async flush(now: number): Promise<void> {
    for (;;) {
      const lines: SimulatedEvent[] = []
      while (lines.length < linesPerSend) {
        const line = this.#waiting.take(now)
        if (line === undefined) break
        lines.push(line)
      }
      if (lines.length === 0) return
      await this.#options.sink.send(lines)
      this.#sent += lines.length
      const { eventsPerSecondMax, clock } = this.#options
      if (eventsPerSecondMax !== Number.POSITIVE_INFINITY) {
        await clock.wait((lines.length / eventsPerSecondMax) * secondMs)
      }
    }
  }

  #delayMs(): number {
    const { random, noise } = this.#options
    if (random.chance(noise.late)) return random.whole(noise.displacementMsMax, noise.lateMsMax)
    if (!random.chance(noise.disordered)) return 0
    // Most are a little late, few as late as they may be.
    return Math.min(
      noise.displacementMsMax,
      Math.round(random.waiting(noise.displacementMsMax / 6)),
    )
  }
}

/** Ways in which real producers get a message wrong. */
const spoilers: readonly ((event: SessionEventV1) => string)[] = [
  (event) => JSON.stringify(event).slice(0, 40),
  (event) => JSON.stringify({ ...event, version: 2 }),
  ({ occurred_at: _, ...event }) => JSON.stringify(event),
  (event) => JSON.stringify({ ...event, type: 'session.exploded' }),
  (event) => JSON.stringify({ ...event, session: { id: 7 } }),
  (event) => JSON.stringify({ ...event, occurred_at: 'yesterday' }),
  (event) => JSON.stringify({ ...event, subject: { id: 'x'.repeat(300) } }),
  () => 'not json at all',
]

function spoil(random: Random, event: SessionEventV1): string {
  return random.pick(spoilers)({ ...event, id: `${event.id}.spoiled` })
}
