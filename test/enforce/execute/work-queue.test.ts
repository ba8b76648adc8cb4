import { describe, expect, it } from 'vitest'
import type { DueTasks, RunningTask, Task } from '../../../src/enforce/execute/work-queue.ts'
import { runRound } from '../../../src/enforce/execute/work-queue.ts'
import { makeClock, settle } from '../../given.ts'

const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))

/** Tasks that write down when they begin, and end when they are let go. */
function makeTasks() {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const task = (name: string): Task => ({
    name,
    work: () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.push(resolve))
    },
  })
  const letGo = async (): Promise<void> => {
    for (const end of ends.splice(0)) end()
    await settle()
  }
  return { begun, task, letGo }
}

const none: DueTasks = { calls: [], reads: [], lists: [] }

describe('a round of a lane', () => {
  it('begins most calls for an end first, while sessions are read back and subjects listed', async () => {
    const { begun, task } = makeTasks()
    const of = (kind: string) => list(20, (each) => task(`${kind} ${each}`))
    const due = { calls: of('call'), reads: of('read'), lists: of('list') }
    void runRound(() => due, { atOnceMax: 8, clock: makeClock().clock, running: new Map() })
    await settle()
    const kinds = begun.map((name) => name.split(' ')[0])
    expect(kinds.filter((kind) => kind === 'call')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'read')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'list')).toHaveLength(1)
  })

  it('takes up what becomes due while a provider lets another call wait', async () => {
    const { begun, task, letGo } = makeTasks()
    const time = makeClock()
    let due: DueTasks = { ...none, calls: [task('hangs')] }
    const round = runRound(() => due, { atOnceMax: 2, clock: time.clock, running: new Map() })
    await settle()
    due = { ...none, calls: [task('hangs'), task('new')] }
    await time.advance(1_000)
    expect(begun).toEqual(['hangs', 'new'])
    await letGo()
    expect(await round).toBe(2)
  })

  it('serves each order once and ends, however often that is due', async () => {
    const { task } = makeTasks()
    let served = 0
    const again = {
      ...task('again'),
      work: async () => {
        served += 1
      },
    }
    const { clock } = makeClock()
    const lane = { atOnceMax: 8, clock, running: new Map() }
    expect(await runRound(() => ({ ...none, reads: [again] }), lane)).toBe(1)
    expect(served).toBe(1)
  })

  it('is bounded: a thousand lists are begun in several', async () => {
    const { clock } = makeClock()
    const lists = list(1_000, (each) => ({ name: `${each}`, work: async () => {} }))
    const lane = { atOnceMax: 8, clock, running: new Map() }
    expect(await runRound(() => ({ ...none, lists }), lane)).toBeLessThan(200)
  })

  it('goes on beside a call that hangs: the next round has all its workers but the one that waits', async () => {
    const { clock } = makeClock()
    const running = new Map<string, RunningTask>()
    const hangs = Promise.withResolvers<void>()
    let most = 0
    const calls = list(200, (each) => ({
      name: `${each}`,
      work: async () => {
        most = Math.max(most, running.size + 1)
        await (each === 0 ? hangs.promise : settle())
      },
    }))
    const left = new Set(calls)
    const done = (call: Task): Task => ({
      ...call,
      work: async () => {
        left.delete(call)
        await call.work()
      },
    })
    const due = () => ({ ...none, calls: [...left].map(done) })
    const lane = { atOnceMax: 4, clock, running }
    for (let rounds = 0; rounds < 4; rounds += 1) await runRound(due, lane)
    // With less due than a round may do it goes on until the call that waits is over.
    let isOver = false
    const last = runRound(due, lane).then(() => {
      isOver = true
    })
    for (let turns = 0; turns < 20; turns += 1) await settle()
    expect([left.size, [...running.keys()], most, isOver]).toEqual([0, ['0'], 4, false])
    hangs.resolve()
    await last
    expect(running.size).toBe(0)
  })

  it('is over within a second or so beside a call that hangs, so that what was put off is served again', async () => {
    const time = makeClock()
    const hangs = Promise.withResolvers<void>()
    let served = 0
    const serve = async (): Promise<void> => {
      served += 1
    }
    const due = () => ({
      ...none,
      calls: [
        { name: 'put off', work: serve },
        { name: 'hangs', work: () => hangs.promise },
      ],
    })
    const lane = { atOnceMax: 4, clock: time.clock, running: new Map<string, RunningTask>() }
    for (const rounds of [1, 2, 3]) {
      const round = runRound(due, lane)
      for (let waits = 0; waits < 8; waits += 1) await time.advance(250)
      await round
      expect([served, [...lane.running.keys()]]).toEqual([rounds, ['hangs']])
    }
    hangs.resolve()
    await settle()
    expect(lane.running.size).toBe(0)
  })
})
