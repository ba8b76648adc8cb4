import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePseudonym } from '../../src/decode/pseudonym.ts'

const key = Buffer.alloc(32, 7)

describe('a subject reference', () => {
  it('is the keyed hash of the length-prefixed parts, so that anybody with the key can find it', () => {
    const pseudonym = makePseudonym({ key, cacheMax: 10 })
    const expected = createHmac('sha256', key).update('4:acme8:keycloak6:user_1').digest('hex')
    expect(pseudonym('acme', 'keycloak', 'user_1')).toBe(expected.slice(0, 32))
  })

  it('is empty for nobody', () => {
    expect(makePseudonym({ key, cacheMax: 10 })('acme', 'keycloak', '')).toBe('')
  })

  it('differs with the key, the tenant, the instance and every shift of a boundary', () => {
    const pseudonym = makePseudonym({ key, cacheMax: 10 })
    const other = makePseudonym({ key: Buffer.alloc(32, 8), cacheMax: 10 })
    const refs = [
      pseudonym('acme', 'keycloak', 'user_1'),
      other('acme', 'keycloak', 'user_1'),
      pseudonym('acm', 'ekeycloak', 'user_1'),
      pseudonym('acme', 'keycloakuser', '_1'),
      pseudonym('umbrella', 'keycloak', 'user_1'),
    ]
    expect(new Set(refs).size).toBe(refs.length)
  })

  it('is the same whatever was asked in between, however small the cache', () => {
    const fresh = (id: string) => makePseudonym({ key, cacheMax: 1 })('acme', 'keycloak', id)
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e')),
        fc.nat(6),
        (ids, cacheMax) => {
          const pseudonym = makePseudonym({ key, cacheMax })
          for (const id of ids) expect(pseudonym('acme', 'keycloak', id)).toBe(fresh(id))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is not made with a key that could be tried out', () => {
    expect(() => makePseudonym({ key: Buffer.alloc(16), cacheMax: 10 })).toThrow('32 bytes')
  })
})
