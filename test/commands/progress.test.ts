import { describe, expect, it } from 'vitest'
import { makeProgressLine } from '../../src/commands/progress.ts'

function aStream(isTTY: boolean, firstAfterMs?: number) {
  const written: string[] = []
  let at = 0
  const say = makeProgressLine({
    stream: { isTTY, write: (text) => written.push(text) },
    now: () => at,
    ...(firstAfterMs === undefined ? {} : { firstAfterMs }),
  })
  return {
    written,
    say: (ms: number, line: string, isLast = false) => {
      at = ms
      say(line, isLast)
    },
  }
}

describe('progress', () => {
  it('is one line on a terminal, written over and over, and left standing at the end', () => {
    const { written, say } = aStream(true)
    say(0, 'one')
    say(100, 'two')
    say(200, 'three')
    say(201, 'four', true)
    expect(written).toEqual(['\r\x1b[Kone', '\r\x1b[Kthree', '\r\x1b[Kfour\n'])
  })

  it('is one line a minute elsewhere, and the last one however soon it comes', () => {
    const { written, say } = aStream(false)
    for (const seconds of [0, 59, 60, 90, 119, 120]) say(seconds * 1_000, `${seconds} s`)
    say(121_000, 'done', true)
    expect(written).toEqual(['60 s\n', '120 s\n', 'done\n'])
  })

  it('says nothing twice where lines are kept', () => {
    const { written, say } = aStream(false, 0)
    say(0, 'same')
    say(60_000, 'same')
    say(60_001, 'same', true)
    expect(written).toEqual(['same\n'])
  })
})
