import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { makeClock, silentLog } from '../../given.ts'

const aboutOf = (name: string) => ({ tenant: 'acme', instance: 'idp', action: 'review', id: name })
const away = new CurfewError('STORE_UNREACHABLE', 'no room', { retry: true })

function given({ isAway = false } = {}) {
  const time = makeClock()
  const told: string[] = []
  const isolation = new Isolation({
    ask: async () => {
      if (isAway) throw away
      return [{ one: 1 }]
    },
    clock: time.clock,
    log: silentLog,
    onWork: ({ work, of, error }) => told.push(`${work} ${of} ${error ? 'fails' : 'goes well'}`),
  })
  return { time, isolation, told }
}

const many = Array.from({ length: 512 }, (_, each) => `s${each}`)

describe('what rests', () => {
  it('is tried again in turns of instances: one of which thousands rest keeps no other waiting', async () => {
    const { isolation, time } = given()
    const tried: string[] = []
    const pieceOf = (instance: string, name: string) => ({ ...aboutOf(name), instance })
    const fail = async () => {
      throw new TypeError('no')
    }
    await isolation.runAll(many, (name) => pieceOf('flooded', name), fail)
    const honest = { ...pieceOf('honest', 'one'), work: fail }
    await isolation.runOne({
      ...honest,
      work: async () => {
        tried.push('honest')
        throw new TypeError('no')
      },
    })
    await time.advance(1_000)
    await isolation.retryDue()
    expect(tried).toHaveLength(2)
  })

  it('is tried for some seconds in one round at most, however long each try takes', async () => {
    const { isolation, time } = given()
    let tries = 0
    const slow = async () => {
      tries += 1
      await time.advance(4_000)
      throw new TypeError('no')
    }
    await isolation.runAll(many.slice(0, 8), aboutOf, slow)
    expect(tries).toBe(2)
  })
})

describe('a list of which one item fails', () => {
  it('is done but for that one, in few tries', async () => {
    const { isolation, told } = given()
    const done: string[] = []
    let tries = 0
    await isolation.runAll(many, aboutOf, async (some) => {
      tries += 1
      if (some.includes('s77')) throw new TypeError('no')
      for (const each of some) done.push(each)
    })
    expect(new Set(done)).toEqual(new Set(many.filter((each) => each !== 's77')))
    expect(tries).toBeLessThanOrEqual(20)
    expect(told).toEqual(['instances idp fails'])
  })

  it('leaves it out until it has been tried again by itself, ever less often', async () => {
    const { isolation, time, told } = given()
    let isWell = false
    const tries: number[] = []
    const work = async (some: readonly string[]) => {
      if (!some.includes('s77')) return
      tries.push(time.clock.now())
      if (!isWell) throw new TypeError('no')
    }
    await isolation.runAll(['s77'], aboutOf, work)
    for (let second = 0; second < 600; second += 1) {
      await time.advance(1_000)
      await isolation.runAll(['s76', 's77'], aboutOf, work)
      await isolation.retryDue()
    }
    const waits = tries.slice(1).map((at, place) => (at - (tries[place] ?? 0)) / 1_000)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256])
    isWell = true
    await time.advance(300_000)
    await isolation.retryDue()
    expect(told.at(-1)).toBe('instances idp goes well')
    tries.length = 0
    await isolation.runAll(['s77'], aboutOf, work)
    expect(tries).toHaveLength(1)
  })
})

it('costs a bounded number of tries where all of a list fail, and no more soon after', async () => {
  const { isolation } = given()
  let tries = 0
  const work = async () => {
    tries += 1
    throw new TypeError('no')
  }
  await isolation.runAll(many, aboutOf, work)
  expect(tries).toBeLessThanOrEqual(100)
  tries = 0
  await isolation.runAll(many, aboutOf, work)
  expect(tries).toBe(0)
})

it('keeps nothing apart while the store answers nobody', async () => {
  const { isolation, told } = given({ isAway: true })
  const each = isolation.runAll(many, aboutOf, async () => {
    throw away
  })
  await expect(each).rejects.toBe(away)
  expect(told).toEqual([])
})
