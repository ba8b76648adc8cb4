import { describe, expect, it } from 'vitest'
import type { Ask } from '../../src/contract/ports.ts'
import { refuseForeignLedger } from '../../src/demo/ledger-of-store.ts'
import type { TruthEntry } from '../../src/simulate/truth.ts'

const at = '2026-11-03T09:00:00.000Z'
const run: TruthEntry = {
  ...{ kind: 'run', seed: 's', at, instance: 'loopback', people: 2, speed: 1 },
}
const ended = (id: string): TruthEntry => ({
  ...{ kind: 'ended', at, how: 'logout' },
  session: { instance: 'loopback', kind: 'online', id },
})

/** Holds a ledger against a store that knows some sessions of tenant `acme`; gives how often it asked. */
async function hold(truth: readonly TruthEntry[], known: readonly string[], tenant = 'acme') {
  let times = 0
  const ask: Ask = async (_, { tenant: whose, ids = [] } = {}) => {
    times += 1
    const has = whose === 'acme' && Array.isArray(ids) && known.some((id) => ids.includes(id))
    return has ? [{ '1': 1 }] : []
  }
  await refuseForeignLedger({ ask, tenant, truth })
  return times
}

describe('a ledger that is held against a store', () => {
  it('may name sessions that the store does not know, as long as it knows one', async () => {
    expect(await hold([run, ended('a'), ended('b')], ['b'])).toBe(1)
  })

  it('is refused in words where the store knows none of its sessions', async () => {
    const truth = [run, ended('a'), ended('b'), ended('b')]
    for (const [known, tenant] of [
      [['c'], 'acme'],
      [['a'], 'umbrella'],
    ] as const) {
      await expect(hold(truth, known, tenant)).rejects.toMatchObject({
        code: 'SHOW_INVALID',
        message: expect.stringMatching(
          new RegExp(`names 2 sessions, and the store knows none of them of tenant '${tenant}'`),
        ),
      })
    }
  })

  it('is asked about in parts, until one is known', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => ended(`s${index}`))
    expect(await hold([run, ...many], ['s1500'])).toBe(2)
    await expect(hold([run, ...many], [])).rejects.toThrow('names 2500 sessions')
  })

  it('has nothing to be refused for where it names no session', async () => {
    expect(await hold([run], [])).toBe(0)
  })
})
