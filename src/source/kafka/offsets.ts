/**
 * How far beyond the committed offset of a partition its owner may deliver messages. The next owner
 * relies on it to tell new messages, so it must never become smaller.
 */
export const deliveredAheadMax = 100_000

/** A partition as the broker describes it right after it was assigned to us. */
export interface Assignment {
  readonly topic: string
  readonly partition: number
  /** Null when the group has no offset here: never had one, or it expired, or was removed. */
  readonly committed: number | null
  /** The commit metadata of the last owner. */
  readonly stamp: string | null
  /** Offset of the next message to be produced. */
  readonly end: number
}

export interface DueOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

/** Offsets of a delivered chunk: from `first` up to but not including `next`. */
export interface DeliveredOffsets {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly next: number
}

interface Flight {
  next: number
  durable: boolean
}

/** The state of a partition while it is assigned to us. */
interface PartitionState {
  readonly topic: string
  readonly partition: number
  /** Messages below may have been delivered before, by us or by an earlier owner. */
  readonly redeliveredBelow: number
  /** Nothing at or beyond this plus `deliveredAheadMax` may be delivered yet. */
  base: number | null
  /** One beyond the furthest message delivered; null before the first. */
  delivered: number | null
  readonly flights: Flight[]
  /** Everything below is durable; null before the first durable message. */
  durable: number | null
  /** What the broker has acknowledged as committed. */
  committed: number | null
}

/**
 * The bookkeeping of a Kafka consumer that commits by itself: pure, without time and network.
 *
 * A message counts as new only when no process can have delivered it before. The proof:
 *
 * 1. A message that an earlier owner read existed before its partition was assigned to us, so it lies
 *    below the end of the log that the broker reports after the assignment.
 * 2. Every owner stays less than `deliveredAheadMax` ahead of its last acknowledged commit, and commits
 *    only move forward, so what earlier owners read lies below the committed offset plus that.
 * 3. The second holds only if all earlier owners were Curfew and no operator moved the offset. Each
 *    commit therefore carries a stamp, `curfew/1 seen=<offset>`: the bound of its owner at assignment.
 *    Tools that move offsets leave no stamp; then only the first holds.
 *
 * So everything below max(stamp, min(end, committed + deliveredAheadMax)) is marked, or below the end
 * when there is no stamp; and whatever this process itself has delivered before.
 */
export class Offsets {
  #partitions = new Map<string, PartitionState>()
  /** One beyond the furthest message this process ever delivered, per partition. */
  readonly #furthest = new Map<string, number>()

