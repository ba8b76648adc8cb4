import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import { soak, timeout } from '../journey/play.ts'
import type { Between } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'
import { makeStories } from './story.ts'

let stage: Stage
let aStory: ReturnType<typeof makeStories>
beforeAll(async () => {
  stage = await openStage()
  aStory = makeStories(stage)
})
afterAll(() => stage.close())

/** Fails once, at the given trip to the store; a write may have been done all the same. */
function makeOutage(at: number) {
  const trips: string[] = []
  const failure = () =>
    new CurfewError('STORE_UNREACHABLE', 'the answer was cut off', { retry: true })
  const between: Between = {
    ask: (ask) => async (sql, values) => {
      trips.push(sql)
      if (trips.length === at) throw failure()
      return await ask(sql, values)
    },
    append: (append) => async (table, rows) => {
      if (rows.length === 0) return
      trips.push(`append ${table}`)
      await append(table, rows)
      if (trips.length === at) throw failure()
    },
  }
  return { between, trips }
}

/** Trips of each kind, the first, and of writes the last too; at length all. */
function tripsToCut(trips: readonly string[], from: number): readonly number[] {
  const all = trips.map((_, index) => index).slice(from)
  const isEdge = (index: number): boolean => {
    const kind = trips[index] ?? ''
    const isLastWrite = kind.startsWith('append ') && trips.lastIndexOf(kind) === index
    return trips.indexOf(kind, from) === index || isLastWrite
  }
  return (soak ? all : all.filter(isEdge)).map((index) => index + 1)
}

describe('a store that cuts off one answer', () => {
  // A story for each trip to the store, with an enforcer of its own.
  it('costs time and nothing else, whichever answer it is', { timeout }, async () => {
    const first = await aStory()
    // What is written once for the whole store is not counted.
    await (await first.scene.open()).close()
    const whole = makeOutage(Number.POSITIVE_INFINITY)
    const enforcer = await first.scene.open(whole.between)
    const opened = whole.trips.length
    await first.reset()
    await first.scene.settle(enforcer)
    expect(whole.trips.length - opened).toBeGreaterThan(25)
    const cuts = tripsToCut(whole.trips, opened)
    expect(cuts.length).toBeGreaterThan(12)
    for (const at of cuts) {
      const { scene, id, reset } = await aStory()
      const cutOff = await scene.open(makeOutage(at).between)
      await reset()
      await scene.settle(cutOff).catch(() => {})
      await scene.pass(cutOff, 4_000, 2_000)
      expect({ at, state: (await scene.steps(id)).at(-1) }).toEqual({ at, state: 'contained' })
      expect({ at, calls: scene.idp.revokes(id) }).toEqual({ at, calls: 1 })
    }
  })
})
