import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { startKafka } from '../parts/kafka.ts'
import { lacks } from '../parts/needs.ts'
import { addressOf, openPlace } from './curfew.ts'

const { curfew, start, pathOf, ask } = openPlace()
const company = ['--people', '20', '--days', '0.5', '--seed', 'sent', '--json']

describe('curfew simulate', () => {
  it('sends its events to a running Curfew, with an intake token, and the truth to nobody', async () => {
    const token = `curfew_test_${randomUUID()}`
    const sha256 = createHash('sha256').update(token).digest('hex')
    writeFileSync(pathOf('token.txt'), `${token}\n`)
    writeFileSync(
      pathOf('connections.yaml'),
      `version: 1
tokens:
  - { name: company, tenant: acme, roles: [intake], instance: loopback, sha256: ${sha256} }
`,
    )
    const running = start(['start'], { CURFEW_CONNECTIONS: 'connections.yaml' })
    const url = await addressOf(running)
    const to = ['--intake', url, '--token-file', 'token.txt', '--ledger', 'sent.truth']
    const { code, stdout, stderr } = await curfew(['simulate', ...to, ...company])
    expect([code, stderr]).toEqual([0, ''])
    running.child.kill('SIGTERM')
    await running.ended
    const { sent, malformed } = JSON.parse(stdout)
    const [row] = await ask(
      'select count() as events, uniqExact(session_id) as sessions from events final',
    )
    expect(Number(row?.events)).toBeGreaterThan(50)
    expect(Number(row?.events)).toBeLessThanOrEqual(sent - malformed)
    expect(readFileSync(pathOf('sent.truth'), 'utf8')).toContain('"kind":"run"')
  })

  it('says that a token is refused, and what it needs', async () => {
    const running = start(['start'], { CURFEW_DATA_DIR: pathOf('other') })
    const url = await addressOf(running)
    writeFileSync(pathOf('wrong.txt'), 'cAnArY')
    const to = ['--intake', url, '--token-file', 'wrong.txt', '--ledger', 'refused.truth']
    const { code, stderr } = await curfew(['simulate', ...to, ...company])
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^curfew: SOURCE_REFUSED: .* HTTP 401\. .*role intake\.\n$/),
    ])
    expect(stderr).not.toContain('cAnArY')
    running.child.kill('SIGTERM')
    await running.ended
  })

  it.skipIf(lacks('kafka', import.meta.filename))(
    'puts every message into a topic, those of one subject into one partition',
    async () => {
      await using kafka = await startKafka()
      const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
      const topic = `curfew-test-${randomUUID()}`
      const admin = client.admin()
      await admin.connect()
      try {
        await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] })
        const { code, stdout, stderr } = await curfew(
          ['simulate', '--topic', topic, '--ledger', 'topic.truth', ...company],
          { CURFEW_KAFKA_BROKERS: kafka.brokers.join(',') },
        )
        expect([code, stderr]).toEqual([0, ''])
        const offsets = await admin.fetchTopicOffsets(topic)
        const counts = offsets.map(({ offset }) => Number(offset))
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(JSON.parse(stdout).sent)
        expect(counts.filter((each) => each > 0).length).toBeGreaterThan(1)
      } finally {
        await admin.disconnect()
      }
    },
  )
})
