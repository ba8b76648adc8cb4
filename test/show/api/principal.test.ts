import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Token } from '../../../src/show/api/principal.ts'
import { makeAuthenticate, mayDo } from '../../../src/show/api/principal.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const aToken = (more: Partial<Token> = {}): Token => ({
  name: 'console',
  tenant: 'acme',
  roles: ['viewer'],
  sha256: sha256('clear-token'),
  ...more,
})
const refusal = expect.objectContaining({ code: 'SETTINGS_INVALID' })

describe('tokens in settings', () => {
  it.each([
    ['is given in clear', aToken({ sha256: 'clear-token' })],
    ['has no tenant', aToken({ tenant: '' })],
    ['has no role', aToken({ roles: [] })],
    ['mixes intake with another role', aToken({ roles: ['intake', 'viewer'], instance: 'one' })],
    ['is for intake of no instance', aToken({ roles: ['intake'] })],
    ['has an instance without being for intake', aToken({ instance: 'one' })],
  ])('stop the start when one %s', (_, token) => {
    expect(() => makeAuthenticate({ tokens: [token] })).toThrow(refusal)
  })

  it('stop the start when two of a tenant share a name', () => {
    const tokens = [aToken(), aToken({ sha256: sha256('other') })]
    expect(() => makeAuthenticate({ tokens })).toThrow(refusal)
  })

  it('are never quoted by a refusal', () => {
    const tokens = [aToken({ sha256: 'clear-token' })]
    expect(() => makeAuthenticate({ tokens })).toThrow(expect.not.stringContaining('clear-token'))
  })
})

describe('authentication', () => {
  const authenticate = makeAuthenticate({
    tokens: [aToken(), aToken({ name: 'other', tenant: 'rival', sha256: sha256('their-token') })],
  })

  it.each([
    undefined,
    '',
    'clear-token',
    'Basic clear-token',
    'Bearer',
    'Bearer clear-token clear-token',
    'Bearer clear-tokem',
    `Bearer ${sha256('clear-token')}`,
    `Bearer ${'x'.repeat(10_000)}`,
  ])('knows nobody by %s', (header) => {
    expect(authenticate(header)).toBeUndefined()
  })

  it('knows nobody by a text that is no token', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(authenticate(`Bearer ${text}`)).toBeUndefined()
      }),
    )
  })

  it.each(['Bearer clear-token', 'bearer clear-token', 'BEARER   clear-token'])(
    'takes tenant and roles from the token, however %s is spelled',
    (header) => {
      expect(authenticate(header)).toEqual({
        name: 'console',
        tenant: 'acme',
        roles: ['viewer'],
        instance: '',
        relayTopic: '',
      })
    },
  )
})

describe('roles', () => {
  const principal = { name: 'console', tenant: 'acme', instance: '', relayTopic: '' }

  it('do not include one another: an admin signs nobody out', () => {
    expect(mayDo({ ...principal, roles: ['admin'] }, 'decide')).toBe(false)
  })

  it('add up where a token has several', () => {
    const both = { ...principal, roles: ['auditor', 'responder'] as const }
    expect([mayDo(both, 'reports'), mayDo(both, 'decide')]).toEqual([true, true])
  })
})
