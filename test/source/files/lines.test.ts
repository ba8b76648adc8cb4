import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Line } from '../../../src/source/files/lines.ts'
import { LineCutter } from '../../../src/source/files/lines.ts'

const bounds = { lineBytesMax: 20, headBytes: 8 }

function cut(text: string, chunkBytes: number, given = bounds): Line[] {
  const cutter = new LineCutter(given)
  const bytes = Buffer.from(text)
  const lines: Line[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    lines.push(...cutter.push(bytes.subarray(at, at + chunkBytes)))
  }
  return [...lines, ...cutter.end()]
}

const shown = (lines: readonly Line[]) =>
  lines.map(({ number, bytes, cut }) => `${number}${cut ? '!' : ':'}${bytes}`)

test('lines keep their numbers, and blank ones count without being given out', () => {
  expect(shown(cut('a\n\n \t\r\nb\r\nc', 3))).toEqual(['0:a', '3:b', '4:c'])
})

test('a mark at the beginning of the file is not part of its first line', () => {
  expect(shown(cut('\uFEFFa\n\uFEFFb\n', 2))).toEqual(['0:a', '1:\uFEFFb'])
})

test('of a line that is too long only the head is held, and the next line is whole again', () => {
  const lines = cut(`${'x'.repeat(21)}\n${'y'.repeat(20)}\n${'z'.repeat(1_000)}`, 7)
  expect(shown(lines)).toEqual(['0!xxxxxxxx', `1:${'y'.repeat(20)}`, '2!zzzzzzzz'])
})

test('lines are the same however the stream is cut into chunks', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '\n', '\r\n', ' ', 'long '.repeat(5)), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 12 }), (parts, chunkBytes) => {
      const whole = parts.join('')
      expect(shown(cut(whole, chunkBytes))).toEqual(shown(cut(whole, 10_000)))
    }),
  )
})
