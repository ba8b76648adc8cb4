import type { Meter } from '../../contract/ports.ts'

/** Shows how far recording is behind the end of each partition that is ours. */
export class KafkaLag {
  readonly #meter: Meter
  readonly #ends = new Map<string, { topic: string; partition: number; end: number }>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  /** Notes the offset of the next message to be produced. */
  note(topic: string, partition: number, end: number): void {
    this.#ends.set(`${topic}/${partition}`, { topic, partition, end })
  }

  /** `positions`: those of all partitions that are ours, null where nothing is known yet. */
  tell(
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

  /** Takes back what was shown of partitions that went to others: it would stand there for ever. */
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
