import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FetchedMessage } from '../../../src/source/kafka/chunks.ts'
import { chunksOf } from '../../../src/source/kafka/chunks.ts'
import type { Assignment } from '../../../src/source/kafka/offsets.ts'
import { deliveredAheadMax, Offsets } from '../../../src/source/kafka/offsets.ts'

const topic = 'events'
const assignment: Assignment = { topic, partition: 0, committed: null, stamp: null, end: 0 }
const dueOf = (offsets: Offsets) => offsets.due().offsets.map(({ offset }) => offset)

function assigned(given: { readonly committed?: number; readonly end?: number }) {
  const offsets = new Offsets()
  offsets.assign([{ ...assignment, ...given }])
  return offsets
}
const chunk = (first: number, next: number) => ({ topic, partition: 0, first, next })

describe('an offset to commit', () => {
  test('is the end of what is durable without a gap, whatever becomes durable first', () => {
    const offsets = assigned({})
    const [one, two, three] = [chunk(0, 10), chunk(10, 20), chunk(20, 30)].map((s) =>
      offsets.delivered(s),
    )
    two?.()
    expect(dueOf(offsets)).toEqual([])
    one?.()
    expect(dueOf(offsets)).toEqual([20])
    three?.()
    expect(dueOf(offsets)).toEqual([30])
  })

  test('is due until the broker has acknowledged it, and once', () => {
    const offsets = assigned({ committed: 5, end: 40 })
    offsets.delivered(chunk(5, 10))()
    const due = offsets.due()
    offsets.delivered(chunk(10, 20))()
    due.acknowledge()
    expect(dueOf(offsets)).toEqual([20])
    offsets.due().acknowledge()
    expect(dueOf(offsets)).toEqual([])
  })

  test('is never one of a partition that was lost, nor of an earlier ownership of it', () => {
    const offsets = assigned({})
    const durable = offsets.delivered(chunk(0, 10))
    const before = offsets.due()
    offsets.assign([{ ...assignment, partition: 1 }])
    durable()
    before.acknowledge()
    expect(dueOf(offsets)).toEqual([])
    expect(offsets.owns(topic, 0)).toBe(false)
    offsets.assign([assignment])
    durable()
    expect(dueOf(offsets)).toEqual([])
  })

  test('passes over what holds no message, with what is underway before it', () => {
    const offsets = assigned({ committed: 5, end: 40 })
    offsets.passOver(topic, 0, 8)
    expect(dueOf(offsets)).toEqual([8])
    const durable = offsets.delivered(chunk(8, 10))
    offsets.passOver(topic, 0, 30)
    expect(dueOf(offsets)).toEqual([8])
    durable()
    expect(dueOf(offsets)).toEqual([30])
    offsets.passOver(topic, 0, 12)
    expect(dueOf(offsets)).toEqual([30])
  })

  test('may go back only when the log itself began anew', () => {
    const offsets = assigned({ committed: 500, end: 600 })
    offsets.delivered(chunk(500, 600))()
    offsets.due().acknowledge()
    expect(offsets.isStepBack(topic, 0, 600)).toBe(false)
    expect(offsets.isStepBack(topic, 0, 0)).toBe(true)
    offsets.stepBack(topic, 0, 0)
    expect(offsets.redeliveredBelow(topic, 0)).toBe(600)
    offsets.delivered(chunk(0, 10))()
    expect(dueOf(offsets)).toEqual([10])
  })

  test('beyond the end of the log is that of a log that is gone, and does not hold up commits', () => {
    const offsets = assigned({ committed: 5_000, end: 10 })
    offsets.delivered(chunk(0, 10))()
    expect(dueOf(offsets)).toEqual([10])
  })
})

describe('what may have been recorded before', () => {
  test.each([
    ['nothing is committed', { committed: null, stamp: null, end: 700_000 }, 700_000],
    ['somebody moved the offset', { committed: 5, stamp: null, end: 700_000 }, 700_000],
    ['another program stamped it', { committed: 5, stamp: 'x seen=1', end: 700_000 }, 700_000],
    [
      'we committed, far from the end',
      { committed: 5, stamp: 'curfew/1 seen=3', end: 700_000 },
      100_005,
    ],
    ['we committed, near the end', { committed: 5, stamp: 'curfew/1 seen=3', end: 80 }, 80],
    [
      'an earlier owner knew more',
      { committed: 5, stamp: 'curfew/1 seen=300000', end: 700_000 },
      300_000,
    ],
  ])('ends, when %s, where the proof says', (_, given, bound) => {
    const offsets = new Offsets()
    offsets.assign([{ ...assignment, ...given }])
    expect(offsets.redeliveredBelow(topic, 0)).toBe(bound)
  })
})

test('what this process had is known to it after it rejoins, whatever the broker says of the end', () => {
  const offsets = assigned({ end: 50 })
  offsets.delivered(chunk(0, 40))
  offsets.assign([{ ...assignment, end: 30 }])
  expect(offsets.redeliveredBelow(topic, 0)).toBe(40)
})

