import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { TopicMessage } from '../../../src/simulate/sinks/kafka.ts'
import { makeKafkaSink } from '../../../src/simulate/sinks/kafka.ts'
import { aClock, monday } from '../given.ts'

const lines = [
  { key: 'ada', json: '{"n":1}' },
  { key: 'ada', json: 'no json' },
]
const away = new CurfewError('SOURCE_UNREACHABLE', 'away', { retry: true })
const refused = new CurfewError('SOURCE_REFUSED', 'refused')

/** Brokers that fail so in turn, then take everything. */
function aTopic(failures: readonly Error[]) {
  const asked: (readonly TopicMessage[])[] = []
  const clock = aClock()
  const produce = async (messages: readonly TopicMessage[]) => {
    const failure = failures[asked.push(messages) - 1]
    if (failure) throw failure
  }
  const sink = makeKafkaSink({ topic: 'events', produce, clock, attemptsMax: 4 })
  return { asked, sink, waited: () => clock.now() - monday }
}

describe('the Kafka sink', () => {
  it('puts each message into the topic as it is, under the key of its subject, and waits for nothing', async () => {
    const { asked, sink, waited } = aTopic([])
    await sink.send(lines)
    expect(asked).toEqual([
      lines.map(({ key, json }) => ({ topic: 'events', key, value: Buffer.from(json) })),
    ])
    expect(waited()).toBe(0)
  })

  it('tries the same again with growing waits while the brokers are away', async () => {
    const { asked, sink, waited } = aTopic([away, away])
    await sink.send(lines)
    expect(asked).toHaveLength(3)
    expect(waited()).toBe(750)
  })

  it('gives up when they stay away, and at once when they refuse', async () => {
    const gone = aTopic([away, away, away, away, away])
    await expect(gone.sink.send(lines)).rejects.toBe(away)
    expect(gone.asked).toHaveLength(4)
    const never = aTopic([refused])
    await expect(never.sink.send(lines)).rejects.toBe(refused)
    expect(never.asked).toHaveLength(1)
  })
})
