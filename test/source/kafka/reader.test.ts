import { beforeEach, describe, expect, test } from 'vitest'
import type { DueOffset } from '../../../src/source/kafka/offsets.ts'
import { settle } from '../../given.ts'
import { makeGame, sessionTimeoutMs, topic } from './reader-game.ts'

type Game = ReturnType<typeof makeGame>
let play: Game
beforeEach(() => {
  play = makeGame()
})

const spansOf = ({ taken }: Game) =>
  taken.map(({ batch: { messages } }) => [messages[0]?.offset, messages.at(-1)?.offset])

describe('a fetch', () => {
  test('is delivered in chunks of 2,000, each passed once the journey took it', async () => {
    play.join()
    await play.reader.read(play.fetch(0, 4_500))
    expect(spansOf(play)).toEqual([
      [0, 1_999],
      [2_000, 3_999],
      [4_000, 4_499],
    ])
    expect(play.passed).toEqual([1_999, 3_999, 4_499])
    expect(play.taken[0]?.batch).toMatchObject({
      source: 'kafka:events',
      partition: 0,
      format: 'v1',
    })
  })

  test('is cut where the surely new begins', async () => {
    play.join({ end: 100 })
    await play.reader.read(play.fetch(0, 150))
    expect(spansOf(play)).toEqual([
      [0, 99],
      [100, 149],
    ])
    expect(play.taken.map(({ batch }) => batch.redelivered)).toEqual([true, false])
  })

  test('waits while as much is underway as may be, with a heartbeat every second', async () => {
    play.join()
    const read = play.reader.read(play.fetch(0, 20_000))
    await settle()
    expect(play.taken).toHaveLength(4)
    await play.advance(10_000)
    expect(play.taken).toHaveLength(4)
    expect(play.game.beats).toBe(10)
    await play.taken[0]?.record()
    await settle()
    expect(play.taken).toHaveLength(5)
    void read
  })

  test('keeps heartbeats going while the journey does not take a chunk', async () => {
    play.game.takesAtOnce = false
    play.join()
    const read = play.reader.read(play.fetch(0, 10))
    await play.advance(3_000)
    expect(play.game.beats).toBe(3)
    expect(play.passed).toEqual([])
    play.taken[0]?.take()
    await read
    expect(play.passed).toEqual([9])
  })

  test('of which nothing is left to read is passed and committed over', async () => {
    play.join()
    const empty = { ...play.fetch(0, 0), lastOffset: 21, end: 22 }
    await play.reader.read(empty)
    await play.advance(200)
    expect(play.taken).toEqual([])
    expect(play.passed).toEqual([21])
    expect(play.commits.flat().map(({ offset }) => offset)).toEqual([22])
  })

  test('of a partition that is not ours is left alone', async () => {
    await play.reader.read(play.fetch(0, 10))
    play.join()
    await play.reader.read(play.fetch(0, 10, 7))
    expect(play.taken).toEqual([])
    expect(play.passed).toEqual([])
  })

  test('repeated after a failure is marked, and waits until its first copy is durable', async () => {
    play.join()
    await play.reader.read(play.fetch(0, 10))
    const again = play.reader.read(play.fetch(5, 10))
    await settle()
    expect(play.taken).toHaveLength(1)
    await play.taken[0]?.record()
    await again
    expect(spansOf(play)).toEqual([
      [0, 9],
      [5, 9],
      [10, 14],
    ])
    expect(play.taken.map(({ batch }) => batch.redelivered)).toEqual([false, true, false])
  })
})