/**
 * One partition through the lives of many owners. Every owner reads on from the committed offset,
 * has chunks underway, commits, and dies at any moment; its last commit may arrive or not. Tools
 * move or remove the offset between two owners. Messages lie wide apart, as in a compacted log.
 */
class Partition {
  readonly log: number[] = []
  readonly delivered = new Set<number>()
  readonly durable = new Set<number>()
  wronglyNew = 0
  committed: { offset: number; stamp: string | null } | null = null
  #offsets = new Offsets()
  #next = 0
  #flights: { messages: readonly number[]; mark: () => void }[] = []
  #end = 0

  constructor() {
    this.assign()
  }

  produce(gap: number): void {
    this.log.push(this.#end + gap)
    this.#end += gap + 1
  }

  assign(): void {
    this.#offsets = new Offsets()
    this.#flights = []
    this.#next = this.committed?.offset ?? 0
    const { offset = null, stamp = null } = this.committed ?? {}
    this.#offsets.assign([{ topic, partition: 0, committed: offset, stamp, end: this.#end }])
  }

  /** Tools may move the offset only while the group is empty. */
  move(to: number | null): void {
    this.committed = to === null ? null : { offset: Math.floor(to * this.#end), stamp: null }
    for (const each of this.log) {
      if (each < (this.committed?.offset ?? 0)) this.durable.add(each)
    }
    this.assign()
  }

  /** Hands over what one fetch brings, as far as there is room. */
  read(messagesMax: number): void {
    const fetched = this.log.filter((offset) => offset >= this.#next).slice(0, messagesMax)
    const messages: FetchedMessage[] = fetched.map((n) => ({ offset: String(n), value: null }))
    const known = this.#offsets.redeliveredBelow(topic, 0)
    for (const { messages: some, first, last, known: isMarked } of chunksOf(messages, known)) {
      if (!this.#offsets.hasRoom(topic, 0, last + 1)) {
        this.#offsets.passHole(topic, 0, first)
        return
      }
      const offsets = some.map(({ offset }) => Number(offset))
      const mark = this.#offsets.delivered({ topic, partition: 0, first, next: last + 1 })
      this.#flights.push({ messages: offsets, mark })
      for (const offset of offsets) {
        if (this.delivered.has(offset) && !isMarked) this.wronglyNew += 1
        this.delivered.add(offset)
      }
      this.#next = last + 1
    }
  }

  becomeDurable(which: number): void {
    const [flight] = this.#flights.splice(which % Math.max(1, this.#flights.length), 1)
    for (const offset of flight?.messages ?? []) this.durable.add(offset)
    flight?.mark()
  }

  commit(isAcknowledged: boolean): void {
    const due = this.#offsets.due()
    const [only] = due.offsets
    if (only !== undefined) this.committed = { offset: only.offset, stamp: only.metadata }
    if (isAcknowledged) due.acknowledge()
  }

  get isCommitSound(): boolean {
    const { offset = 0 } = this.committed ?? {}
    return this.log.every((each) => each >= offset || this.durable.has(each))
  }
}

const gap = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: deliveredAheadMax / 2 }),
  fc.integer({ min: 0, max: deliveredAheadMax * 3 }),
)
const step = fc.oneof(
  { weight: 6, arbitrary: gap.map((n) => (log: Partition) => log.produce(n)) },
  {
    weight: 5,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((n) => (log: Partition) => log.read(n)),
  },
  { weight: 6, arbitrary: fc.nat(9).map((n) => (log: Partition) => log.becomeDurable(n)) },
  { weight: 4, arbitrary: fc.constant((log: Partition) => log.commit(true)) },
  // The broker has it, but the owner dies before it learns so.
  {
    weight: 1,
    arbitrary: fc.constant((log: Partition) => {
      log.commit(false)
      log.assign()
    }),
  },
  { weight: 2, arbitrary: fc.constant((log: Partition) => log.assign()) },
  {
    weight: 1,
    arbitrary: fc
      .option(fc.double({ min: 0, max: 1, noNaN: true }))
      .map((to) => (log: Partition) => log.move(to)),
  },
)

describe('over the lives of many owners', () => {
  test('no message counts as new that anybody had before, and no commit passes what is not durable', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 80, maxLength: 160 }), (steps) => {
        const log = new Partition()
        for (const each of steps) {
          each(log)
          expect(log.wronglyNew).toBe(0)
          expect(log.isCommitSound).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('however wide the holes, everything is read in the end', () => {
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 30 }), (gaps) => {
        const log = new Partition()
        for (const each of gaps) log.produce(each)
        for (let round = 0; round < gaps.length * 3; round += 1) {
          log.read(5)
          log.becomeDurable(0)
          log.commit(true)
        }
        expect(log.delivered.size).toBe(gaps.length)
      }),
    )
  })
})
