import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCursor, writeCursor } from '../../../src/show/api/cursor.ts'

const invalid = expect.objectContaining({ code: 'SHOW_INVALID' })
const filters = { severity: 'high' }

describe('a cursor', () => {
  const cursor = writeCursor('findings', filters, [17, 'abc'])

  it.each([
    ['is no base64url', '%%%'],
    ['is empty', ''],
    ['is no JSON', Buffer.from('nonsense').toString('base64url')],
    ['is no list', Buffer.from('{"a":1}').toString('base64url')],
    ['has too few parts', writeCursor('findings', filters, [17])],
    ['has too many parts', writeCursor('findings', filters, [17, 'abc', 1])],
    ['has parts of other kinds', writeCursor('findings', filters, ['17', 'abc'])],
    ['has a fraction', writeCursor('findings', filters, [17.5, 'abc'])],
    ['is of another list', writeCursor('curfews', filters, [17, 'abc'])],
    ['is of other filters', writeCursor('findings', { severity: 'low' }, [17, 'abc'])],
    ['is cut', cursor.slice(0, -3)],
    ['is longer than any of ours', 'A'.repeat(5_000)],
  ])('is refused when it %s', (_, forged) => {
    expect(() => readCursor(forged, 'findings', filters, ['number', 'text'])).toThrow(invalid)
  })

  it('is refused when it is any text that we did not write', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => readCursor(text, 'findings', filters, ['number', 'text'])).toThrow(invalid)
      }),
    )
  })

  it('gives back its place, whatever texts are in it', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string({ unit: 'binary' }), (at, id) => {
        fc.pre(id.isWellFormed())
        const written = writeCursor('findings', filters, [at, id])
        const read = readCursor(written, 'findings', filters, ['number', 'text'])
        expect(read).toEqual([at === 0 ? 0 : at, id])
      }),
    )
  })

  it('holds for the same filters in any order, absent ones left out', () => {
    const written = writeCursor('findings', { a: 1, b: 'x' }, [1])
    expect(readCursor(written, 'findings', { b: 'x', c: undefined, a: 1 }, ['number'])).toEqual([1])
  })
})
