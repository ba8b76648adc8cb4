import type { Clock, Meter } from './contract/ports.ts'
import type { Binding } from './contract/raw-message.ts'
import type { Instance, SecretOf } from './instances.ts'
import type { IntakeAnswer as ShownAnswer, Intake as ShownIntake } from './show/route.ts'
import type { IntakeAnswer } from './source/intake.ts'
import { makeIntake } from './source/intake.ts'
import type { Relay, RelayMessage } from './source/relay.ts'
import type { Deliver } from './source/source.ts'

/**
 * The hand-over of what intake and feeds bring. With Kafka it goes through the instance's relay
 * topic, so that every event of a subject reaches the one replica that owns its memory; without it
 * travels the journey at once.
 */
export function makeHand({
  instances,
  relay,
  deliver,
}: {
  readonly instances: readonly Instance[]
  readonly relay: Relay | undefined
  readonly deliver: Deliver
}): Deliver {
  const topics = new Map<string, string>()
  for (const { connection } of instances) {
    const topic = connection.topics.find((each) => each.relay)?.topic
    if (topic !== undefined) topics.set(nameOf(connection), topic)
  }
  return async (batch) => {
    const topic = topics.get(nameOf(batch.binding))
    if (relay === undefined || topic === undefined) return deliver(batch)
    const messages = batch.messages.map(
      ({ value, receivedAt, format }): RelayMessage => ({
        topic,
        key: value === null ? null : keyOf(value),
        value,
        headers: {
          'curfew-format': format ?? batch.format,
          'curfew-received-at': String(receivedAt),
        },
      }),
    )
    return { durable: relay.send(messages).then(batch.commit) }
  }
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

/** Where the formats that come by intake and feeds name the subject, else the session. */
const keyPaths = [
  ['subject', 'id'],
  ['event', 'userId'],
  ['data', 'user_id'],
  ['session', 'id'],
  ['event', 'sessionId'],
] as const

/** The Kafka key: events of one subject must stay in order in one partition. Null where none is named. */
export function keyOf(value: Buffer): string | null {
  try {
    const json: { readonly [name: string]: { readonly [name: string]: unknown } | undefined } =
      JSON.parse(value.toString())
    for (const [outer, inner] of keyPaths) {
      const key = json[outer]?.[inner]
      if (typeof key === 'string') return key
    }
  } catch {
    // What is no JSON is rejected by decode, wherever it lands.
  }
  return null
}

/** Joins the transport-free intake to the routes: which instance a delivery is for, and its answer. */
export function joinIntake({
  hand,
  instances,
  secretOf,
  clock,
  meter,
}: {
  readonly hand: Deliver
  readonly instances: readonly Instance[]
  readonly secretOf: SecretOf
  readonly clock: Clock
  readonly meter: Meter
}): ShownIntake {
  const intake = makeIntake({ hand, clock, meter })
  const hooked = instances
    .filter(({ connection }) => connection.webhook_secrets.length > 0)
    .map(({ connection, binding }) => ({
      binding,
      secrets: connection.webhook_secrets.map(secretOf),
    }))
  return {
    acceptWorkos: async ({ body, signature }) => {
      // Which instance it is for follows from the secret that signed it.
      for (const { binding, secrets } of hooked) {
        const answer = await intake.acceptWorkos({
          rawBody: body,
          signatureHeader: signature,
          binding,
          secrets,
        })
        if (answer.problem !== 'unsigned') return shown(answer)
      }
      return { result: 'refused' }
    },
    acceptEvents: async ({ body, contentType, tenant, instance }) => {
      const binding: Binding = instances.find(
        ({ binding: each }) => each.tenant === tenant && each.instance === instance,
      )?.binding ?? { tenant, instance, lane: 'live', mayAct: true, trusted: [] }
      return shown(await intake.acceptEvents({ rawBody: body, contentType, binding }))
    },
  }
}

function shown(answer: IntakeAnswer): ShownAnswer {
  switch (answer.status) {
    case 200:
    case 202:
      return { result: 'accepted', accepted: answer.accepted, rejected: 0 }
    case 401:
      return { result: 'refused' }
    case 400:
    case 413:
      return { result: 'invalid', reason: answer.problem ?? 'not_events' }
    case 503:
      return { result: 'busy', retryAfterMs: (answer.retryAfterSeconds ?? 5) * 1_000 }
  }
}
