/**
 * How far beyond the committed offset of a partition anybody may hand over messages. Whoever owns
 * the partition next relies on it to know what is surely new, so it must never become smaller.
 */
export const handedAheadMax = 100_000

/** A partition as the broker describes it right after it was assigned to us. */
export interface Assignment {
  readonly topic: string
  readonly partition: number
  /** Null when the group has no offset here: never had one, or it expired, or was removed. */
  readonly committed: number | null
  /** What the last owner wrote beside its offset. */
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

/** One slice of messages on its way: offsets from `first` up to but not including `next`. */
export interface Slice {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly next: number
}

interface Flight {
  next: number
  durable: boolean
}

/** What is known of a partition for as long as it stays ours. */
interface Course {
  readonly topic: string
  readonly partition: number
  /** Messages below may have been handed over before, by us or by an earlier owner. */
  readonly knownBelow: number
  /** Nothing at or beyond this plus `handedAheadMax` may be handed over yet. */
  base: number | null
  /** One beyond the furthest message handed over; null before the first. */
  handed: number | null
  readonly flights: Flight[]
  /** Everything below is durable; null while we know of nothing. */
  durable: number | null
  /** What the broker has acknowledged as committed. */
  committed: number | null
}

/**
 * The bookkeeping of a Kafka consumer that commits by itself: pure, without time and network.
 *
 * A message counts as new only when nobody can have handed it over before. That is proved so:
 *
 * 1. A message that an earlier owner read existed before we were assigned its partition, so it lies
 *    below the log's end as the broker tells it after the assignment.
 * 2. Every owner stays less than `handedAheadMax` ahead of its last acknowledged commit, and commits
 *    only move forward, so what earlier owners read lies below the committed offset plus that.
 * 3. The second holds only if all earlier owners were of our kind and nobody moved the offset by
 *    hand. Each commit therefore carries a stamp, `curfew/1 seen=<offset>`: the bound its owner
 *    found when it was assigned. Tools that move offsets leave no stamp; then only the first holds.
 *
 * So everything below max(stamp, min(end, committed + handedAheadMax)) is marked, or below the end
 * when there is no stamp; and whatever this process itself has handed over before.
 */
export class Offsets {
  #courses = new Map<string, Course>()
  /** One beyond the furthest message this process ever handed over, per partition. */
  readonly #reached = new Map<string, number>()

  /** Forgets what was ours and begins anew with these partitions. */
  assign(assignments: readonly Assignment[]): void {
    this.#courses = new Map()
    for (const assignment of assignments) {
      const { topic, partition, end } = assignment
      const key = keyOf(topic, partition)
      // Beyond the end lies only what a log held that is gone: the topic was made again.
      const isGone = assignment.committed !== null && assignment.committed > end
      const committed = isGone ? null : assignment.committed
      this.#courses.set(key, {
        topic,
        partition,
        knownBelow: Math.max(boundOf(assignment), this.#reached.get(key) ?? 0),
        base: committed,
        handed: null,
        flights: [],
        durable: null,
        committed,
      })
    }
  }

  owns(topic: string, partition: number): boolean {
    return this.#courses.has(keyOf(topic, partition))
  }

  /** What stands for the time since this partition was assigned, or its log began anew. */
  stay(topic: string, partition: number): object {
    return this.#course(topic, partition)
  }

  /** Messages below this offset may have been recorded before. */
  knownBelow(topic: string, partition: number): number {
    return this.#course(topic, partition).knownBelow
  }

  /**
   * Whether a fetch begins before what was handed over already: the log began anew (topic made
   * again, retention overtook us), or a fetch was repeated after a failure.
   */
  isStepBack(topic: string, partition: number, first: number): boolean {
    const { handed } = this.#course(topic, partition)
    return handed !== null && first < handed
  }

  /** Follows the fetch back to `first`. What was handed over must be durable by now. */
  stepBack(topic: string, partition: number, first: number): void {
    const course = this.#course(topic, partition)
    const begun = course.committed !== null && course.committed > first ? null : course.committed
    this.#courses.set(keyOf(topic, partition), {
      ...course,
      knownBelow: Math.max(course.knownBelow, course.handed ?? 0),
      base: begun,
      handed: null,
      flights: [],
      durable: null,
      committed: begun,
    })
  }

  /** Whether messages up to `next` may be handed over now, or commits must catch up first. */
  hasRoom(topic: string, partition: number, next: number): boolean {
    const { base } = this.#course(topic, partition)
    return base === null || next <= base + handedAheadMax
  }

  /**
   * Moves the position over a hole in the log (compacted messages, transaction marks) when nothing
   * is underway, so that a hole wider than `handedAheadMax` can be passed once that is committed.
   */
  passHole(topic: string, partition: number, first: number): void {
    const course = this.#course(topic, partition)
    if (course.flights.length === 0) course.durable = Math.max(course.durable ?? 0, first)
  }

  /**
   * Notes that nothing is to be read up to `next`: what was there was aborted, a mark, or compacted.
   * The position moves with what is underway before it, or at once when nothing is.
   */
  passOver(topic: string, partition: number, next: number): void {
    const course = this.#course(topic, partition)
    const last = course.flights.at(-1)
    if (last) last.next = Math.max(last.next, next)
    else course.durable = Math.max(course.durable ?? 0, next)
  }

  /** Notes a slice as handed over; the returned call notes it as durable. */
  handOver({ topic, partition, first, next }: Slice): () => void {
    const course = this.#course(topic, partition)
    const flight: Flight = { next, durable: false }
    course.flights.push(flight)
    course.base ??= first
    course.handed = next
    const key = keyOf(topic, partition)
    this.#reached.set(key, Math.max(this.#reached.get(key) ?? 0, next))
    return () => {
      // After a new assignment this changes a course that nobody looks at any more.
      flight.durable = true
      while (course.flights[0]?.durable === true) {
        course.durable = Math.max(course.durable ?? 0, course.flights.shift()?.next ?? 0)
      }
    }
  }

  /** The offsets to commit now, and the call that notes them as acknowledged by the broker. */
  due(): { readonly offsets: readonly DueOffset[]; readonly acknowledge: () => void } {
    const moved: { readonly course: Course; readonly offset: number }[] = []
    for (const course of this.#courses.values()) {
      const { durable, committed } = course
      if (durable !== null && durable > (committed ?? -1)) moved.push({ course, offset: durable })
    }
    return {
      offsets: moved.map(({ course: { topic, partition, knownBelow }, offset }) => ({
        topic,
        partition,
        offset,
        metadata: `curfew/1 seen=${knownBelow}`,
      })),
      acknowledge: () => {
        for (const { course, offset } of moved) {
          course.committed = offset
          course.base = offset
        }
      },
    }
  }

  /** Where recording stands in each partition that is ours: null before the first message. */
  positions(): readonly {
    readonly topic: string
    readonly partition: number
    readonly next: number | null
  }[] {
    return [...this.#courses.values()].map(({ topic, partition, durable, committed }) => ({
      topic,
      partition,
      next: durable ?? committed,
    }))
  }

  #course(topic: string, partition: number): Course {
    const course = this.#courses.get(keyOf(topic, partition))
    if (course === undefined) throw new TypeError(`${topic}/${partition} is not ours`)
    return course
  }
}

function boundOf({ committed, stamp, end }: Assignment): number {
  const seen = /^curfew\/1 seen=(\d{1,16})$/.exec(stamp ?? '')?.[1]
  if (committed === null || seen === undefined) return end
  return Math.max(Number(seen), Math.min(end, committed + handedAheadMax))
}

/** A topic's name holds no slash. */
function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
