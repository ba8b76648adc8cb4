import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/config/connections.ts'
import { signWorkos } from '../../src/connectors/workos/signature.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { Instance } from '../../src/runtime/instances.ts'
import { joinIntake, makeForwarder } from '../../src/runtime/intake.ts'
import type { Relay, RelayMessage } from '../../src/source/kafka/relay.ts'
import type { Delivered } from '../../src/source/source.ts'
import { connectors } from '../connectors/every-connector.ts'
import { formats } from '../decode/given.ts'
import { idleMeter, makeClock, settle } from '../given.ts'

function anInstance(
  name: string,
  more: Partial<Connection> = {},
  webhookSecrets: readonly string[] = [],
): Instance {
  const connection = {
    tenant: 'acme',
    instance: name,
    settings: {},
    topics: [],
    webhook_secrets: [],
    ...more,
  }
  return {
    connection,
    binding: { tenant: 'acme', instance: name, lane: 'live', mayAct: true, trusted: [] },
    settings: {},
    webhookSecrets,
    connector: undefined,
    provider: undefined,
  }
}

const relayTopic = {
  topic: 'sso-relay',
  format: 'session-event-v1',
  may_act: true,
  relay: true,
  trusted: [],
}
const otherTopic = { ...relayTopic, topic: 'sso-own', relay: false }

/** A way in with a relay that waits, and what came out at either end. */
function aHand(instances: readonly Instance[], withRelay = true) {
  const sent: { readonly messages: readonly RelayMessage[]; settle: PromiseWithResolvers<void> }[] =
    []
  const delivered: Batch[] = []
  const relay: Relay = {
    send: (messages) => {
      const settle = Promise.withResolvers<void>()
      sent.push({ messages, settle })
      return settle.promise
    },
    close: async () => {},
  }
  const deliver = async (batch: Batch): Promise<Delivered> => {
    delivered.push(batch)
    return { durable: Promise.resolve() }
  }
  const forward = makeForwarder({
    instances,
    formats,
    relay: withRelay ? relay : undefined,
    deliver,
  })
  return { forward, sent, delivered }
}

function aBatch(instance: string, values: readonly (Buffer | null)[], more: object = {}): Batch {
  return {
    source: 'feed',
    partition: 0,
    format: 'session-event-v1',
    binding: anInstance(instance).binding,
    messages: values.map((value, offset) => ({ value, offset, receivedAt: 1_793_697_164_111 })),
    redelivered: false,
    commit: async () => {},
    ...more,
  }
}

const judge = () => []
const taken = { result: 'accepted', accepted: 1, rejected: [] }
const json = (value: object) => Buffer.from(JSON.stringify(value))

describe('the hand-over', () => {
  it('goes through the topic of its instance, keyed by subject, with format and time of receipt', async () => {
    const { forward, sent, delivered } = aHand([
      anInstance('sso', { topics: [otherTopic, relayTopic] }),
    ])
    const value = json({ subject: { id: 'ada' } })
    const batch = aBatch('sso', [value, null, Buffer.from('no json')])
    void forward({
      ...batch,
      messages: batch.messages.map((message, at) =>
        at === 2 ? { ...message, format: 'keycloak' } : message,
      ),
    })
    await settle()
    const headers = {
      'curfew-format': 'session-event-v1',
      'curfew-received-at': '1793697164111',
    }
    expect(sent[0]?.messages).toEqual([
      { topic: 'sso-relay', key: 'ada', value, headers },
      { topic: 'sso-relay', key: null, value: null, headers },
      {
        topic: 'sso-relay',
        key: null,
        value: Buffer.from('no json'),
        headers: { ...headers, 'curfew-format': 'keycloak' },
      },
    ])
    expect(delivered).toEqual([])
  })

  it('is durable, and its position committed, only once Kafka has all of it', async () => {
    const { forward, sent } = aHand([anInstance('sso', { topics: [relayTopic] })])
    const told: string[] = []
    const commit = async () => {
      told.push('committed')
    }
    const { durable } = await forward(aBatch('sso', [json({})], { commit }))
    void durable.then(() => told.push('durable'))
    await settle()
    expect(told).toEqual([])
    sent[0]?.settle.resolve()
    await settle()
    expect(told).toEqual(['committed', 'durable'])
  })

  it('that Kafka did not take is neither durable nor committed', async () => {
    const { forward, sent } = aHand([anInstance('sso', { topics: [relayTopic] })])
    let committed = false
    const commit = async () => {
      committed = true
    }
    const { durable } = await forward(aBatch('sso', [json({})], { commit }))
    sent[0]?.settle.reject(new CurfewError('SOURCE_UNREACHABLE', 'away', { retry: true }))
    await expect(durable).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(committed).toBe(false)
  })

  it.each([
    ['without Kafka', 'sso', false],
    ['of an instance without a relay', 'ldap', true],
    ['of an instance that nobody listed', 'unknown', true],
  ])('%s travels the journey at once', async (_, instance, withRelay) => {
    const instances = [
      anInstance('sso', { topics: [relayTopic] }),
      anInstance('ldap', { topics: [otherTopic] }),
    ]
    const { forward, sent, delivered } = aHand(instances, withRelay)
    const batch = aBatch(instance, [json({})])
    await forward(batch)
    expect([sent, delivered]).toEqual([[], [batch]])
  })
})

