import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortened } from '../../src/decode/shorten.ts'
import { decodeOne } from './given.ts'

const bytesMax = 256 * 1024
const textMax = 16 * 1024

const event = (more: object) => ({
  ...{ version: 1, id: 'e1', type: 'session.revoked', occurred_at: '2026-11-03T09:00:00Z' },
  ...{ session: { id: 's1' }, subject: { id: 'ada' } },
  ...more,
})

describe('a message that is too large', () => {
  it.each([
    ['its user agent', { user_agent: 'x'.repeat(300_000) }],
    ['its reason', { reason: '\u{1f600}'.repeat(80_000) }],
    ['a field that nobody knows', { comment: '"'.repeat(200_000) }],
    ['the name of a field', { ['k'.repeat(300_000)]: 1 }],
    ['several fields', { user_agent: 'x'.repeat(3_000_000), a: 'y'.repeat(300_000) }],
  ])('is an event all the same where only %s makes it so', (_what, more) => {
    const { event: told, rejected } = decodeOne(event(more))
    expect(rejected).toBeUndefined()
    expect(told).toMatchObject({ type: 'session.revoked', sessionId: 's1', subjectId: 'ada' })
    expect(told?.userAgent.length).toBeLessThanOrEqual(1_024)
  })

  it('counts the field that was cut', () => {
    const { leftOut } = decodeOne(event({ user_agent: 'x'.repeat(300_000) }))
    expect(leftOut).toEqual({ user_agent: 1 })
  })

  it.each([
    ['a name makes it so', event({ session: { id: 's'.repeat(300_000) } })],
    ['it has too many fields', event(Object.fromEntries(numbers(40_000)))],
    ['it is longer than anybody looks through', event({ user_agent: 'x'.repeat(5_000_000) })],
  ])('is rejected as that where %s', (_what, message) => {
    expect(decodeOne(message).rejected).toMatchObject({ reason: 'too_large' })
  })

  it.each(['{"a":"', '{"a":"x\\', '"', '\\"\\', '{"a":"\u{1f600}'])(
    'is rejected as that where it ends within %j',
    (start) => {
      const { rejected } = decodeOne(start + (start.endsWith('\\') ? '' : 'x'.repeat(bytesMax)))
      expect(rejected?.reason).toMatch(/^(?:too_large|not_json|wrong_type)$/)
    },
  )
})

function numbers(count: number): readonly (readonly [string, number])[] {
  return Array.from({ length: count }, (_, index) => [`field_${index}`, index] as const)
}

describe('JSON whose texts are cut', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), fc.nat(60_000))
      .map(([unit, times]) => unit.repeat(times)),
  )

  it('says the same, but for texts that are longer, of which it holds the beginning', () => {
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
    const json = fc.dictionary(text, fc.oneof(value, fc.array(value, { maxLength: 3 })), {
      maxKeys: 4,
    })
    const pretty = fc.constantFrom(undefined, 1, '\t')
    fc.assert(
      fc.property(json, pretty, (given, space) => {
        const bytes = Buffer.from(JSON.stringify(given, undefined, space))
        const short = shortened(bytes, bytesMax)
        if (short === undefined) return
        expect(short.length).toBeLessThanOrEqual(Math.min(bytes.length, bytesMax))
        expectBeginning(JSON.parse(short.toString()), JSON.parse(bytes.toString()))
      }),
      { numRuns: 200 },
    )
  })

  it('is cut of escapes and characters as a whole', () => {
    for (const [unit, length] of [
      ['\\u00e9', 6],
      ['\\n', 2],
      ['é', 2],
      ['€', 3],
      ['\u{1f600}', 4],
    ] as const) {
      const short = shortened(Buffer.from(`{"a":"${unit.repeat(100_000)}"}`), bytesMax)
      expect(short?.toString()).toBe(`{"a":"${unit.repeat(Math.floor(textMax / length))}"}`)
    }
  })
})

/** Every text of one is the other's, or its beginning where that is too long. */
function expectBeginning(short: unknown, given: unknown): void {
  if (typeof given === 'string') {
    expect(given.startsWith(String(short))).toBe(true)
    if (Buffer.byteLength(JSON.stringify(given)) <= textMax) expect(short).toBe(given)
  } else if (typeof given === 'object' && given !== null) {
    const [keys, values] = [Object.keys(Object(short)), Object.values(Object(short))]
    const before = Object.entries(given)
    if (keys.length !== before.length) return
    for (const [at, [key, value]] of before.entries()) {
      expect(key.startsWith(keys[at] ?? '')).toBe(true)
      expectBeginning(values[at], value)
    }
  } else expect(short).toEqual(given)
}
