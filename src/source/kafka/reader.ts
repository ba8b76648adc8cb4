import { reasonOf } from '../../contract/errors.ts'
import { waitFor } from '../deadline.ts'
import type { Deliver } from '../source.ts'
import type { FetchedBatch, MessageChunk } from './chunks.ts'
import { batchOf, chunksOf } from './chunks.ts'
import type { SendOffsets } from './commits.ts'
import { KafkaCommits } from './commits.ts'
import { InFlight } from './in-flight.ts'
import { KafkaLag } from './lag.ts'
import type { Assignment } from './offsets.ts'
import { Offsets } from './offsets.ts'
import type { KafkaPorts, KafkaSettingsFilled, KafkaTopic } from './settings.ts'

export interface ReaderPorts
  extends KafkaPorts,
    Pick<KafkaSettingsFilled, 'inFlightMax' | 'sessionTimeoutMs'> {
  readonly deliver: Deliver
  readonly topicOf: (topic: string) => KafkaTopic | undefined
  /** How long a rebalance may be delayed until the batches in flight are durable, ms. */
  readonly drainMs: number
}

/** Our membership in the group between two rebalances. */
interface Membership {
  readonly signal: AbortSignal
  readonly end: () => void
  /** Resolves once reading may begin. */
  ready: Promise<void>
}

const heartbeatPauseMs = 1_000

/**
 * Turns fetches into delivered chunks: the part of the Kafka source that needs no broker. It keeps
 * sending heartbeats while the journey is busy, stops at once when the membership ends, waits after
 * each assignment until all batches delivered before are durable, and commits.
 */
export class KafkaReader {
  readonly #ports: ReaderPorts
  readonly #offsets = new Offsets()
  readonly #inFlight = new InFlight()
  readonly #commits: KafkaCommits
  readonly #lag: KafkaLag
  #membership: Membership | undefined
  #heartbeatAt = Number.NEGATIVE_INFINITY
  #isClosing = false
  #waiting = 0
  #settling: Promise<void> | undefined

