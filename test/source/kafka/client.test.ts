import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../../src/contract/ports.ts'
import type { FetchedMessage } from '../../../src/source/kafka/chunks.ts'
import { batchOf } from '../../../src/source/kafka/chunks.ts'
import { makeKafkaLog } from '../../../src/source/kafka/log.ts'
import { mendRequestQueue } from '../../../src/source/kafka/queue.ts'
import type { RelayMessage } from '../../../src/source/kafka/relay.ts'
import { makeRelay } from '../../../src/source/kafka/relay.ts'
import { makeTopicChoice } from '../../../src/source/kafka/topic-choice.ts'
import { makeClock } from '../../given.ts'

const binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
} as const

describe("the client's own log", () => {
  function heard() {
    const time = makeClock()
    const lines: unknown[] = []
    const keep = (level: string) => (fields: object, message: string) =>
      void lines.push({ level, ...fields, message })
    const log: Log = {
      debug: keep('debug'),
      info: keep('info'),
      warn: keep('warn'),
      error: keep('error'),
    }
    return { time, lines, say: makeKafkaLog({ log, now: time.clock.now, secrets: ['hush', ''] }) }
  }

  test('holds neither secrets nor payloads', () => {
    const { lines, say } = heard()
    const extra = { error: 'SASL hush', payload: Buffer.from('x'), stack: 'hush', broker: 'b:1' }
    say({ namespace: 'Connection', label: 'ERROR', log: { message: 'refused hush', ...extra } })
    expect(lines).toEqual([
      {
        level: 'warn',
        part: 'Connection',
        broker: 'b:1',
        error: 'SASL [secret]',
        message: 'kafka: refused [secret]',
      },
    ])
  })

  test('complains once a minute while a broker is away', async () => {
    const { time, lines, say } = heard()
    for (let second = 0; second < 121; second += 1) {
      say({ namespace: 'Connection', label: 'ERROR', log: { message: `away, try ${second}` } })
      say({ namespace: 'Connection', label: 'INFO', log: { message: 'nothing' } })
      await time.advance(1_000)
    }
    expect(lines.filter((line) => JSON.stringify(line).includes('warn'))).toHaveLength(3)
  })
})

describe("the client's request queue", () => {
  const load: (name: string) => unknown = createRequire(import.meta.url)

  test('sets no timer while nothing is pending, and one while something is', () => {
    let scheduled = 0
    class Queue {
      pending: string[] = []
      scheduleCheckPendingRequests() {
        scheduled += 1
      }
    }
    mendRequestQueue(Queue)
    mendRequestQueue(Queue)
    const queue = new Queue()
    queue.scheduleCheckPendingRequests()
    expect(scheduled).toBe(0)
    queue.pending.push('request')
    queue.scheduleCheckPendingRequests()
    expect(scheduled).toBe(1)
  })

  test('of the installed version still has the shape that is mended', () => {
    const queue = load('kafkajs/src/network/requestQueue/index.js')
    if (typeof queue !== 'function') throw new TypeError('the queue is no class any more')
    const before: unknown = queue.prototype.scheduleCheckPendingRequests
    mendRequestQueue(queue)
    expect(before).toBeTypeOf('function')
    expect(queue.prototype.scheduleCheckPendingRequests).not.toBe(before)
  })

  test('of another shape is left as it is', () => {
    for (const other of [undefined, 'queue', class {}, () => 1]) mendRequestQueue(other)
  })
})

describe('the choice of topics', () => {
  test('takes the first entry that fits the whole name, and never one of Kafka itself', () => {
    const one = { topic: 'a.b', binding, format: 'v1' }
    const many = { pattern: 'a.*|.*offsets', binding, format: 'okta' }
    const choose = makeTopicChoice([one, many])
    expect(['a.b', 'axb', 'xa', '__consumer_offsets'].map(choose)).toEqual([
      one,
      many,
      undefined,
      undefined,
    ])
  })

  test('refuses an entry that names nothing, or two things', () => {
    expect(() => makeTopicChoice([{ binding, format: 'v1' }])).toThrow(TypeError)
    expect(() => makeTopicChoice([{ topic: 'a', pattern: 'a', binding, format: 'v1' }])).toThrow()
  })
})

describe('the headers of a message', () => {
  const now = 1_793_700_000_000
  function rawOf(headers: FetchedMessage['headers'], relay: boolean) {
    const message = { offset: '7', value: null, ...(headers ? { headers } : {}) }
    return batchOf({
      chunk: { messages: [message], first: 7, last: 7, known: false },
      place: { topic: 'a', partition: 1 },
      topic: { topic: 'a', binding, format: 'v1', relay },
      assignment: {},
      receivedAt: now,
      commit: async () => undefined,
    }).messages[0]
  }

  test('choose the format', () => {
    expect(rawOf({ 'curfew-format': Buffer.from('okta') }, false)?.format).toBe('okta')
    expect(rawOf({ 'curfew-format': [Buffer.from('okta'), 'workos'] }, false)?.format).toBe('okta')
    expect(rawOf({ 'curfew-format': 'x'.repeat(65) }, false)).not.toHaveProperty('format')
    expect(rawOf(undefined, false)).toEqual({
      offset: 7,
      value: null,
      hasKey: false,
      receivedAt: now,
    })
  })

  test.each([
    [String(now - 5_000), true, now - 5_000],
    [String(now - 5_000), false, now],
    [String(now + 61_000), true, now],
    ['yesterday', true, now],
    ['-1', true, now],
  ])('tell the receipt %s on a relay topic (%s) or not', (text, relay, receivedAt) => {
    expect(rawOf({ 'curfew-received-at': text }, relay)?.receivedAt).toBe(receivedAt)
  })
})

describe('the relay', () => {
  const message = (bytes: number): RelayMessage => ({
    topic: 'a',
    key: null,
    value: Buffer.alloc(bytes),
  })

  function relayWith(failures: readonly (Error | undefined)[] = []) {
    const calls: string[] = []
    const produced: number[] = []
    const next = [...failures]
    const fail = async (what: string) => {
      calls.push(what)
      const failure = next.shift()
      if (failure !== undefined) throw failure
    }
    const relay = makeRelay({
      connect: () => fail('connect'),
      produce: async (messages, codec) => {
        await fail(codec)
        produced.push(messages.length)
      },
      disconnect: () => fail('disconnect'),
    })
    return { relay, calls, produced }
  }

  test('connects when it is first used, and again after that failed', async () => {
    const { relay, calls } = relayWith([new Error('away')])
    await expect(relay.send([message(1)])).rejects.toMatchObject({ retry: true })
    await relay.send([message(1)])
    await relay.send([message(1)], { codec: 'zstd' })
    expect(calls).toEqual(['connect', 'connect', 'lz4', 'zstd'])
  })

  test('sends no more at once than a broker takes', async () => {
    const { relay, produced } = relayWith()
    await relay.send(Array.from({ length: 10 }, () => message(200 * 1024)))
    expect(produced).toEqual([2, 2, 2, 2, 2])
  })

  test('says whether trying again can help', async () => {
    const refusal = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' })
    const { relay } = relayWith([undefined, refusal, new Error('timed out')])
    await expect(relay.send([message(1)])).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      retry: false,
    })
    await expect(relay.send([message(1)])).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retry: true,
    })
  })
})
