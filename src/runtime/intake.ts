import type { Connection } from '../config/connections.ts'
import type { Connector } from '../connectors/connector.ts'
import { CurfewError } from '../contract/errors.ts'
import type { Clock, Meter } from '../contract/ports.ts'
import type { Binding } from '../contract/raw-message.ts'
import type { Format } from '../decode/format.ts'
import { makeKeyOf } from '../decode/subject-key.ts'
import type { IntakeAnswer as ShownAnswer, Intake as ShownIntake } from '../show/route.ts'
import type { IntakeAnswer, Judge, Signer } from '../source/intake/intake.ts'
import { eventsMax, makeIntake } from '../source/intake/intake.ts'
import type { Relay, RelayMessage } from '../source/kafka/relay.ts'
import type { Deliver } from '../source/source.ts'
import type { Instance } from './instances.ts'

/**
 * Makes the function that takes batches of intake and feeds. With Kafka it sends them through the
 * instance's relay topic, so that all events of a subject reach the one process that holds its memory;
 * without, it delivers them to the journey.
 */
export function makeForwarder({
  instances,
  formats,
  relay,
  deliver,
}: {
  readonly instances: readonly Instance[]
  /** By whose rules messages are keyed. */
  readonly formats: readonly Format[]
  readonly relay: Relay | undefined
  readonly deliver: Deliver
}): Deliver {
  const keyOf = makeKeyOf(formats)
  const topics = new Map<string, string>()
  for (const { connection } of instances) {
    const topic = relayTopicOf(connection)
    if (topic !== undefined) topics.set(nameOf(connection), topic)
  }
  return async (batch) => {
    const topic = topics.get(nameOf(batch.binding))
    if (relay === undefined || topic === undefined) return deliver(batch)
    const messages = batch.messages.map(
      ({ value, receivedAt, format = batch.format }): RelayMessage => ({
        topic,
        key: value === null ? null : keyOf(value, format),
        value,
        headers: {
          'curfew-format': format,
          'curfew-received-at': String(receivedAt),
        },
      }),
    )
    return { durable: relay.send(messages).then(batch.commit) }
  }
}

/** The relay topic of a connection's intake and feeds; undefined without one. */
export function relayTopicOf({ topics }: Pick<Connection, 'topics'>): string | undefined {
  return topics.find(({ relay }) => relay)?.topic
}

/** Deliver of a process without the role ingest: it refuses events that have no relay topic. */
export const refuseDeliver: Deliver = async () => {
  throw new CurfewError(
    'SOURCE_REFUSED',
    'this process does not ingest, and the instance has no relay topic to forward events to; name one in the connections, or send to a process with the role ingest',
    { retry: true },
  )
}

function nameOf({
  tenant,
  instance,
}: {
  readonly tenant: string
  readonly instance: string
}): string {
  return `${tenant}/${instance}`
}

/** Joins the transport-free intake to the routes: which instance a delivery is for, and its answer. */
export function joinIntake({
  forward,
  judge,
  instances,
  connectors,
  clock,
  meter,
}: {
  readonly forward: Deliver
  readonly judge: Judge
  readonly instances: readonly Instance[]
  /** The connectors whose webhooks are accepted. */
  readonly connectors: readonly Connector[]
  readonly clock: Clock
  readonly meter: Meter
}): ShownIntake {
  const intake = makeIntake({ forward, judge, clock, meter })
  const webhooks = new Map(
    connectors.flatMap(({ id, webhook }) =>
      webhook ? [[id, { id, ...webhook, signers: signersOf(id, instances) }] as const] : [],
    ),
  )
  return {
    acceptWebhook: async (id, { body: rawBody, signature: signatureHeader }) => {
      const webhook = webhooks.get(id)
      if (webhook === undefined) throw new TypeError(`there are no webhooks of '${id}'`)
      const { signers } = webhook
      return shown(await intake.acceptWebhook({ webhook, rawBody, signatureHeader, signers }))
    },
    acceptEvents: async ({ body, contentType, tenant, instance }) => {
      const binding: Binding = instances.find(
        ({ binding: each }) => each.tenant === tenant && each.instance === instance,
      )?.binding ?? { tenant, instance, lane: 'live', mayAct: true, trusted: [] }
      return shown(await intake.acceptEvents({ rawBody: body, contentType, binding }))
    },
  }
}

/** The possible signers of a webhook of this provider: instances with secrets, but for those of other providers. */
function signersOf(id: string, instances: readonly Instance[]): readonly Signer[] {
  return instances
    .filter(({ webhookSecrets }) => webhookSecrets.length > 0)
    .filter(({ connector }) => connector?.webhook === undefined || connector.id === id)
    .map(
      ({
        binding,
        webhookSecrets: secrets,
        connection: { webhook_tolerance_ms: toleranceMs },
      }) => ({
        binding,
        secrets,
        ...(toleranceMs === undefined ? {} : { toleranceMs }),
      }),
    )
}

function shown(answer: IntakeAnswer): ShownAnswer {
  const { status, problem, accepted, rejected, retryAfterSeconds = 5 } = answer
  switch (status) {
    case 200:
    case 202:
      return { result: 'accepted', accepted, rejected }
    case 422:
      return { result: 'no_events', rejected }
    case 401:
      return { result: 'refused' }
    case 400:
      return { result: 'invalid', reason: 'Expected JSON objects, at least one; found none.' }
    case 413:
      return {
        result: 'too_large',
        reason:
          problem === 'too_many'
            ? `Expected at most ${eventsMax} events at once; send them in several requests.`
            : 'Expected fewer bytes at once; send the events in several requests.',
      }
    case 503:
      return { result: 'busy', retryAfterMs: retryAfterSeconds * 1_000 }
  }
}
