import { describe, expect, it, vi } from 'vitest'
import { makeStrain, openStrain } from '../../src/demo/strain.ts'

const deadlineMs = 9_000

describe('the strain of a demo', () => {
  it.each([
    ['no wait', [], false],
    ['one long wait, which may be chance', [3_000], false],
    ['many short ones', Array.from({ length: 100 }, () => 2_999), false],
    ['three long ones, whatever is between them', [3_000, 10, 8_999, 10, 3_000], true],
    ['one of a whole deadline, which misses it by itself', [9_000], true],
  ])('is judged by %s', (_, waits, tooSlow) => {
    const strain = makeStrain(deadlineMs)
    for (const each of waits) strain.note(each)
    const longestWaitMs = Math.max(0, ...waits)
    expect(strain.slowness()).toEqual({ tooSlow, longestWaitMs })
  })

  it('is not forgotten when everything is quick again, as the figures are of the whole demo', () => {
    const strain = makeStrain(deadlineMs)
    for (const each of [4_000, 4_000, 4_000.4]) strain.note(each)
    for (let time = 0; time < 1_000; time += 1) strain.note(1)
    expect(strain.slowness()).toEqual({ tooSlow: true, longestWaitMs: 4_000 })
  })

  it('counts each second in which the process came late, and looks once more when it is asked', () => {
    vi.useFakeTimers()
    const delays = {
      max: 0,
      reset: () => {
        delays.max = 0
        return true
      },
      enable: () => true,
      disable: () => true,
    }
    const late = (ms: number) => {
      delays.max = ms * 1e6
    }
    try {
      using strain = openStrain(deadlineMs, delays)
      for (let time = 0; time < 2; time += 1) {
        late(3_500)
        vi.advanceTimersByTime(1_000)
      }
      vi.advanceTimersByTime(60_000)
      expect(strain.slowness()).toEqual({ tooSlow: false, longestWaitMs: 3_500 })
      late(3_000)
      expect(strain.slowness().tooSlow).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})
