import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import { blankEvent } from '../../src/contract/event.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { Stages } from '../../src/journey.ts'
import { travel } from '../../src/journey.ts'
import { makeRetryingAsk } from '../../src/process/retry.ts'
import { makeDeliver } from '../../src/runtime/ingest.ts'
import { makeClock, settle, silentLog } from '../given.ts'
import { bindingOf } from './world.ts'

/** Stages that only write down that they were asked, and a store that answers when told to. */
function makeStages(more: Partial<Stages> = {}) {
  const steps: string[] = []
  const writes: PromiseWithResolvers<void>[] = []
  const stages: Stages = {
    skipRecorded: async (_, told) => {
      steps.push('skipRecorded')
      return told
    },
    decode: ({ messages }) => {
      steps.push(`decode ${messages.length}`)
      return {
        events: [],
        rejected: [],
        ignored: 0,
        tombstones: 0,
        unread: [],
        leftOut: new Map(),
        faults: [],
      }
    },
    enrich: () => {
      steps.push('enrich')
      return []
    },
    recall: async () => {
      steps.push('recall')
      return {
        inOrder: () => [],
        close: () => ({
          events: [],
          contexts: [],
          derivedFacts: { edges: [], firstSights: [], names: [], signIns: [], entitlements: [] },
        }),
      }
    },
    detect: (contexts) => {
      steps.push(`detect ${[...contexts].length}`)
      return []
    },
    impose: () => {
      steps.push('impose')
      return { causes: [], replaced: [], curfews: [] }
    },
    record: async () => {
      steps.push('record')
      const write = Promise.withResolvers<void>()
      writes.push(write)
      return { durable: write.promise }
    },
    ...more,
  }
  const batch = (name: string, messages: Batch['messages'] = []): Batch => ({
    source: 'test',
    partition: 0,
    format: 'session-event-v1',
    binding: bindingOf('acme'),
    messages,
    redelivered: false,
    commit: async () => void steps.push(`commit ${name}`),
  })
  return { stages, steps, writes, batch }
}

/** Of each batch, what settles once it is recorded and its position committed. */
const travelled = async (batches: readonly Batch[], stages: Stages) =>
  (await travel(batches, stages)).map(({ durable }) => durable)

const message = { value: Buffer.from('{}'), offset: 1, receivedAt: 0 }
const broken = new CurfewError('STORE_REFUSED', 'refused')

describe('the way of a batch', () => {
  it('passes every stage once and in order, and its position moves last', async () => {
    const { stages, steps, writes, batch } = makeStages()
    const [durable] = await travelled([batch('a', [message])], stages)
    const judged = ['decode 1', 'skipRecorded', 'enrich', 'recall', 'detect 0', 'impose', 'record']
    await settle()
    expect(steps).toEqual(judged)
    writes[0]?.resolve()
    await durable
    expect(steps).toEqual([...judged, 'commit a'])
  })

  it('judges nothing that is recorded already', async () => {
    const judged: unknown[] = []
    const { stages, batch } = makeStages({
      decode: () => ({
        events: [blankEvent()],
        rejected: [],
        ignored: 0,
        tombstones: 0,
        unread: [],
        leftOut: new Map(),
        faults: [],
      }),
      skipRecorded: async () => ({ events: [], rejected: [] }),
      enrich: (events) => {
        judged.push(...events)
        return []
      },
    })
    await travel([batch('a', [message])], stages)
    expect(judged).toEqual([])
  })

  it('never moves the position of what could not be recorded', async () => {
    const { stages, steps, writes, batch } = makeStages()
    const [durable] = await travelled([batch('a')], stages)
    writes[0]?.reject(broken)
    await expect(durable).rejects.toBe(broken)
    const refusing = makeStages({ record: () => Promise.reject(broken) })
    await expect(travel([refusing.batch('b')], refusing.stages)).rejects.toBe(broken)
    expect([...steps, ...refusing.steps].filter((step) => step.startsWith('commit'))).toEqual([])
  })

  it('tells who handed it in when its position could not be moved', async () => {
    const { stages, writes, batch } = makeStages()
    const commit = () => Promise.reject(broken)
    const [durable] = await travelled([{ ...batch('a'), commit }], stages)
    writes[0]?.resolve()
    await expect(durable).rejects.toBe(broken)
  })
})

