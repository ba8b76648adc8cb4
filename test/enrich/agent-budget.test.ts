import { describe, expect, test } from 'vitest'
import { makeDevices } from '../../src/enrich/device.ts'
import { makeClock } from '../given.ts'

describe('the budget for new user agents', () => {
  test('beyond it a new agent is put off, and known ones still answer', () => {
    const { clock } = makeClock()
    const devices = makeDevices({ now: clock.now, missesPerSecondMax: 3, cacheMax: 100 })
    const rotated = [1, 2, 3, 4, 5].map((version) => devices.find(`curl/${version}`).state)
    expect(rotated).toEqual(['hit', 'hit', 'hit', 'miss', 'miss'])
    expect(devices.find('curl/5')).toEqual({
      state: 'miss',
      browser: '',
      os: '',
      type: '',
      agentClass: 'unknown',
    })
    expect(devices.find('curl/1').state).toBe('hit')
    expect(devices.find('').state).toBe('not_evaluable')
    expect(devices.postponed()).toBe(3)
  })

  test('what was put off is not kept: in the next second the same agent is read', async () => {
    const { clock, advance } = makeClock()
    const devices = makeDevices({ now: clock.now, missesPerSecondMax: 1, cacheMax: 100 })
    devices.find('curl/1')
    expect(devices.find('curl/2').state).toBe('miss')
    await advance(999)
    expect(devices.find('curl/2').state).toBe('miss')
    await advance(1)
    expect(devices.find('curl/2')).toMatchObject({ state: 'hit', agentClass: 'script' })
  })

  test('agents that are dear to read use the second up by time before they do by number', () => {
    let at = 1_000_000
    const now = () => {
      at += 10
      return at
    }
    const devices = makeDevices({ now, missesPerSecondMax: 1000, cacheMax: 100 })
    const states = Array.from({ length: 15 }, (_, n) => devices.find(`curl/${n}`).state)
    expect(states.filter((state) => state === 'hit')).toHaveLength(10)
    expect(states.slice(10)).toEqual(Array(5).fill('miss'))
  })

  test('where there is no budget, every agent is read, however dear', () => {
    let at = 1_000_000
    const now = () => (at += 900)
    const without = { missesPerSecondMax: Infinity, readingMsMax: Infinity }
    const devices = makeDevices({ now, ...without, cacheMax: 100 })
    const states = Array.from({ length: 50 }, (_, n) => devices.find(`curl/${n}`).state)
    expect(new Set(states)).toEqual(new Set(['hit']))
  })

  test('a clock that is set back gives nobody more time', () => {
    // Two instants per reading: the first one seems to end before it began.
    const instants = [900, 100, 200, 250, 300, 350, 400, 450, 500].map((ms) => 1_000_000 + ms)
    const devices = makeDevices({
      now: () => instants.shift() ?? 0,
      missesPerSecondMax: 1000,
      cacheMax: 100,
    })
    const states = [1, 2, 3, 4].map((n) => devices.find(`curl/${n}`).state)
    expect(states).toEqual(['hit', 'hit', 'hit', 'miss'])
  })

  test('an attacker who rotates agents fills neither the cache nor the second', async () => {
    const { clock, advance } = makeClock()
    const devices = makeDevices({ now: clock.now, missesPerSecondMax: 50, cacheMax: 40 })
    let read = 0
    for (let second = 0; second < 4; second++) {
      for (let n = 0; n < 500; n++) {
        if (devices.find(`curl/${second}.${n}`).state === 'hit') read++
        expect(devices.cache.size).toBeLessThanOrEqual(40)
      }
      await advance(1000)
    }
    expect(read).toBe(200)
    expect(devices.postponed()).toBe(1800)
  })
})
