import { reasonOf } from '../../contract/errors.ts'
import { waitFor } from '../deadline.ts'
import type { Deliver } from '../source.ts'
import type { FetchedBatch, MessageSlice } from './chunks.ts'
import { batchOf, slicesOf } from './chunks.ts'
import type { SendOffsets } from './commits.ts'
import { KafkaCommits } from './commits.ts'
import { Undelivered } from './in-flight.ts'
import { KafkaLag } from './lag.ts'
import type { Assignment } from './offsets.ts'
import { Offsets } from './offsets.ts'
import type { KafkaPorts, KafkaSettingsGiven, KafkaTopic } from './settings.ts'

export interface ReaderPorts
  extends KafkaPorts,
    Pick<KafkaSettingsGiven, 'undeliveredMax' | 'sessionTimeoutMs'> {
  readonly deliver: Deliver
  readonly topicOf: (topic: string) => KafkaTopic | undefined
  /** How long a rebalance may be held up so that what is underway becomes durable first. */
  readonly drainMs: number
}

/** Our place in the group between two rebalances. */
interface Membership {
  readonly signal: AbortSignal
  readonly end: () => void
  /** Resolves once reading may begin. */
  ready: Promise<void>
}

const beatEveryMs = 1_000

/**
 * Turns fetches into delivered slices: the part of the Kafka source that needs no broker. It keeps
 * heartbeats going while the journey takes its time, stops at once when the membership ends, waits
 * after each assignment until all that was handed over before is durable, and commits.
 */