describe('batches', () => {
  it('are judged one after the other while those before them are being written', async () => {
    const { stages, steps, writes, batch } = makeStages()
    const { deliver } = makeDeliver(stages)
    const delivered = await Promise.all([deliver(batch('a')), deliver(batch('b'))])
    expect(steps.filter((step) => step === 'skipRecorded' || step === 'record')).toEqual([
      'skipRecorded',
      'record',
      'skipRecorded',
      'record',
    ])
    for (const write of writes) write.resolve()
    await Promise.all(delivered.map(({ durable }) => durable))
    expect(steps.slice(-2)).toEqual(['commit a', 'commit b'])
  })

  it('of one instance hold up those of another by one, however many of them wait', async () => {
    const judged: string[] = []
    const { stages, batch } = makeStages()
    const { deliver } = makeDeliver({
      ...stages,
      skipRecorded: async ({ binding, source }, told) => {
        judged.push(`${binding.tenant} ${source}`)
        return told
      },
    })
    const of = (tenant: string, source: string) => {
      const { binding, ...rest } = batch(source)
      return deliver({ ...rest, source, binding: { ...binding, tenant } })
    }
    const flood = Array.from({ length: 5 }, () => of('globex', 'intake:a'))
    await Promise.all([...flood, of('acme', 'intake:b')])
    expect(judged.indexOf('acme intake:b')).toBeLessThan(3)
    expect(judged).toHaveLength(6)
  })

  it('that wait for others travel together: the store is asked once for all of them', async () => {
    const asked: number[] = []
    const { stages, steps, writes, batch } = makeStages({
      enrich: () => [],
    })
    const gate = Promise.withResolvers<void>()
    const { deliver } = makeDeliver({
      ...stages,
      decode: (each) => ({
        ...stages.decode(each),
        events: each.messages.map(() => blankEvent()),
      }),
      enrich: (events) => {
        asked.push(events.length)
        return []
      },
      recall: async (enriched) => {
        await gate.promise
        return await stages.recall(enriched)
      },
    })
    const names = Array.from({ length: 50 }, (_, each) => `${each}`)
    const delivered = Promise.all(names.map((name) => deliver(batch(name, [message]))))
    gate.resolve()
    const durable = (await delivered).map((each) => each.durable)
    expect(asked).toEqual([1, 49])
    for (const write of writes) write.resolve()
    await Promise.all(durable)
    const committed = steps.filter((step) => step.startsWith('commit'))
    expect(committed).toEqual(names.map((name) => `commit ${name}`))
  })

  it('travel together up to a bound, so that a flood is judged in pieces', async () => {
    const asked: number[] = []
    const { stages, batch } = makeStages()
    const { deliver } = makeDeliver({
      ...stages,
      skipRecorded: async (each, told) => {
        asked.push(each.messages.length)
        return told
      },
      recall: async (enriched) => {
        asked.push(0)
        return await stages.recall(enriched)
      },
    })
    const large = Array.from({ length: 600 }, () => message)
    await Promise.all(Array.from({ length: 5 }, (_, each) => deliver(batch(`${each}`, large))))
    expect(asked).toEqual([600, 0, 600, 600, 0, 600, 600, 0])
  })

  it('fail for good with one that cannot be read, and nobody waits for ever', async () => {
    const { stages, batch } = makeStages()
    const { deliver, failed } = makeDeliver(stages)
    const torn: Batch = {
      ...batch('torn'),
      get messages(): never {
        throw broken
      },
    }
    const delivered = [deliver(torn), deliver(batch('b'))]
    for (const each of delivered) await expect(each).rejects.toBe(broken)
    await expect(failed).rejects.toBe(broken)
  })

  it('are not taken any more once one failed: memory knows what the store will never hold', async () => {
    let fails = true
    const { stages, steps, batch } = makeStages({
      impose: () => {
        if (fails) throw broken
        return { causes: [], replaced: [], curfews: [] }
      },
    })
    const { deliver, failed } = makeDeliver(stages)
    await expect(deliver(batch('a'))).rejects.toBe(broken)
    await expect(failed).rejects.toBe(broken)
    fails = false
    await expect(deliver(batch('b'))).rejects.toBe(broken)
    expect(steps).not.toContain('record')
  })
})

describe('a question to a store that is away', () => {
  const away = new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })

  it('is asked again until it is answered', async () => {
    const time = makeClock()
    let fails = 12
    const ask = makeRetryingAsk(
      async () => {
        if (fails-- > 0) throw away
        return [{ one: 1 }]
      },
      { clock: time.clock, log: silentLog, signal: new AbortController().signal },
    )
    const answer = ask('select 1 as one')
    await settle()
    await time.advance(5 * 60_000)
    expect(await answer).toEqual([{ one: 1 }])
  })

  it('is given up when we close, and at once when waiting cannot mend it', async () => {
    const time = makeClock()
    const closing = new AbortController()
    const deps = { clock: time.clock, log: silentLog, signal: closing.signal }
    const answer = makeRetryingAsk(() => Promise.reject(away), deps)('select 1')
    await settle()
    closing.abort()
    await expect(answer).rejects.toBe(away)
    await expect(makeRetryingAsk(() => Promise.reject(broken), deps)('select 1')).rejects.toBe(
      broken,
    )
  })
})
