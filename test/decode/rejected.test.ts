import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aBatch, aDecode, aMessage, anEventV1, decodeOne, receivedAt } from './given.ts'

const text = JSON.stringify(anEventV1())

describe('a message that is no event', () => {
  it('is written down with its place, its size, its digest and a reason', () => {
    const { rejected } = decodeOne('{"version":1')
    expect(rejected).toEqual({
      tenant: 'acme',
      instance: 'keycloak-main',
      source: 'kafka:sessions',
      partition: 3,
      offset: 41,
      receivedAt,
      reason: 'not_json',
      detail: 'the message is not JSON',
      excerpt: '{\\u0022version\\u0022:1',
      digest: createHash('sha256').update('{"version":1').digest('hex').slice(0, 32),
      bytes: 12,
    })
  })

  it('never disturbs its neighbours', () => {
    const messages = [anEventV1(), 'not json', '', anEventV1({ version: 2 }), anEventV1()]
    const { events, rejected, ignored } = aDecode()(aBatch(messages.map(aMessage)))
    expect(events).toHaveLength(2)
    expect(rejected.map(({ reason }) => reason)).toEqual(['not_json', 'empty', 'unknown_version'])
    expect(ignored).toBe(0)
  })

  it('is excerpted in at most 512 harmless characters, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const { rejected } = decodeOne(Buffer.from([0x7b, ...bytes]))
        expect(rejected?.excerpt).toMatch(/^(?:[ !#-&(-[\]-_a-~]|\\u[0-9a-f]{4}){0,512}$/)
        expect(rejected?.excerpt.length).toBeLessThanOrEqual(512)
      }),
    )
  })

  it('is told apart by its digest even where the excerpts agree', () => {
    const long = `"${'x'.repeat(600)}`
    const one = decodeOne(`${long}1`).rejected
    const other = decodeOne(`${long}2`).rejected
    expect(one?.excerpt).toBe(other?.excerpt)
    expect(one?.digest).not.toBe(other?.digest)
  })
})

