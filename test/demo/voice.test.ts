import { describe, expect, it, vi } from 'vitest'
import { makeVoice } from '../../src/demo/voice.ts'

function aVoice(isTTY: boolean) {
  let at = 0
  const written: string[] = []
  const voice = makeVoice({ stream: { isTTY, write: (text) => written.push(text) }, now: () => at })
  return { voice, written, wait: (ms: number) => (at += ms) }
}

describe('what a demo says before there is anything to see', () => {
  it('is a line for each thing that begins, where lines cannot be written over', () => {
    const { voice, written } = aVoice(false)
    voice.begin('starting the store')
    voice.begin('simulating 200 people')
    voice.end()
    expect(written).toEqual(['  starting the store …\n', '  simulating 200 people …\n'])
  })

  it('is a line that counts its seconds on a terminal, and stays with how long it took', () => {
    vi.useFakeTimers()
    const { voice, written, wait } = aVoice(true)
    voice.begin('starting the store')
    wait(1_500)
    vi.advanceTimersByTime(500)
    voice.end()
    voice.end()
    vi.useRealTimers()
    expect(written).toEqual([
      '\r\x1b[K  starting the store … 0.0 s',
      '\r\x1b[K  starting the store … 1.5 s',
      '\r\x1b[K  starting the store 1.5 s\n',
    ])
  })
})
