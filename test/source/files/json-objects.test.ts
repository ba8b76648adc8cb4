import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectsIn } from '../../../src/source/files/json-objects.ts'

const cut = (text: string, max = 1_000) => {
  const objects = objectsIn(Buffer.from(text), max)
  return Array.isArray(objects) ? objects.map(String) : objects
}

describe('a body of events', () => {
  test('is one object, an array of them, or one after the other', () => {
    expect(cut(' {"a":1} ')).toEqual(['{"a":1}'])
    expect(cut('[{"a":1}, {"b":[2]}]\n')).toEqual(['{"a":1}', '{"b":[2]}'])
    expect(cut('{"a":1}\r\n{"b":2}\n')).toEqual(['{"a":1}', '{"b":2}'])
    expect(cut('[]')).toEqual([])
  })

  test('keeps the very bytes, keys named twice and braces within strings included', () => {
    expect(cut('[{"a":1,"a":2},{"s":"}]\\"{"}]')).toEqual(['{"a":1,"a":2}', '{"s":"}]\\"{"}'])
  })

  test.each([
    '',
    ' ',
    'null',
    '1',
    '"x"',
    '[1]',
    '[{}',
    '[{},]',
    '[,{}]',
    '[{} {}]',
    '[{}]x',
    '[[{}]]',
    '{',
    '{"a":"',
    '{},{}',
    '{}]',
    'a{}',
  ])('is refused when it is something else: %s', (text) => {
    expect(cut(text)).toBeUndefined()
  })

  test('is refused beyond its number, not cut', () => {
    expect(cut('{}{}{}', 3)).toHaveLength(3)
    expect(cut('{}{}{}{}', 3)).toBe('too_many')
    expect(cut('[{},{},{},{}]', 3)).toBe('too_many')
  })

  test('gives back every JSON object it was made of, however it is printed', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue())
    const indent = fc.constantFrom(0, 2)
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1 }),
        indent,
        fc.boolean(),
        (given, by, isArray) => {
          const text = isArray
            ? JSON.stringify(given, null, by)
            : given.map((each) => JSON.stringify(each, null, by)).join('\n')
          const objects = objectsIn(Buffer.from(text), 1_000)
          if (!Array.isArray(objects)) throw new Error('no objects')
          expect(objects.map((each) => JSON.parse(String(each)))).toEqual(
            given.map((each) => JSON.parse(JSON.stringify(each))),
          )
        },
      ),
    )
  })

  test('never throws and never takes what JSON would refuse as a whole array', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{},:" 1a\\') }), (text) => {
        cut(`[${text}`)
        cut(text)
      }),
    )
  })
})
