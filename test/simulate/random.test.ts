import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/simulate/random.ts'

/** sfc32 once more, in whole numbers of any size, straight from its definition. */
function* sfc32(seed: string): Generator<number> {
  const digest = createHash('sha256').update(seed).digest()
  const mask = 0xffffffffn
  let [a, b, c, counter] = [0, 4, 8].map((at) => BigInt(digest.readUInt32LE(at))).concat(1n)
  for (;;) {
    if (a === undefined || b === undefined || c === undefined || counter === undefined) return
    const sum = (a + b + counter) & mask
    counter = (counter + 1n) & mask
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) | (c >> 11n)) & mask) + sum) & mask
    yield Number(sum)
  }
}

describe('the source of randomness', () => {
  it('is sfc32, whatever the seed', () => {
    for (const seed of ['', 'a', 'b', 'a longer seed']) {
      const random = new Random(seed)
      const numbers = sfc32(seed)
      for (let n = 0; n < 12; n++) numbers.next()
      for (let n = 0; n < 1_000; n++) expect(random.uint32()).toBe(numbers.next().value)
    }
  })

  it('gives forks that do not depend on what was drawn before', () => {
    const [one, other] = [new Random('seed'), new Random('seed')]
    other.unit()

    expect(other.fork('a').hex(40)).toBe(one.fork('a').hex(40))
    expect(one.fork('b').hex(40)).not.toBe(one.fork('a').hex(40))
  })

  it('stays within the bounds it was asked for, and reaches them', () => {
    const random = new Random('bounds')
    const drawn = Array.from({ length: 2_000 }, () => random.whole(3, 6))

    expect(new Set(drawn)).toEqual(new Set([3, 4, 5, 6]))
    for (let n = 0; n < 2_000; n++) expect(random.unit()).toBeLessThan(1)
  })

  it('picks by weight, and waits as long on average as it was told', () => {
    const random = new Random('weights')
    const items = [
      { name: 'rare', weight: 1 },
      { name: 'common', weight: 9 },
      { name: 'never', weight: 0 },
    ]
    const picked = Array.from({ length: 10_000 }, () => random.pickWeighted(items).name)
    const waited = Array.from({ length: 10_000 }, () => random.waiting(50))

    expect(picked.filter((name) => name === 'rare').length / 10_000).toBeCloseTo(0.1, 1)
    expect(picked).not.toContain('never')
    expect(waited.reduce((sum, one) => sum + one, 0) / 10_000).toBeCloseTo(50, -1)
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(0)
  })

  it('refuses to pick from nothing', () => {
    expect(() => new Random('x').pick([])).toThrow(TypeError)
  })
})
