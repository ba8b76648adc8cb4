import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkKafka } from '../../../src/source/kafka/check.ts'
import type { KafkaConnection } from '../../../src/source/kafka/settings.ts'
import { silentLog } from '../../given.ts'
import type { TestKafka } from '../../parts/kafka.ts'
import { startKafka } from '../../parts/kafka.ts'
import { givenFor, lacks } from '../../parts/needs.ts'
import { freePorts } from '../../parts/ports.ts'
import { binding, wallClock } from './kafka-play.ts'

const login = 'org.apache.kafka.common.security.plain.PlainLoginModule'

/** A broker with a second listener, at which ada and eve sign in; eve may do nothing. */
async function startGuarded(guarded: number): Promise<TestKafka> {
  return startKafka({
    properties: ({ port, controllerPort }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SASL://127.0.0.1:${guarded}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SASL://127.0.0.1:${guarded}`,
      'listener.security.protocol.map':
        'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT',
      'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl.plain.sasl.jaas.config': `${login} required user_ada="right" user_eve="right";`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:ada',
    }),
  })
}

describe.skipIf(lacks('kafka', import.meta.filename))('a look at the brokers', () => {
  // A given broker has neither these topics nor these users.
  describe.skipIf(givenFor('kafka'))('that sign people in', lookAtGuarded)
})

function lookAtGuarded(): void {
  let kafka: TestKafka
  let guarded = 0
  beforeAll(async () => {
    ;[guarded = 0] = await freePorts(1)
    kafka = await startGuarded(guarded)
    const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
    const admin = client.admin()
    await admin.connect()
    const topics = ['here', 'family.one', 'family.two']
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map((topic) => ({ topic, numPartitions: 2 })),
    })
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = Array.from({ length: 5 }, (_, n) => ({ value: `${n}`, partition: 0 }))
    await producer.send({ topic: 'here', messages })
    await admin.setOffsets({
      groupId: 'curfew',
      topic: 'here',
      partitions: [{ partition: 0, offset: '3' }],
    })
    await Promise.all([producer.disconnect(), admin.disconnect()])
  })
  afterAll(() => kafka?.stop())

  const signedInAs = (username: string, password: string): KafkaConnection => ({
    brokers: [`127.0.0.1:${guarded}`],
    clientId: 'test',
    sasl: { mechanism: 'plain', username, password },
  })
  const entry = (named: { topic: string } | { pattern: string }) =>
    ({ ...named, binding, format: 'session-event-v1' }) as const
  const look = (connection: KafkaConnection) =>
    checkKafka(
      {
        connection,
        groupId: 'curfew',
        topics: [
          entry({ topic: 'here' }),
          entry({ topic: 'nowhere' }),
          entry({ pattern: 'family\\..+' }),
        ],
      },
      { log: silentLog, clock: wallClock },
    )
  const asked = async (connection: KafkaConnection) => {
    const { refusal, entries } = await look(connection)
    return { refusal, found: entries.map(({ found }) => found) }
  }
  const everything = {
    refusal: undefined,
    found: [
      [{ name: 'here', partitions: 2, kept: 5, unread: 2 }],
      [],
      [
        { name: 'family.one', partitions: 2, kept: 0, unread: 0 },
        { name: 'family.two', partitions: 2, kept: 0, unread: 0 },
      ],
    ],
  }

  test('finds which topics there are, and how far the group has read them', async () => {
    expect(await asked({ brokers: kafka.brokers, clientId: 'test' })).toEqual(everything)
  })

  test('signs in as it was told', async () => {
    expect(await asked(signedInAs('ada', 'right'))).toEqual(everything)
  })

  test('tells a wrong password from a broker that does not answer, and does not repeat it', async () => {
    const { refusal, found } = await asked(signedInAs('ada', 'cAnArY'))
    expect([refusal?.isSignIn, found]).toEqual([true, []])
    expect(refusal?.reason).not.toContain('cAnArY')
    const { sasl: _, ...unsigned } = signedInAs('', '')
    expect((await asked(unsigned)).refusal).toMatchObject({ isSignIn: false })
  })

  test('finds nothing for whoever may not see it', async () => {
    expect((await asked(signedInAs('eve', 'right'))).found).toEqual([[], [], []])
  })
}