describe('the intake', () => {
  const secrets = { old: 'whsec_old', new: 'whsec_new', other: 'whsec_other' } as const
  const instances = [
    anInstance('sso', {}, [secrets.old, secrets.new]),
    anInstance('silent'),
    anInstance('customers', {}, [secrets.other]),
  ]

  function anIntake() {
    const { clock } = makeClock()
    const { forward, delivered } = aHand(instances, false)
    const intake = joinIntake({ forward, judge, instances, connectors, clock, meter: idleMeter })
    const body = json({ id: 'event_01', event: 'session.created' })
    const signed = (secret: string) =>
      intake.acceptWebhook('workos', {
        body,
        signature: signWorkos({ rawBody: body, secret, at: clock.now() }),
      })
    const events = (text: string, instance: string, contentType = 'application/json') =>
      intake.acceptEvents({
        body: Buffer.from(text),
        contentType,
        tenant: 'acme',
        instance,
      })
    return { intake, delivered, body, signed, events, clock }
  }

  it.each([
    [secrets.old, 'sso'],
    [secrets.new, 'sso'],
    [secrets.other, 'customers'],
  ])('takes a webhook for the instance whose secret signed it: %s', async (secret, instance) => {
    const { signed, delivered } = anIntake()
    expect(await signed(secret)).toEqual(taken)
    expect(delivered.map(({ binding }) => binding.instance)).toEqual([instance])
  })

  it('allows a webhook as much delay as its instance does', async () => {
    const { clock } = makeClock()
    const { forward } = aHand([], false)
    const patient = anInstance('patient', { webhook_tolerance_ms: 3_600_000 }, ['whsec_patient'])
    const all = [...instances, patient]
    const intake = joinIntake({
      forward,
      judge,
      instances: all,
      connectors,
      clock,
      meter: idleMeter,
    })
    const body = json({ id: 'event_01' })
    const late = (secret: string) =>
      intake.acceptWebhook('workos', {
        body,
        signature: signWorkos({ rawBody: body, secret, at: clock.now() - 3_000_000 }),
      })
    expect(await late(secrets.new)).toEqual({ result: 'refused' })
    expect(await late('whsec_patient')).toEqual(taken)
  })

  it('refuses what nobody signed, and says no more', async () => {
    const { intake, signed, body, delivered } = anIntake()
    expect(await signed('whsec_guess')).toEqual({ result: 'refused' })
    const unsigned = { body, signature: undefined }
    expect(await intake.acceptWebhook('workos', unsigned)).toEqual({ result: 'refused' })
    expect(delivered).toEqual([])
  })

  it('takes events for the instance of the token, listed or not, and never for one that they name', async () => {
    const { events, delivered } = anIntake()
    const text = '{"id":"1","tenant":"other","instance":"customers"}'
    for (const instance of ['sso', 'unlisted']) {
      expect(await events(text, instance)).toEqual(taken)
    }
    expect(delivered.map(({ binding }) => `${binding.tenant}/${binding.instance}`)).toEqual([
      'acme/sso',
      'acme/unlisted',
    ])
  })

  it('cuts what is said to be lines by its lines', async () => {
    const { events, delivered } = anIntake()
    await events('{"id":"1"}\n{"id":\n', 'sso', 'application/x-ndjson')
    expect(delivered[0]?.messages).toHaveLength(2)
    expect(await events('{"id":"1"}\n{"id":\n', 'sso')).toEqual({
      result: 'invalid',
      reason: 'Expected JSON objects, at least one; found none.',
    })
  })

  it('says when too much was sent at once, and when to come again', async () => {
    const { events, clock } = anIntake()
    expect(await events('{}'.repeat(1_001), 'sso')).toEqual({
      result: 'too_large',
      reason: 'Expected at most 1000 events at once; send them in several requests.',
    })
    expect(await events(`{"a":"${'x'.repeat(1024 * 1024)}"}`, 'sso')).toEqual({
      result: 'too_large',
      reason: 'Expected fewer bytes at once; send the events in several requests.',
    })
    const forward = () => Promise.reject(new Error('the store is away'))
    const busy = joinIntake({ forward, judge, instances, connectors, clock, meter: idleMeter })
    const delivery = { body: json({}), contentType: '' }
    expect(await busy.acceptEvents({ ...delivery, tenant: 'acme', instance: 'sso' })).toEqual({
      result: 'busy',
      retryAfterMs: 5_000,
    })
  })
})
