import { beforeEach, describe, expect, it } from 'vitest'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { Stopped } from '../../src/health/intake-health.ts'
import { makeIntakeHealth } from '../../src/health/intake-health.ts'
import { makeClock, settle } from '../given.ts'

const minute = 60_000
const noon = Date.UTC(2026, 10, 3, 12)
const sso = { tenant: 'acme', instance: 'sso' }

function aBatch(more: Partial<Batch> = {}): Batch {
  return {
    source: 'kafka:uses',
    partition: 0,
    format: 'session-event-v1',
    binding: { ...sso, lane: 'live', mayAct: true, trusted: [] },
    messages: [],
    redelivered: false,
    commit: async () => {},
    ...more,
  }
}

function aWatch() {
  const time = makeClock(noon)
  const told: Stopped[] = []
  const standing = makeIntakeHealth({
    tenants: ['acme', 'acme', 'other'],
    clock: time.clock,
    notify: (stopped) => told.push(stopped),
  })
  const stop = new AbortController()
  const running = standing.run(stop.signal)
  const batches: PromiseWithResolvers<void>[] = []
  const deliver = standing.watched(async () => {
    const durable = Promise.withResolvers<void>()
    batches.push(durable)
    return { durable: durable.promise }
  })
  const end = async () => {
    stop.abort()
    await running
  }
  return { ...time, told, standing, deliver, batches, end }
}

let watch: ReturnType<typeof aWatch>
beforeEach(() => {
  watch = aWatch()
  return () => watch.end()
})

describe('what is handed over and not recorded', () => {
  it('is told of after two minutes, once for as long as it lasts', async () => {
    const { deliver, told, advance } = watch
    void deliver(aBatch())
    void deliver(aBatch())
    await advance(2 * minute - 1)
    expect(told).toEqual([])
    await advance(20 * minute)
    expect(told).toEqual([
      { ...sso, source: 'kafka:uses', reason: 'nothing_recorded', since: noon },
    ])
  })

  it('is told of again when it stands still another time', async () => {
    const { deliver, told, advance, batches } = watch
    void deliver(aBatch())
    await advance(3 * minute)
    for (const { resolve } of batches) resolve()
    await advance(minute)
    void deliver(aBatch())
    await advance(3 * minute)
    expect(told.map(({ since }) => since)).toEqual([noon, noon + 4 * minute])
  })

  it('is told of for each instance that it concerns', async () => {
    const { deliver, told, advance } = watch
    const { binding } = aBatch()
    void deliver(aBatch())
    void deliver(aBatch({ binding: { ...binding, tenant: 'other' } }))
    await advance(3 * minute)
    expect(told.map(({ tenant }) => tenant)).toEqual(['acme', 'other'])
  })

  it('is no news while batches come and go, and none that was refused', async () => {
    const { deliver, told, advance, batches, standing } = watch
    const refused = standing.watched(() => Promise.reject(new Error('for good')))
    await expect(refused(aBatch())).rejects.toThrow('for good')
    for (let each = 0; each < 20; each += 1) {
      void deliver(aBatch())
      await advance(minute)
      batches.at(-1)?.resolve()
    }
    void deliver(aBatch()).then(({ durable }) => durable.catch(() => {}))
    await settle()
    batches.at(-1)?.reject(new Error('for good'))
    await advance(10 * minute)
    expect(told).toEqual([])
  })
})

describe('a source that is away', () => {
  const feed = { source: 'feed:sso', binding: sso }

  it('is told of after two minutes, once, for the instance that it serves', async () => {
    const { standing, told, advance } = watch
    for (let each = 0; each < 30; each += 1) {
      standing.note({ ...feed, isUp: false })
      await advance(10_000)
    }
    expect(told).toEqual([{ ...sso, source: 'feed:sso', reason: 'source_down', since: noon }])
  })

  it('is told of to every tenant when it serves all of them', async () => {
    const { standing, told, advance } = watch
    standing.note({ source: 'kafka', isUp: false })
    await advance(3 * minute)
    expect(told.map(({ tenant, instance }) => [tenant, instance])).toEqual([
      ['acme', ''],
      ['other', ''],
    ])
  })

  it('is not told of when it comes back in time, and is anew when it goes again', async () => {
    const { standing, told, advance } = watch
    standing.note({ ...feed, isUp: false })
    await advance(minute)
    standing.note({ ...feed, isUp: true })
    await advance(10 * minute)
    expect(told).toEqual([])
    standing.note({ ...feed, isUp: false })
    await advance(3 * minute)
    expect(told.map(({ since }) => since)).toEqual([noon + 11 * minute])
  })

  it('is away as long as it only comes back to fail again', async () => {
    const { standing, told, advance } = watch
    for (let each = 0; each < 5; each += 1) {
      standing.note({ source: 'kafka', isUp: false })
      await advance(15_000)
      standing.note({ source: 'kafka', isUp: true })
      await advance(15_000)
    }
    expect(told.map(({ reason }) => reason)).toEqual(['source_down', 'source_down'])
  })

  it('is not mixed up with one of the same name that serves another tenant', async () => {
    const { standing, told, advance } = watch
    standing.note({ ...feed, isUp: false })
    standing.note({ ...feed, binding: { tenant: 'other', instance: 'sso' }, isUp: false })
    standing.note({ ...feed, isUp: true })
    await advance(3 * minute)
    expect(told.map(({ tenant }) => tenant)).toEqual(['other'])
  })
})

it('a process that is about to end tells every tenant at once', () => {
  watch.standing.failed()
  expect(watch.told).toEqual(
    ['acme', 'other'].map((tenant) => ({
      tenant,
      instance: '',
      source: '',
      reason: 'failed_for_good',
      since: noon,
    })),
  )
})