  /** Replaces the assigned partitions by these. */
  assign(assignments: readonly Assignment[]): void {
    this.#partitions = new Map()
    for (const assignment of assignments) {
      const { topic, partition, end } = assignment
      const key = keyOf(topic, partition)
      // An offset beyond the end belongs to a deleted log: the topic was created again.
      const isGone = assignment.committed !== null && assignment.committed > end
      const committed = isGone ? null : assignment.committed
      this.#partitions.set(key, {
        topic,
        partition,
        redeliveredBelow: Math.max(boundOf(assignment), this.#furthest.get(key) ?? 0),
        base: committed,
        delivered: null,
        flights: [],
        durable: null,
        committed,
      })
    }
  }

  owns(topic: string, partition: number): boolean {
    return this.#partitions.has(keyOf(topic, partition))
  }

  /** Identity of the current assignment; another one once the log of the partition began anew. */
  assignmentOf(topic: string, partition: number): object {
    return this.#partition(topic, partition)
  }

  /** Messages below this offset may have been recorded before. */
  redeliveredBelow(topic: string, partition: number): number {
    return this.#partition(topic, partition).redeliveredBelow
  }

  /**
   * Whether a fetch begins before what was delivered already: the log began anew (topic made
   * again, retention overtook us), or a fetch was repeated after a failure.
   */
  isStepBack(topic: string, partition: number, first: number): boolean {
    const { delivered } = this.#partition(topic, partition)
    return delivered !== null && first < delivered
  }

  /** Follows the fetch back to `first`. What was delivered must be durable by now. */
  stepBack(topic: string, partition: number, first: number): void {
    const state = this.#partition(topic, partition)
    const begun = state.committed !== null && state.committed > first ? null : state.committed
    this.#partitions.set(keyOf(topic, partition), {
      ...state,
      redeliveredBelow: Math.max(state.redeliveredBelow, state.delivered ?? 0),
      base: begun,
      delivered: null,
      flights: [],
      durable: null,
      committed: begun,
    })
  }

  /** Whether messages up to `next` may be delivered now, or commits must catch up first. */
  hasRoom(topic: string, partition: number, next: number): boolean {
    const { base } = this.#partition(topic, partition)
    return base === null || next <= base + deliveredAheadMax
  }

  /**
   * Moves the position over a hole in the log (compacted messages, transaction marks) when nothing
   * is in flight, so that a hole wider than `deliveredAheadMax` can be passed once that is committed.
   */
  passHole(topic: string, partition: number, first: number): void {
    const state = this.#partition(topic, partition)
    if (state.flights.length === 0) state.durable = Math.max(state.durable ?? 0, first)
  }

  /**
   * Records that there is nothing to read up to `next`: it was aborted, a mark, or compacted. The position
   * moves with the messages in flight before it, or at once when there are none.
   */
  passOver(topic: string, partition: number, next: number): void {
    const state = this.#partition(topic, partition)
    const last = state.flights.at(-1)
    if (last) last.next = Math.max(last.next, next)
    else state.durable = Math.max(state.durable ?? 0, next)
  }

  /** Notes a chunk as delivered; the returned call notes it as durable. */
  delivered({ topic, partition, first, next }: DeliveredOffsets): () => void {
    const state = this.#partition(topic, partition)
    const flight: Flight = { next, durable: false }
    state.flights.push(flight)
    state.base ??= first
    state.delivered = next
    const key = keyOf(topic, partition)
    this.#furthest.set(key, Math.max(this.#furthest.get(key) ?? 0, next))
    return () => {
      // After a new assignment this changes a state that is no longer in use.
      flight.durable = true
      while (state.flights[0]?.durable === true) {
        state.durable = Math.max(state.durable ?? 0, state.flights.shift()?.next ?? 0)
      }
    }
  }

  /** The offsets to commit now, and the function that records them as acknowledged by the broker. */
  due(): { readonly offsets: readonly DueOffset[]; readonly acknowledge: () => void } {
    const moved: { readonly state: PartitionState; readonly offset: number }[] = []
    for (const state of this.#partitions.values()) {
      const { durable, committed } = state
      if (durable !== null && durable > (committed ?? -1)) moved.push({ state, offset: durable })
    }
    return {
      offsets: moved.map(({ state: { topic, partition, redeliveredBelow }, offset }) => ({
        topic,
        partition,
        offset,
        metadata: `curfew/1 seen=${redeliveredBelow}`,
      })),
      acknowledge: () => {
        for (const { state, offset } of moved) {
          state.committed = offset
          state.base = offset
        }
      },
    }
  }

  /** The recorded position of each assigned partition: null before the first message. */
  positions(): readonly {
    readonly topic: string
    readonly partition: number
    readonly next: number | null
  }[] {
    return [...this.#partitions.values()].map(({ topic, partition, durable, committed }) => ({
      topic,
      partition,
      next: durable ?? committed,
    }))
  }

  #partition(topic: string, partition: number): PartitionState {
    const state = this.#partitions.get(keyOf(topic, partition))
    if (state === undefined)
      throw new TypeError(`${topic}/${partition} is not assigned to this process`)
    return state
  }
}

function boundOf({ committed, stamp, end }: Assignment): number {
  const seen = /^curfew\/1 seen=(\d{1,16})$/.exec(stamp ?? '')?.[1]
  if (committed === null || seen === undefined) return end
  return Math.max(Number(seen), Math.min(end, committed + deliveredAheadMax))
}

/** A topic's name holds no slash. */
function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
