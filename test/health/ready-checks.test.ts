import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import { failureOf } from '../../src/contract/work-fault.ts'
import { healthOf, makeStoreWatch, readingOf } from '../../src/health/ready-checks.ts'
import { makeClock, settle } from '../given.ts'

describe('whether the store answers', () => {
  it('is asked in the background: a probe never waits, and is told how old the answer is', async () => {
    const { clock, advance } = makeClock()
    let answers = true
    const watch = makeStoreWatch({
      clock,
      ask: () => (answers ? Promise.resolve([]) : new Promise(() => {})),
    })
    const stop = new AbortController()
    const running = watch.run(stop.signal)
    await advance(4_000)
    expect(watch.check()).toEqual({
      ...{ name: 'store', state: 'ready', detail: 'its last answer is 0 s old' },
    })
    answers = false
    await advance(12_000)
    expect(watch.check()).toMatchObject({ state: 'degraded' })
    await advance(60_000)
    expect(watch.check()).toMatchObject({ state: 'down', detail: 'its last answer is 72 s old' })
    stop.abort()
    await running
  })

  it('is no as soon as it says so, and yes as soon as it answers again', async () => {
    const { clock, advance } = makeClock()
    let fails = true
    const watch = makeStoreWatch({
      clock,
      ask: async () => {
        if (fails) throw new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
        return []
      },
    })
    const stop = new AbortController()
    void watch.run(stop.signal)
    await settle()
    expect(watch.check().state).toBe('down')
    fails = false
    await advance(2_000)
    expect(watch.check().state).toBe('ready')
    stop.abort()
  })
})

describe('readiness', () => {
  it('has one check for the store, the kill switch, and each kind of work', async () => {
    const lists = { name: 'lists', state: 'degraded', detail: 'x' } as const
    const health = healthOf({
      storeWatch: { check: () => ({ name: 'store', state: 'ready' }) },
      killSwitch: { isOn: () => true },
      works: { checks: () => [lists] },
    })
    expect(await health()).toEqual([
      { name: 'store', state: 'ready' },
      { name: 'kill switch', state: 'degraded', detail: 'it is on: nothing is ended' },
      lists,
    ])
  })

  it('is told by a source why it cannot be read, and within how long it speaks again', () => {
    const error = new CurfewError('SOURCE_REFUSED', '403', { retry: true })
    const down = readingOf({ source: 'kafka', isUp: false, error })
    expect([down.work, down.of, failureOf(down.error)]).toEqual([
      'sources',
      'kafka',
      'access_refused',
    ])
    const unknown = readingOf({ source: 'kafka', isUp: false, error: new Error('a broker') })
    expect(failureOf(unknown.error)).toBe('no_answer')
    expect(readingOf({ source: 'kafka', isUp: true, withinMs: 5 })).toEqual({
      ...{ work: 'sources', of: 'kafka', withinMs: 5 },
    })
  })
})