describe('a rebalance', () => {
  test('ends reading at once: nothing more is delivered over and no fetch position moved', async () => {
    play.game.takesAtOnce = false
    play.join()
    const read = play.reader.read(play.fetch(0, 5_000))
    await settle()
    play.reader.rejoining()
    await read
    play.taken[0]?.take()
    await settle()
    expect(play.taken).toHaveLength(1)
    expect(play.passed).toEqual([])
  })

  test('is followed by nothing new before everything that was delivered over is durable', async () => {
    play.join()
    await play.reader.read(play.fetch(0, 10))
    play.reader.rejoining()
    play.join({ end: 10 })
    const read = play.reader.read(play.fetch(0, 20))
    await play.advance(5_000)
    expect(play.taken).toHaveLength(1)
    expect(play.game.beats).toBe(5)
    await play.taken[0]?.record()
    await read
    expect(spansOf(play).slice(1)).toEqual([
      [0, 9],
      [10, 19],
    ])
    expect(play.taken.map(({ batch }) => batch.redelivered)).toEqual([false, true, false])
  })

  test('ends the assignment in which what the store said of positions holds', async () => {
    play.join({ end: 100 })
    await play.reader.read(play.fetch(0, 10))
    await play.reader.read(play.fetch(10, 10))
    for (const { record } of play.taken) await record()
    play.join({ end: 100 })
    await play.reader.read(play.fetch(20, 10))
    const [first, second, third] = play.taken.map(({ batch }) => batch.assignment)
    expect(first).toBeDefined()
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  test('that a heartbeat tells of is held up until what is underway is durable and committed', async () => {
    play.game.takesAtOnce = false
    play.join()
    const read = play.reader.read(play.fetch(0, 10)).catch((error: unknown) => error)
    await settle()
    play.game.beatFailure = new Error('The group is rebalancing')
    await play.advance(3_000)
    play.taken[0]?.take()
    await play.taken[0]?.record()
    expect(await read).toBe(play.game.beatFailure)
    expect(play.commits.flat()).toMatchObject([{ partition: 0, offset: 10 }])
  })

  test('is not held up for longer than the group can wait', async () => {
    play.game.takesAtOnce = false
    play.join()
    let ended: unknown
    void play.reader.read(play.fetch(0, 10)).catch((error: unknown) => {
      ended = error
    })
    await settle()
    play.game.beatFailure = new Error('The group is rebalancing')
    await play.advance(1_000 + 9_999)
    expect(ended).toBeUndefined()
    await play.advance(1)
    expect(ended).toBe(play.game.beatFailure)
  })

  test('holds commits back until the new assignment is known', async () => {
    play.join({}, [0, 1])
    await play.reader.read(play.fetch(0, 10, 0))
    await play.reader.read(play.fetch(0, 10, 1))
    play.reader.rejoining()
    await play.taken[0]?.record()
    await play.advance(5_000)
    expect(play.commits).toEqual([])
    play.join({}, [1])
    await play.taken[1]?.record()
    await play.advance(5_000)
    expect(play.commits).toEqual([])
  })

  test('whose offsets the broker does not tell is asked about again until it does', async () => {
    let asked = 0
    play.reader.heartbeatAccepted(play.clock.now())
    play.reader.joined(async () => {
      asked += 1
      if (asked < 3) throw new Error('not now')
      return [{ topic, partition: 0, committed: null, stamp: null, end: 0 }]
    })
    const read = play.reader.read(play.fetch(0, 10))
    await settle()
    await play.advance(2_000)
    await read
    expect(asked).toBe(3)
    expect(play.taken).toHaveLength(1)
  })
})

describe('a process that slept', () => {
  test('asks the group before it hands anything over', async () => {
    play.join()
    await settle()
    await play.advance(sessionTimeoutMs)
    play.game.beatFailure = new Error('The coordinator is not aware of this member')
    const read = play.reader.read(play.fetch(0, 10)).catch((error: unknown) => error)
    expect(await read).toBe(play.game.beatFailure)
    expect(play.taken).toEqual([])
  })

  test('goes on when it is still a member', async () => {
    play.join()
    await settle()
    await play.advance(sessionTimeoutMs)
    await play.reader.read(play.fetch(0, 10))
    expect([play.game.beats, play.taken.length]).toEqual([1, 1])
  })
})

describe('commits', () => {
  test('of all partitions go together, at most every 100 ms', async () => {
    play.join({}, [0, 1])
    await play.reader.read(play.fetch(0, 10, 0))
    await play.reader.read(play.fetch(0, 20, 1))
    await play.reader.read(play.fetch(10, 10, 0))
    await play.taken[0]?.record()
    await settle()
    await play.taken[1]?.record()
    await play.taken[2]?.record()
    await play.advance(99)
    expect(play.commits).toHaveLength(1)
    await play.advance(1)
    expect(play.commits[1]).toMatchObject([
      { topic, partition: 0, offset: 20, metadata: 'curfew/1 seen=0' },
      { topic, partition: 1, offset: 20 },
    ])
  })

  test('that fail are due again, ever more slowly', async () => {
    play.join()
    let tries = 0
    play.reader.commitBy(async () => {
      tries += 1
      throw new Error('the coordinator is away')
    })
    await play.reader.read(play.fetch(0, 10))
    await play.taken[0]?.record()
    await settle()
    await play.advance(1_000)
    expect(tries).toBe(4)
    const sent: (readonly DueOffset[])[] = []
    play.reader.commitBy(async (offsets) => {
      sent.push(offsets)
    })
    await play.advance(5_000)
    expect(sent).toMatchObject([[{ offset: 10 }]])
  })
})

describe('the end', () => {
  test('waits for what is underway, commits it, and takes nothing more', async () => {
    play.join()
    await play.reader.read(play.fetch(0, 10))
    const closed = play.reader.close(new AbortController().signal)
    await play.reader.read(play.fetch(10, 10))
    await settle()
    expect(play.taken).toHaveLength(1)
    await play.taken[0]?.record()
    await closed
    expect(play.commits.flat()).toMatchObject([{ offset: 10 }])
  })

  test('comes by itself when a batch fails for good, and nothing of it is committed', async () => {
    play.join()
    await play.reader.read(play.fetch(0, 10))
    play.taken[0]?.fail()
    await expect(play.reader.failed).rejects.toThrow('the store refused it')
    await play.reader.read(play.fetch(10, 10))
    await play.advance(1_000)
    expect(play.taken).toHaveLength(1)
    expect(play.commits).toEqual([])
  })
})
