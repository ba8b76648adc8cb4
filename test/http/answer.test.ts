import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { jsonAs, jsonOf, outcomeOf } from '../../src/http/answer.ts'

const answer = (status: number, retryAfter?: string) => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
})

it.each([
  [200, 'expected'],
  [404, 'expected'],
  [201, 'refused'],
  [302, 'refused'],
  [400, 'refused'],
  [401, 'refused'],
  [408, 'unavailable'],
  [429, 'busy'],
  [500, 'unavailable'],
  [503, 'unavailable'],
])('the outcome of status %i where 200 and 404 are expected is %s', (status, is) => {
  expect(outcomeOf(answer(status), [200, 404], 0)).toEqual({ is })
})

it('an outcome carries Retry-After where waiting helps, and nowhere else', () => {
  expect(outcomeOf(answer(429, '7'), [], 0)).toEqual({ is: 'busy', retryAfterMs: 7_000 })
  const at = 'Thu, 01 Jan 1970 00:00:12 GMT'
  expect(outcomeOf(answer(503, at), [], 2_000)).toEqual({ is: 'unavailable', retryAfterMs: 10_000 })
  expect(outcomeOf(answer(403, '7'), [], 0)).toEqual({ is: 'refused' })
})

it('the JSON of a text that is none, or of another shape, is undefined', () => {
  expect([jsonOf('{"a":1}'), jsonOf('{"a"'), jsonOf('')]).toEqual([{ a: 1 }, undefined, undefined])
  const shape = Type.Object({ a: Type.Number() })
  expect([jsonAs(shape, '{"a":1,"b":2}'), jsonAs(shape, '{"a":"1"}')]).toEqual([
    { a: 1, b: 2 },
    undefined,
  ])
})
