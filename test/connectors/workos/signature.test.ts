import { WorkOS } from '@workos-inc/node'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  signatureToleranceMs,
  signWorkos,
  verifyWorkos,
} from '../../../src/connectors/workos/signature.ts'

const secret = 'whsec_test_only'
const at = Date.parse('2026-11-03T09:00:00.000Z')
const rawBody = Buffer.from('{"id":"event_01","event":"session.revoked","data":{"name":"Zoë"}}')
const header = signWorkos({ rawBody, secret, at })
const given = { rawBody, header, secrets: [secret], now: at }

describe('the signature of a WorkOS webhook', () => {
  test('is refused when it is missing', () => {
    expect(verifyWorkos({ ...given, header: undefined })).toBe('missing')
    expect(verifyWorkos({ ...given, header: '  ' })).toBe('missing')
  })

  test.each([
    't=1',
    'v1=ab',
    `t=now, v1=${'a'.repeat(64)}`,
    `t=1, v1=${'a'.repeat(63)}`,
    `t=1, v1=${'g'.repeat(64)}`,
    `t=1, t=2, v1=${'a'.repeat(64)}`,
    `t=1${`, v1=${'a'.repeat(64)}`.repeat(9)}`,
    'x'.repeat(2_000),
  ])('is refused when it is malformed: %s', (malformed) => {
    expect(verifyWorkos({ ...given, header: malformed })).toBe('malformed')
  })

  test('is refused when the body, the time or the secret is another', () => {
    expect(verifyWorkos({ ...given, rawBody: Buffer.from(`${rawBody} `) })).toBe('forged')
    expect(verifyWorkos({ ...given, header: header.replace(String(at), String(at + 1)) })).toBe(
      'forged',
    )
    expect(verifyWorkos({ ...given, secrets: ['whsec_other'] })).toBe('forged')
  })

  test('is refused when no secret is in force, or only an empty one', () => {
    expect(verifyWorkos({ ...given, secrets: [] })).toBe('forged')
    const unsigned = signWorkos({ rawBody, secret: '', at })
    expect(verifyWorkos({ ...given, header: unsigned, secrets: [''] })).toBe('forged')
  })

  test('holds to the last millisecond of the tolerance, before and after', () => {
    const verdictAt = (now: number) => verifyWorkos({ ...given, now })
    expect(verdictAt(at + signatureToleranceMs)).toBe('ok')
    expect(verdictAt(at + signatureToleranceMs + 1)).toBe('too_old')
    expect(verdictAt(at - signatureToleranceMs)).toBe('ok')
    expect(verdictAt(at - signatureToleranceMs - 1)).toBe('in_future')
    expect(verifyWorkos({ ...given, now: at + 10, toleranceMs: 9 })).toBe('too_old')
  })

  test('tells a forger nothing about the time', () => {
    expect(verifyWorkos({ ...given, secrets: ['whsec_other'], now: at + 1e9 })).toBe('forged')
  })

  test('is accepted with any of the secrets in force, and with spaces anywhere around its parts', () => {
    expect(verifyWorkos({ ...given, secrets: ['whsec_next', secret] })).toBe('ok')
    const spaced = ` ${header.replace(',', ' ,  ').replace('t=', 't = ')} `
    expect(verifyWorkos({ ...given, header: spaced })).toBe('ok')
    expect(verifyWorkos({ ...given, header: header.replace(' ', '') })).toBe('ok')
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), fc.array(fc.string()), (text, bytes, secrets) => {
        const result = verifyWorkos({
          ...given,
          header: text,
          rawBody: Buffer.from(bytes),
          secrets,
        })
        expect(result).not.toBe('ok')
      }),
    )
  })
})

describe("WorkOS's own library", () => {
  afterEach(() => void vi.useRealTimers())
  const { webhooks } = new WorkOS('sk_test_only')

  test('accepts what we sign', async () => {
    // Its verifier asks `Date` whether a signature is of the last minutes.
    vi.useFakeTimers({ toFake: ['Date'], now: at })
    const event = await webhooks.constructEvent({
      payload: rawBody.toString(),
      sigHeader: signWorkos({ rawBody, secret, at }),
      secret,
    })
    expect(event.id).toBe('event_01')
  })

  test('signs what we accept', async () => {
    const signature = await webhooks.computeSignature(at, rawBody.toString(), secret)
    expect(verifyWorkos({ ...given, header: `t=${at}, v1=${signature}` })).toBe('ok')
  })
})