describe('a message is rejected', () => {
  it('as empty when its value has no bytes and no key says what is gone', () => {
    expect(decodeOne('').rejected).toMatchObject({ reason: 'empty', bytes: 0, excerpt: '' })
  })

  it('as too large at 5 MB, without being parsed', () => {
    const { rejected } = decodeOne(`{"a":"${'x'.repeat(5_000_000)}"}`)
    expect(rejected).toMatchObject({ reason: 'too_large', bytes: 5_000_008 })
  })

  it('as too large by one byte, and not at the limit', () => {
    const decode = aDecode({ bytesMax: text.length })
    const { events, rejected } = decode(aBatch([aMessage(text), aMessage(`${text} `)]))
    expect(events).toHaveLength(1)
    expect(rejected[0]?.reason).toBe('too_large')
  })

  it('as unknown format when the catalogue has none of that name', () => {
    expect(decodeOne(anEventV1(), { format: 'constructor' }).rejected?.reason).toBe(
      'unknown_format',
    )
  })

  it('as not UTF-8 when a byte of a name is not, and not when one of a description is', () => {
    const bytes = Buffer.from(JSON.stringify(anEventV1({ user_agent: 'opera' })))
    const named = Buffer.from(bytes)
    named[named.indexOf('use-')] = 0xff
    expect(decodeOne(named).rejected).toMatchObject({
      reason: 'not_utf8',
      excerpt: expect.stringContaining('\\u00ff'),
    })
    bytes[bytes.indexOf('opera') + 4] = 0xe2
    expect(decodeOne(bytes).event?.userAgent).toBe('oper\ufffd')
    expect(decodeOne(Buffer.from([0xff, 0xfe, 0x7b])).rejected?.reason).toBe('not_utf8')
  })

  it('as not UTF-8 when a name has half a character, which would be stored as another', () => {
    const half = text.replace('use-7f3a', '\\ud83e')
    expect(decodeOne(half).rejected?.reason).toBe('not_utf8')
    expect(decodeOne(text.replace('use-7f3a', '\\ud83e\\udd80')).event?.nativeId).toBe('\u{1f980}')
  })

  it('as not JSON, and its text is quoted in the excerpt only', () => {
    const { rejected } = decodeOne('secret <script>')
    expect(rejected).toMatchObject({ reason: 'not_json', excerpt: 'secret <script>' })
    expect(rejected?.detail).not.toContain('secret')
  })

  it('as not JSON when a number is NaN', () => {
    expect(decodeOne('{"version":NaN}').rejected?.reason).toBe('not_json')
  })

  it('as wrong type when it is JSON but no object', () => {
    for (const json of ['null', '17', '"text"', 'true', '[]', `[${text}]`]) {
      expect(decodeOne(json).rejected?.reason).toBe('wrong_type')
    }
  })

  it('for a name that is there twice, in any spelling, by its name', () => {
    const twice = [
      ['id', text.replace('{', '{"id":"other",')],
      ['subject.id', text.replace('{"id":"user', '{"id":"other","id":"user')],
      ['id', text.replace('{', '{"\\u0069d" :"other",')],
      ['id', text.replace('{', '{"id"\n:"other",')],
      ['session', text.replace('{', '{"session":{"id":"other"},')],
      ['type', text.replace('{', '{"type":"session.ended",')],
      ['version', text.replace('{', '{"version":1,')],
      ['tenant', text.replace('{', '{"tenant":"acme","tenant":"acme",')],
    ] as const
    for (const [name, message] of twice) {
      expect(decodeOne(message).rejected).toMatchObject({
        reason: 'duplicate_key',
        detail: `${name} is there twice`,
      })
    }
  })

  it('for an unknown version, however it is written', () => {
    for (const version of [0, 2, '1', true, 1.5, [], 1e300]) {
      expect(decodeOne(anEventV1({ version })).rejected?.reason).toBe('unknown_version')
    }
  })

  it('for a missing version, which is not an unknown one', () => {
    for (const version of [undefined, null, '', ' ']) {
      expect(decodeOne(anEventV1({ version })).rejected).toMatchObject({
        reason: 'missing_field',
        detail: 'version is missing',
      })
    }
  })

  it('for a missing field, which it names', () => {
    for (const field of ['id', 'type', 'occurred_at']) {
      expect(decodeOne(anEventV1({ [field]: undefined })).rejected).toMatchObject({
        reason: 'missing_field',
        detail: expect.stringContaining(field),
      })
    }
  })

  it('for a field of the wrong type, which it names', () => {
    for (const wrong of [7, {}, [], true]) {
      expect(decodeOne(anEventV1({ subject: { id: wrong } })).rejected).toMatchObject({
        reason: 'wrong_type',
        detail: expect.stringContaining('subject.id'),
      })
    }
  })

  it('for a string that is longer than the contract allows, and never cut', () => {
    expect(decodeOne(anEventV1({ id: 'x'.repeat(256) })).event?.nativeId).toHaveLength(256)
    expect(decodeOne(anEventV1({ id: 'x'.repeat(257) })).rejected?.reason).toBe('out_of_bounds')
  })

  it.each([
    ['connection.deactivated', {}, 'connection_id or session.id'],
    ['directory.deactivated', { subject: { id: 'u' } }, 'connection_id or session.id'],
    ['grant.revoked', { subject: { id: 'u' } }, 'grant_id or session.id'],
    ['device.lost', { scope: { kind: 'device' } }, 'device_id'],
    ['membership.deactivated', { subject: { id: 'u' } }, 'subject.id with organization_id'],
    ['membership.deactivated', { organization_id: 'o' }, 'subject.id with organization_id'],
    ['subject.offboarded', { scope: { kind: 'subject', id: 'u' } }, 'subject.id'],
  ])('%s with only %j, which could reach nobody, in words that say what is missing', (...row) => {
    const [type, named, words] = row
    const nobody = { type, session: undefined, subject: undefined, outcome: undefined }
    const { rejected } = decodeOne(anEventV1({ ...nobody, ...named }))
    expect(rejected).toMatchObject({
      reason: 'missing_field',
      detail: expect.stringContaining(words),
    })
  })

  it('for a cause that names nobody and a session event without a session', () => {
    const nobody = { type: 'credential.reset', session: undefined, subject: undefined }
    expect(decodeOne(anEventV1(nobody)).rejected?.reason).toBe('missing_field')
    const scope = { kind: 'connection', id: 'conn_01J' }
    const told = anEventV1({ ...nobody, type: 'connection.deactivated', scope })
    expect(decodeOne(told).event).toBeDefined()
    expect(decodeOne(anEventV1({ session: undefined })).rejected?.detail).toContain('session')
    expect(decodeOne(anEventV1({ outcome: undefined })).rejected?.detail).toContain('outcome')
  })

  it('for naming the tenant of somebody else', () => {
    for (const claim of [{ tenant: 'umbrella' }, { instance: 'other' }, { tenant: 'ACME' }]) {
      const { rejected } = decodeOne(anEventV1(claim))
      expect(rejected).toMatchObject({ reason: 'foreign_tenant', tenant: 'acme' })
      expect(rejected?.detail).not.toContain('umbrella')
    }
  })
})
