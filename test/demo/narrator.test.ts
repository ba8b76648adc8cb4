import { describe, expect, it, vi } from 'vitest'
import { makeNarrator } from '../../src/demo/narrator.ts'

function aVoice(isTTY: boolean) {
  let at = 0
  const written: string[] = []
  const narrator = makeNarrator({
    stream: { isTTY, write: (text) => written.push(text) },
    now: () => at,
  })
  return { narrator, written, wait: (ms: number) => (at += ms) }
}

describe('what a demo says before there is anything to see', () => {
  it('is a line for each thing that begins, where lines cannot be written over', () => {
    const { narrator, written } = aVoice(false)
    narrator.begin('starting the store')
    narrator.begin('simulating 200 people')
    narrator.end()
    expect(written).toEqual(['  starting the store …\n', '  simulating 200 people …\n'])
  })

  it('is a line that counts its seconds on a terminal, and stays with how long it took', () => {
    vi.useFakeTimers()
    const { narrator, written, wait } = aVoice(true)
    narrator.begin('starting the store')
    wait(1_500)
    vi.advanceTimersByTime(500)
    narrator.end()
    narrator.end()
    vi.useRealTimers()
    expect(written).toEqual([
      '\r\x1b[K  starting the store … 0.0 s',
      '\r\x1b[K  starting the store … 1.5 s',
      '\r\x1b[K  starting the store 1.5 s\n',
    ])
  })
})