  constructor(ports: ReaderPorts) {
    this.#ports = ports
    this.#lag = new KafkaLag(ports.meter)
    this.#commits = new KafkaCommits({
      ...ports,
      offsets: this.#offsets,
      onCommitted: () => {
        this.#inFlight.wake()
        this.#lag.publish(this.#offsets.positions())
      },
    })
  }

  /** Rejects once a batch has failed for good: the source cannot go on. */
  get failed(): Promise<never> {
    return this.#inFlight.failed
  }
  get hasFailed(): boolean {
    return this.#inFlight.hasFailed
  }

  /** When the last accepted heartbeat or join was sent, ms since the epoch. */
  get heartbeatAt(): number {
    return this.#heartbeatAt
  }
  /** Records that a heartbeat or join sent at this instant was accepted. */
  heartbeatAccepted(sentAt: number): void {
    this.#heartbeatAt = Math.max(this.#heartbeatAt, sentAt)
  }

  /** Sets the call that commits offsets in the present membership. */
  commitBy(send: SendOffsets): void {
    this.#commits.use(send)
  }

  /** Records the end of a partition that is not being fetched. */
  noteEnd(topic: string, partition: number, end: number): void {
    if (!this.#offsets.owns(topic, partition)) return
    this.#lag.note(topic, partition, end)
    this.#lag.publish(this.#offsets.positions())
  }

  /** A join is under way: until it ends, no partition is assigned to us. */
  rejoining(): void {
    this.#commits.pause()
    this.#membership?.end()
    this.#membership = undefined
  }

  /**
   * The group has assigned partitions to us. `describe` asks the broker for their offsets before any of
   * them is read. The assignment holds until the next call or `rejoining`.
   */
  joined(describe: () => Promise<readonly Assignment[]>): void {
    this.rejoining()
    const ended = new AbortController()
    const membership = { signal: ended.signal, end: () => ended.abort(), ready: Promise.resolve() }
    membership.ready = this.#settleIn(membership, describe)
    // It fails only with a failed batch, which `failed` reports.
    membership.ready.catch(() => undefined)
    this.#membership = membership
    if (this.#isClosing) ended.abort()
  }

  /**
   * Delivers a fetch. Resolves when all of it is delivered, or as much as may be; rejects as
   * `heartbeat` does, after giving what is underway a while to become durable and be committed.
   */
  async read(batch: FetchedBatch): Promise<void> {
    const membership = this.#membership
    const topic = this.#ports.topicOf(batch.topic)
    if (membership === undefined || topic === undefined) return
    try {
      await this.#heartbeatUntil(membership.ready, batch, membership)
      if (membership.signal.aborted || !this.#offsets.owns(batch.topic, batch.partition)) return
      this.#lag.note(batch.topic, batch.partition, batch.end)
      await this.#followBack(batch, membership)
      await this.#deliverAll(batch, topic, membership)
    } catch (error) {
      if (this.#inFlight.hasFailed) return
      await this.#settleForOthers()
      throw error
    }
  }

  /** Stops reading, waits for batches in flight until the signal aborts, and commits them. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosing = true
    this.#membership?.end()
    // A batch that failed for good was reported; the other positions are still valid.
    await this.#inFlight.settled(signal).catch(() => undefined)
    const { clock } = this.#ports
    await waitFor(this.#commits.now(), { clock, ms: this.#ports.drainMs, signal })
  }

  async #settleIn(
    { signal }: Membership,
    describe: () => Promise<readonly Assignment[]>,
  ): Promise<void> {
    // Nothing new before all the old is durable: else a message underway could be delivered a
    // second time before the store can know it, and a commit could pass over it.
    await this.#inFlight.settled(signal)
    while (!signal.aborted) {
      try {
        const assignments = await describe()
        if (signal.aborted) return
        this.#offsets.assign(assignments)
        this.#lag.keepOnly((topic, partition) => this.#offsets.owns(topic, partition))
        this.#commits.resume()
        return
      } catch (error) {
        this.#ports.log.warn(
          { reason: reasonOf(error) },
          'the broker did not answer with offsets; asking again',
        )
        await this.#ports.clock.wait(heartbeatPauseMs, signal)
      }
    }
  }

  async #followBack(batch: FetchedBatch, membership: Membership): Promise<void> {
    const { topic, partition, messages } = batch
    const first = Number(messages[0]?.offset)
    if (!this.#offsets.isStepBack(topic, partition, first)) return
    await this.#heartbeatUntil(this.#inFlight.settled(membership.signal), batch, membership)
    if (membership.signal.aborted) return
    this.#ports.log.warn(
      { topic, partition, first },
      'the partition is read again from an earlier offset',
    )
    this.#offsets.stepBack(topic, partition, first)
  }

  async #deliverAll(batch: FetchedBatch, topic: KafkaTopic, membership: Membership): Promise<void> {
    const { signal } = membership
    if (signal.aborted) return
    const redeliveredBelow = this.#offsets.redeliveredBelow(batch.topic, batch.partition)
    const chunks = [...chunksOf(batch.messages, redeliveredBelow)]
    if (chunks.length === 0) this.#passOver(batch)
    for (const chunk of chunks) {
      for (;;) {
        const isSure = this.#isSureMember()
        if (isSure && this.#hasRoomFor(chunk, batch)) break
        if (isSure) await this.#heartbeatUntil(this.#inFlight.changed(signal), batch, membership)
        else await this.#askMembership(batch)
        if (signal.aborted) return
      }
      // The last chunk also covers what follows it in the fetch and is no message.
      const last = chunk === chunks.at(-1) ? Math.max(chunk.last, batch.lastOffset) : chunk.last
      // No await between the check of the membership and this call.
      const delivering = this.#deliverChunk({ chunk, next: last + 1, batch, topic })
      await this.#heartbeatUntil(delivering, batch, membership)
      if (signal.aborted) return
      batch.passed(last)
    }
  }

  #passOver({ topic, partition, lastOffset, passed }: FetchedBatch): void {
    this.#offsets.passOver(topic, partition, lastOffset + 1)
    this.#commits.soon()
    passed(lastOffset)
  }

  /**
   * A process that was suspended may have lost its partitions unnoticed. Unless a heartbeat was accepted
   * recently, send one: messages delivered by a former member could lie beyond the end below which its
   * successor expects repetitions.
   */
  #isSureMember(): boolean {
    const { clock, sessionTimeoutMs } = this.#ports
    return clock.now() - this.#heartbeatAt < sessionTimeoutMs / 2
  }

  async #askMembership({ heartbeat }: FetchedBatch): Promise<void> {
    await heartbeat()
    // The client sends heartbeats at its own pace and may not have sent one.
    if (!this.#isSureMember()) await this.#ports.clock.wait(heartbeatPauseMs / 10)
  }

  #hasRoomFor({ first, last }: MessageChunk, { topic, partition }: FetchedBatch): boolean {
    if (this.#offsets.hasRoom(topic, partition, last + 1)) {
      // After a failure there is never room again, and waiting for room rejects with that failure.
      return !this.#inFlight.hasFailed && this.#inFlight.size < this.#ports.inFlightMax
    }
    this.#offsets.passHole(topic, partition, first)
    this.#commits.soon()
    return false
  }

  #deliverChunk({
    chunk,
    next,
    batch: { topic: name, partition, receivedAt },
    topic,
  }: {
    readonly chunk: MessageChunk
    readonly next: number
    readonly batch: FetchedBatch
    readonly topic: KafkaTopic
  }): Promise<void> {
    const { deliver, meter } = this.#ports
    const place = { topic: name, partition }
    const mark = this.#offsets.delivered({ ...place, first: chunk.first, next })
    const commit = async (): Promise<void> => {
      mark()
      this.#commits.soon()
    }
    meter.count('curfew_source_messages_total', { topic: name }, chunk.messages.length)
    const assignment = this.#offsets.assignmentOf(name, partition)
    const delivery = { chunk, place, topic, assignment, receivedAt, commit }
    return this.#inFlight.add(deliver(batchOf(delivery)))
  }

  /** Waits for the promise, with a heartbeat every second, at most until the membership ends. */
  async #heartbeatUntil(
    promise: Promise<unknown>,
    { heartbeat }: FetchedBatch,
    { signal }: Membership,
  ): Promise<void> {
    const { clock, meter } = this.#ports
    let isLate = false
    try {
      while ((await waitFor(promise, { clock, ms: heartbeatPauseMs, signal })) === 'late') {
        if (!isLate) meter.gauge('curfew_source_waiting_partitions', ++this.#waiting)
        isLate = true
        await heartbeat()
      }
    } finally {
      if (isLate) meter.gauge('curfew_source_waiting_partitions', --this.#waiting)
    }
  }

  /**
   * The group is about to reassign our partitions: waits until the batches in flight are durable and
   * commits them, so that the next owner need not read them again. Bounded, because the group waits.
   */
  #settleForOthers(): Promise<void> {
    this.#settling ??= this.#settleWithin(this.#ports.drainMs).finally(() => {
      this.#settling = undefined
    })
    return this.#settling
  }

  async #settleWithin(ms: number): Promise<void> {
    const over = new AbortController()
    const { clock } = this.#ports
    const settled = this.#inFlight.settled(over.signal).then(() => this.#commits.now())
    await waitFor(settled, { clock, ms, signal: over.signal }).catch(() => undefined)
    over.abort()
  }
}
