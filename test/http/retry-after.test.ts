import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryAfterMs } from '../../src/http/retry-after.ts'

const now = Date.parse('1994-11-06T08:49:07.000Z')
const quarterHour = 900_000

test.each([
  ['0', 0],
  ['7', 7000],
  [' 120 ', 120_000],
  ['900', quarterHour],
  ['901', quarterHour],
  ['99999999999999999999999', quarterHour],
  // The three forms of RFC 9110 section 5.6.7, half a minute ahead.
  ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
  ['Sun Nov  6 08:49:37 1994', 30_000],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', quarterHour],
])('Retry-After %j asks to wait %d ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})

test.each([
  undefined,
  '',
  ' ',
  '-5',
  '+5',
  '1.5',
  '1e3',
  '0x10',
  'soon',
  'Sun',
  'Sunny day',
  '5 minutes',
  '12, 13',
])('Retry-After %j asks for nothing', (header) => {
  expect(retryAfterMs(header, now)).toBeUndefined()
})

test('whatever the header, the wait is absent or between nothing and a quarter of an hour', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String)), fc.nat(), (header, at) => {
      const ms = retryAfterMs(header, at)
      expect(ms === undefined || (ms >= 0 && ms <= quarterHour)).toBe(true)
    }),
  )
})
