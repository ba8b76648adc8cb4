import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soak, timeout } from '../journey/play.ts'
import type { Between, Scene } from './scene.ts'
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

/**
 * Stands between the enforcer and everything outside, and counts what leaves a trace there: rows and
 * calls. After the given number of them the process is dead, and nothing gets through any more.
 * Questions to the store change nothing, so dying at one is dying after the trace before it.
 */
function makeDeath(after: number) {
  let traces = 0
  const died = new Error('killed')
  const check = () => {
    if (traces >= after) throw died
  }
  const leaving = async <T>(trace: () => Promise<T>): Promise<T> => {
    check()
    traces += 1
    const left = await trace()
    if (traces >= after) throw died
    return left
  }
  const between: Between = {
    ask: (ask) => (sql, values) => {
      check()
      return ask(sql, values)
    },
    append: (append) => (table, rows) =>
      rows.length === 0 ? append(table, rows) : leaving(() => append(table, rows)),
    provider: (provider) => ({
      ...provider,
      list: (subjectId) =>
        leaving(
          async () => (await provider.list?.(subjectId)) ?? { sessions: [], complete: false },
        ),
      read: (target) => leaving(() => provider.read(target)),
      revoke: (target) => leaving(() => provider.revoke(target)),
    }),
  }
  return { between, traces: () => traces }
}

/** Runs until it dies or is done; says whether it died. */
async function liveUntilDeath(scene: Scene, between: Between): Promise<boolean> {
  try {
    await scene.settle(await scene.open(between))
    return false
  } catch {
    return true
  }
}

const dispatchings = (steps: readonly string[]): number =>
  steps.filter((state) => state === 'dispatching').length

describe('an enforcer that is killed', () => {
  it(
    'leaves no order lost and no session ended twice, wherever it dies',
    async () => {
      const first = await aStory()
      await first.reset()
      const whole = makeDeath(Number.POSITIVE_INFINITY)
      expect(await liveUntilDeath(first.scene, whole.between)).toBe(false)
      expect(whole.traces()).toBeGreaterThan(10)
      // Before each trace and after it; every second one, but at length.
      for (let after = 0; after <= whole.traces(); after += soak ? 1 : 2) {
        const { scene, id, reset, verdict } = await aStory()
        await reset()
        await liveUntilDeath(scene, makeDeath(after).between)
        const steps = await scene.steps(id)
        await scene.time.advance(1_000)
        await scene.settle(await scene.open())
        const end = await scene.steps(id)
        expect({ after, alive: scene.idp.isAlive(id) }).toEqual({ after, alive: false })
        expect({ after, state: end.at(-1) }).toEqual({ after, state: 'contained' })
        expect({ after, calls: scene.idp.revokes(id) }).toEqual({ after, calls: 1 })
        // Only a call whose outcome nobody wrote down is followed by another intent, and by doubt first.
        if (steps.at(-1) === 'dispatching') expect(end[steps.length]).toBe('in_doubt')
        else expect(dispatchings(end)).toBe(1)
        expect(await verdict()).toBe('kept')
      }
    },
    timeout,
  )

  it('numbers the steps of an order without a gap over all terms', async () => {
    const rows = await stage.store.ask(
      `select order_id, groupArray(seq) as seqs, uniqExact(epoch) as terms
       from (select order_id, seq, epoch from order_steps order by order_id, epoch, seq)
       group by order_id having terms > 1`,
    )
    expect(rows.length).toBeGreaterThan(5)
    for (const { seqs } of rows) {
      const numbers = Array.isArray(seqs) ? seqs : []
      expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    }
  })
})