export class KafkaReader {
  readonly #ports: ReaderPorts
  readonly #offsets = new Offsets()
  readonly #undelivered = new Undelivered()
  readonly #commits: KafkaCommits
  readonly #lag: KafkaLag
  #membership: Membership | undefined
  #beatenAt = Number.NEGATIVE_INFINITY
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
        this.#undelivered.wake()
        this.#lag.tell(this.#offsets.positions())
      },
    })
  }

  /** Rejects once a batch has failed for good: the source cannot go on. */
  get failed(): Promise<never> {
    return this.#undelivered.failed
  }
  get hasFailed(): boolean {
    return this.#undelivered.hasFailed
  }

  /** When the group last surely counted us in, in ms since the epoch. */
  get beatenAt(): number {
    return this.#beatenAt
  }
  /** A heartbeat or join that was sent at this instant has been accepted. */
  beaten(sentAt: number): void {
    this.#beatenAt = Math.max(this.#beatenAt, sentAt)
  }

  /** By which call offsets are committed in the present membership. */
  commitBy(send: SendOffsets): void {
    this.#commits.use(send)
  }

  /** Notes where a partition ends now, when that was asked apart from fetching. */
  noteEnd(topic: string, partition: number, end: number): void {
    if (!this.#offsets.owns(topic, partition)) return
    this.#lag.note(topic, partition, end)
    this.#lag.tell(this.#offsets.positions())
  }

  /** A join is underway: until it is through, nothing is ours. */
  rejoining(): void {
    this.#commits.hold()
    this.#membership?.end()
    this.#membership = undefined
  }

  /**
   * The group has given us partitions. `describe` asks the broker how they stand now, before any
   * of them is read; they are ours until the next call or `rejoining`.
   */
  joined(describe: () => Promise<readonly Assignment[]>): void {
    this.rejoining()
    const ended = new AbortController()
    const membership = { signal: ended.signal, end: () => ended.abort(), ready: Promise.resolve() }
    membership.ready = this.#settleIn(membership, describe)
    // Its only failure is that of a batch, which `failed` tells even when nobody reads.
    membership.ready.catch(() => undefined)
    this.#membership = membership
    if (this.#isClosing) ended.abort()
  }

  /**
   * Delivers a fetch. Resolves when all of it is handed over, or as much as may be; rejects as
   * `beat` does, after giving what is underway a while to become durable and be committed.
   */
  async read(batch: FetchedBatch): Promise<void> {
    const membership = this.#membership
    const topic = this.#ports.topicOf(batch.topic)
    if (membership === undefined || topic === undefined) return
    try {
      await this.#hold(membership.ready, batch, membership)
      if (membership.signal.aborted || !this.#offsets.owns(batch.topic, batch.partition)) return
      this.#lag.note(batch.topic, batch.partition, batch.end)
      await this.#followBack(batch, membership)
      await this.#handOverAll(batch, topic, membership)
    } catch (error) {
      if (this.#undelivered.hasFailed) return
      await this.#settleForOthers()
      throw error
    }
  }

  /** Takes nothing more, waits for what is underway until the signal aborts, and commits it. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isClosing = true
    this.#membership?.end()
    // A batch that failed for good has been told; the others' positions are still good.
    await this.#undelivered.settled(signal).catch(() => undefined)
    const { clock } = this.#ports
    await waitFor(this.#commits.now(), { clock, ms: this.#ports.drainMs, signal })
  }

  async #settleIn(
    { signal }: Membership,
    describe: () => Promise<readonly Assignment[]>,
  ): Promise<void> {
    // Nothing new before all the old is durable: else a message underway could be handed over a
    // second time before the store can know it, and a commit could pass over it.
    await this.#undelivered.settled(signal)
    while (!signal.aborted) {
      try {
        const assignments = await describe()
        if (signal.aborted) return
        this.#offsets.assign(assignments)
        this.#lag.keepOnly((topic, partition) => this.#offsets.owns(topic, partition))
        this.#commits.release()
        return
      } catch (error) {
        this.#ports.log.warn({ reason: reasonOf(error) }, 'the broker did not tell offsets')
        await this.#ports.clock.wait(beatEveryMs, signal)
      }
    }
  }

  async #followBack(batch: FetchedBatch, membership: Membership): Promise<void> {
    const { topic, partition, messages } = batch
    const first = Number(messages[0]?.offset)
    if (!this.#offsets.isStepBack(topic, partition, first)) return
    await this.#hold(this.#undelivered.settled(membership.signal), batch, membership)
    if (membership.signal.aborted) return
    this.#ports.log.warn(
      { topic, partition, first },
      'the partition is read again from an earlier offset',
    )
    this.#offsets.stepBack(topic, partition, first)
  }

  async #handOverAll(
    batch: FetchedBatch,
    topic: KafkaTopic,
    membership: Membership,
  ): Promise<void> {
    const { signal } = membership
    if (signal.aborted) return
    const knownBelow = this.#offsets.knownBelow(batch.topic, batch.partition)
    const slices = [...slicesOf(batch.messages, knownBelow)]
    if (slices.length === 0) this.#passOver(batch)
    for (const slice of slices) {
      for (;;) {
        const isSure = this.#isSureMember()
        if (isSure && this.#hasRoomFor(slice, batch)) break
        if (isSure) await this.#hold(this.#undelivered.changed(signal), batch, membership)
        else await this.#askMembership(batch)
        if (signal.aborted) return
      }
      // The last slice also stands for whatever follows it in the fetch and is no message.
      const last = slice === slices.at(-1) ? Math.max(slice.last, batch.lastOffset) : slice.last
      // Nothing is awaited between the last look at the membership and this.
      await this.#hold(this.#handOver({ slice, next: last + 1, batch, topic }), batch, membership)
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
   * A process that slept may have lost its partitions without knowing it. Unless the group has
   * counted us in lately, it must be asked: what is handed over by one that is no longer a member
   * could lie beyond the end that its successor took for the limit of what may be known.
   */
  #isSureMember(): boolean {
    const { clock, sessionTimeoutMs } = this.#ports
    return clock.now() - this.#beatenAt < sessionTimeoutMs / 2
  }

  async #askMembership({ beat }: FetchedBatch): Promise<void> {
    await beat()
    // A client that beats at its own pace may not have sent anything.
    if (!this.#isSureMember()) await this.#ports.clock.wait(beatEveryMs / 10)
  }

  #hasRoomFor({ first, last }: MessageSlice, { topic, partition }: FetchedBatch): boolean {
    if (this.#offsets.hasRoom(topic, partition, last + 1)) {
      // After a failure there is never room again: whoever waits for some learns of the failure.
      return !this.#undelivered.hasFailed && this.#undelivered.size < this.#ports.undeliveredMax
    }
    this.#offsets.passHole(topic, partition, first)
    this.#commits.soon()
    return false
  }

  #handOver({
    slice,
    next,
    batch: { topic: name, partition, receivedAt },
    topic,
  }: {
    readonly slice: MessageSlice
    readonly next: number
    readonly batch: FetchedBatch
    readonly topic: KafkaTopic
  }): Promise<void> {
    const { deliver, meter } = this.#ports
    const place = { topic: name, partition }
    const mark = this.#offsets.handOver({ ...place, first: slice.first, next })
    const commit = async (): Promise<void> => {
      mark()
      this.#commits.soon()
    }
    meter.count('curfew_source_messages_total', { topic: name }, slice.messages.length)
    const stay = this.#offsets.stay(name, partition)
    const told = { slice, place, topic, stay, receivedAt, commit }
    return this.#undelivered.add(deliver(batchOf(told)))
  }

  /** Waits for the promise with a heartbeat every second, and no longer than the membership. */
  async #hold(
    promise: Promise<unknown>,
    { beat }: FetchedBatch,
    { signal }: Membership,
  ): Promise<void> {
    const { clock, meter } = this.#ports
    let isLate = false
    try {
      while ((await waitFor(promise, { clock, ms: beatEveryMs, signal })) === 'late') {
        if (!isLate) meter.gauge('curfew_source_waiting_partitions', ++this.#waiting)
        isLate = true
        await beat()
      }
    } finally {
      if (isLate) meter.gauge('curfew_source_waiting_partitions', --this.#waiting)
    }
  }

  /**
   * The group is about to give our partitions to others: lets what is underway become durable and
   * commits it, so that they need not read it again. Bounded, because the group waits for us.
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
    const settled = this.#undelivered.settled(over.signal).then(() => this.#commits.now())
    await waitFor(settled, { clock, ms, signal: over.signal }).catch(() => undefined)
    over.abort()
  }
}
