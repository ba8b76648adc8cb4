import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Append } from '../../src/contract/ports.ts'
import { callTimeoutMs } from '../../src/enforce/compose.ts'
import { leaseTimes } from '../../src/source/leader/leader-lease.ts'
import type { Between } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Something happens in the moment in which the intent of a call has just been written down. */
const afterIntent =
  (happens: () => void) =>
  (append: Append): Append =>
  async (table, rows) => {
    await append(table, rows)
    const isIntent = rows.some((row) => 'state' in row && row.state === 'dispatching')
    if (table === 'order_steps' && isIntent) happens()
  }

async function aReset() {
  const scene = stage.scene()
  await scene.session('s1')
  await scene.cause('credential_reset')
  return scene
}

it('a call is over before a successor can begin, however old the beat it was begun with', () => {
  expect(callTimeoutMs + leaseTimes.heartbeatAgeMsMax).toBeLessThan(leaseTimes.sessionTimeoutMs)
})

describe('an enforcer that is not elected any more', () => {
  it('does not make the call that it has just written down; its successor looks first, and calls once', async () => {
    const scene = await aReset()
    let elected = true
    const between: Between = {
      isElected: () => elected,
      append: afterIntent(() => {
        elected = false
      }),
    }
    const first = await scene.open(between)
    await scene.settle(first)
    expect(scene.idp.revokes('s1')).toBe(0)
    expect((await scene.steps('s1')).at(-1)).toBe('dispatching')

    const second = await scene.open()
    await scene.pass(second, 4_000, 2_000)
    await scene.settle(first)
    expect(scene.idp.revokes('s1')).toBe(1)
    expect((await scene.steps('s1')).slice(3)).toEqual([
      'in_doubt',
      'dispatching',
      'acknowledged',
      'verifying',
      'contained',
    ])
  })

  it('asks neither its provider nor the store for work', async () => {
    const scene = await aReset()
    const asked: string[] = []
    const waiting = Promise.withResolvers<void>()
    let looks = 0
    const enforcer = await scene.open({
      isElected: () => {
        looks += 1
        if (looks > 1) waiting.resolve()
        return false
      },
      ask: (ask) => (sql, values) => {
        asked.push(sql)
        return ask(sql, values)
      },
    })
    asked.length = 0
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    await scene.time.advance(250)
    await scene.time.advance(250)
    await waiting.promise
    stop.abort()
    await running
    expect([asked, scene.idp.calls]).toEqual([[], []])
  })
})

describe('the kill switch', () => {
  it('stops the call whose intent is being written, and it goes on when the switch is off', async () => {
    const scene = await aReset()
    let intents = 0
    const enforcer = await scene.open({
      append: afterIntent(() => {
        intents += 1
        scene.kill.on = intents === 1
      }),
    })
    await scene.settle(enforcer)
    expect(scene.idp.revokes('s1')).toBe(0)
    expect((await scene.steps('s1')).at(-1)).toBe('throttled')
    scene.kill.on = false
    await scene.pass(enforcer, 4_000, 2_000)
    expect(scene.idp.revokes('s1')).toBe(1)
    expect((await scene.steps('s1')).at(-1)).toBe('contained')
  })
})
