import fc from 'fast-check'
import { expect, it } from 'vitest'
import { repeatedKeyIn } from '../../../src/show/api/body.ts'

it('a body that names each key of an object once is read, whatever its texts and lists hold', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(repeatedKeyIn(text)).toBeUndefined()
    }),
  )
})

it.each([
  ['{"a":1,"b":{"c":1},"a":2}', 'a'],
  ['[{"a":{"b":1,"\\u0062" : 2}}]', 'b'],
  ['{"":0,"x":"}{\\"","":1}', ''],
])('the body %s is refused', (text, key) => {
  expect(repeatedKeyIn(text)).toBe(key)
})
