import type { Meter } from '../../contract/ports.ts'

/** Publishes how far recording is behind the end of each assigned partition. */
export class KafkaLag {
  readonly #meter: Meter
  readonly #ends = new Map<string, { topic: string; partition: number; end: number }>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  /** Records the offset of the next message to be produced. */
  note(topic: string, partition: number, end: number): void {
    this.#ends.set(`${topic}/${partition}`, { topic, partition, end })
  }

  /** `positions`: those of all assigned partitions, null before the first message. */
  publish(
    positions: readonly {
      readonly topic: string
      readonly partition: number
      readonly next: number | null
    }[],
  ): void {
    for (const { topic, partition, next } of positions) {
      const end = this.#ends.get(`${topic}/${partition}`)?.end
      if (end !== undefined && next !== null) this.#show(topic, partition, Math.max(0, end - next))
    }
  }

  /** Resets the lag of partitions that were reassigned, which would otherwise stay for ever. */
  keepOnly(owns: (topic: string, partition: number) => boolean): void {
    for (const [key, { topic, partition }] of this.#ends) {
      if (owns(topic, partition)) continue
      this.#show(topic, partition, 0)
      this.#ends.delete(key)
    }
  }

  #show(topic: string, partition: number, messages: number): void {
    this.#meter.gauge('curfew_source_lag_messages', messages, {
      topic,
      partition: String(partition),
    })
  }
}
