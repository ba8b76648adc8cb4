import { describe, expect, it } from 'vitest'
import type { DueTasks, Task } from '../../src/enforce/lane-work.ts'
import { workOn } from '../../src/enforce/lane-work.ts'
import { makeClock, settle } from '../given.ts'

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
    void workOn(() => due, { atOnceMax: 8, clock: makeClock().clock })
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
    const round = workOn(() => due, { atOnceMax: 2, clock: time.clock })
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
    expect(await workOn(() => ({ ...none, reads: [again] }), { atOnceMax: 8, clock })).toBe(1)
    expect(served).toBe(1)
  })

  it('is bounded: a thousand lists are begun in several', async () => {
    const { clock } = makeClock()
    const lists = list(1_000, (each) => ({ name: `${each}`, work: async () => {} }))
    expect(await workOn(() => ({ ...none, lists }), { atOnceMax: 8, clock })).toBeLessThan(200)
  })
})
