import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { storeFailure } from '../../src/store/failure.ts'

const engineSays = (code: number, text: string) =>
  Object.assign(new Error(`Code: ${code}. DB::Exception: ${text}`), { code: String(code) })

describe('a failure of the store', () => {
  it('says what can be done and the number, and nothing of what the engine said', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_100 }),
        fc.string({ minLength: 12, maxLength: 60 }),
        (code, secret) => {
          const { message } = storeFailure(engineSays(code, secret), 'reading the store')
          expect(message).toMatch(/^reading the store failed: .* \(ClickHouse error \d+\)$/)
          expect(message.includes(secret)).toBe(false)
        },
      ),
    )
  })

  it.each([
    [62, 'STORE_REFUSED', 'report it with this number'],
    [241, 'STORE_UNREACHABLE', 'ask for a shorter period'],
    [243, 'STORE_UNREACHABLE', 'free space'],
    [53, 'RECORD_DATA', 'the store refuses it'],
    [516, 'STORE_REFUSED', 'CURFEW_CLICKHOUSE_PASSWORD'],
  ])('of number %d is %s: %s', (number, code, words) => {
    const failure = storeFailure(engineSays(number, "near 'ada@example.com'"), 'reading the store')
    expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(words)])
  })

  it('without an answer names what the system says, and is tried again', () => {
    const error = Object.assign(new Error('connect to 192.0.2.7'), { code: 'ECONNREFUSED' })
    expect(storeFailure(error, 'opening the store')).toMatchObject({
      code: 'STORE_UNREACHABLE',
      retry: true,
      message: 'opening the store failed: the store does not answer (ECONNREFUSED)',
    })
  })
})
