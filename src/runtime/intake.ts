import type { Connection } from '../config/connections.ts'
import { CurfewError } from '../contract/errors.ts'
import type { Clock, Meter } from '../contract/ports.ts'
import type { Binding } from '../contract/raw-message.ts'
import type { IntakeAnswer as ShownAnswer, Intake as ShownIntake } from '../show/route.ts'
import type { IntakeAnswer, Judge } from '../source/intake/intake.ts'
import { eventsMax, makeIntake } from '../source/intake/intake.ts'
import type { Relay, RelayMessage } from '../source/kafka/relay.ts'
import type { Deliver } from '../source/source.ts'
import type { Instance } from './instances.ts'

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
    const topic = relayTopicOf(connection)
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

/** The topic through which intake and feeds of a connection go, where there is one. */
export function relayTopicOf({ topics }: Pick<Connection, 'topics'>): string | undefined {
  return topics.find(({ relay }) => relay)?.topic
}

/** The journey of a process that takes no events in: what has no relay topic cannot be taken. */
export const refuseDeliver: Deliver = async () => {
  throw new CurfewError(
    'SOURCE_REFUSED',
    'this process does not ingest, and the instance has no relay topic to hand events to; name one in the connections, or send to a process with the role ingest',
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

/** Where the formats that come by intake and feeds name the subject, else the session. */
const keyPaths = [
  ['subject', 'id'],
  ['event', 'userId'],
  ['event', 'details', 'refresh_token_sub'],
  ['userId'],
  ['details', 'refresh_token_sub'],
  ['data', 'user_id'],
  ['data', 'userId'],
  ['data', 'user', 'id'],
  ['data', 'agent_instance_id'],
  ['data', 'agentInstanceId'],
  ['session', 'id'],
  ['event', 'sessionId'],
  ['sessionId'],
] as const

/** WorkOS tells of a user or an agent by what it is, and of a session whose user it leaves out. */
const isNamed: ReadonlySet<unknown> = new Set([
  'user',
  'directory_user',
  'agent_instance',
  'session',
])

/** The Kafka key: events of one subject must stay in order in one partition. Null where none is named. */
export function keyOf(value: Buffer): string | null {
  try {
    const json: unknown = JSON.parse(value.toString())
    for (const path of keyPaths) {
      const key = at(json, path) ?? at(json, ['payload', ...path]) ?? at(json, ['data', ...path])
      if (typeof key === 'string' && key !== '') return key
    }
    const id = isNamed.has(at(json, ['data', 'object'])) ? at(json, ['data', 'id']) : undefined
    if (typeof id === 'string') return id
    const event = at(json, ['event']) ?? at(json, ['adminEvent']) ?? json
    const path = at(event, ['resourcePath'])
    return path === undefined ? callerIn(event) : ownerIn(String(path))
  } catch {
    // What is no JSON is rejected by decode, wherever it lands.
    return null
  }
}

/** Keycloak names whom an administrator's act was about by its path: `users/ID/…`, `sessions/ID`. */
function ownerIn(path: string): string | null {
  const found = /^(?:users|sessions)\/([^/]+)|^organizations\/.+\/members\/([^/]+)/.exec(path)
  return found?.[1] ?? found?.[2] ?? null
}

/** Of a user event in a class that admin events have too: there the caller would be the admin. */
function callerIn(event: unknown): string | null {
  const caller = at(event, ['authDetails', 'userId']) ?? at(event, ['authDetails', 'sessionId'])
  return typeof caller === 'string' ? caller : null
}

/** What stands there, also within texts of JSON; undefined for nothing and for null. */
function at(json: unknown, path: readonly string[]): unknown {
  let part: unknown = json
  for (const name of path) {
    if (typeof part === 'string' && part.startsWith('{')) part = JSON.parse(part)
    if (typeof part !== 'object' || part === null) return undefined
    part = Object.getOwnPropertyDescriptor(part, name)?.value
  }
  return part ?? undefined
}

/** Joins the transport-free intake to the routes: which instance a delivery is for, and its answer. */
export function joinIntake({
  hand,
  judge,
  instances,
  clock,
  meter,
}: {
  readonly hand: Deliver
  readonly judge: Judge
  readonly instances: readonly Instance[]
  readonly clock: Clock
  readonly meter: Meter
}): ShownIntake {
  const intake = makeIntake({ hand, judge, clock, meter })
  const signers = instances
    .filter(({ webhookSecrets }) => webhookSecrets.length > 0)
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
  return {
    acceptWorkos: async ({ body: rawBody, signature: signatureHeader }) =>
      shown(await intake.acceptWorkos({ rawBody, signatureHeader, signers })),
    acceptEvents: async ({ body, contentType, tenant, instance }) => {
      const binding: Binding = instances.find(
        ({ binding: each }) => each.tenant === tenant && each.instance === instance,
      )?.binding ?? { tenant, instance, lane: 'live', mayAct: true, trusted: [] }
      return shown(await intake.acceptEvents({ rawBody: body, contentType, binding }))
    },
  }
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
