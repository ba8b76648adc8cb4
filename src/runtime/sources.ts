import { readFileSync } from 'node:fs'
import type { ConnectionsFile } from '../config/connections.ts'
import type { Settings } from '../config/settings.ts'
import { CurfewError, codeOf } from '../contract/errors.ts'
import type { Append, Ask, Clock, Log, Meter, Send } from '../contract/ports.ts'
import type { Trusted } from '../contract/raw-message.ts'
import { jsonAs } from '../http/answer.ts'
import { TokenAnswer, tokenRequest } from '../http/client-credentials.ts'
import type { CursorPort, FeedPorts } from '../source/feeds/feed.ts'
import type { Relay } from '../source/kafka/relay.ts'
import type {
  KafkaConnection,
  KafkaSasl,
  KafkaSettings,
  KafkaTls,
} from '../source/kafka/settings.ts'
import { openKafkaLeaderLease } from '../source/leader/kafka-leader-lease.ts'
import type { LeaderLease } from '../source/leader/leader-lease.ts'
import type { Source } from '../source/source.ts'
import { openKafka, openKafkaRelay } from '../source/sources/kafka.ts'
import type { Instance } from './instances.ts'

/** Kafka as settings and connections describe it; undefined without brokers or without topics. */
export function openKafkaIn(
  settings: Settings,
  instances: readonly Instance[],
  ports: { readonly log: Log; readonly meter: Meter; readonly clock: Clock; readonly send: Send },
): { readonly source: Source; readonly relay: Relay } | undefined {
  const connection = connectionOf(settings, ports.send)
  const topics = instances.flatMap((instance) => topicsOf(instance, instances))
  // Brokers may be set for the leader lease alone; without a topic there is nothing to read.
  if (connection === undefined || topics.length === 0) return undefined
  return openKafka({ ...connection, groupId: settings.CURFEW_KAFKA_GROUP, topics }, ports)
}

/**
 * Warns of instances whose intake and feeds bypass Kafka: with several processes a subject's events then
 * reach several memories, each with a part of the history.
 */
export function warnOfBypasses({
  settings,
  connections: { instances, tokens },
  log,
}: {
  readonly settings: Settings
  readonly connections: ConnectionsFile
  readonly log: Log
}): void {
  if (settings.CURFEW_KAFKA_BROKERS === undefined) return
  const taking = new Set(tokens.map(({ tenant, instance = '' }) => `${tenant}/${instance}`))
  for (const { feed, webhook_secrets: secrets, topics, ...named } of instances) {
    const name = `${named.tenant}/${named.instance}`
    const takesIn = feed !== undefined || secrets.length > 0 || taking.has(name)
    if (!takesIn || topics.some(({ relay }) => relay)) continue
    log.warn(
      { instance: name },
      'intake and feeds of this instance bypass Kafka; give it a topic with relay: true',
    )
  }
}

/** The relay to Kafka, for a process that reads no topic; undefined without brokers. */
export function openRelayIn(
  settings: Settings,
  ports: { readonly log: Log; readonly clock: Clock; readonly send: Send },
): Relay | undefined {
  const connection = connectionOf(settings, ports.send)
  return connection && openKafkaRelay(connection, ports)
}

/** The lease of the one process that enforces; undefined without brokers. */
export function openLeaderLeaseIn(
  settings: Settings,
  ports: { readonly log: Log; readonly meter: Meter; readonly clock: Clock; readonly send: Send },
): LeaderLease | undefined {
  const connection = connectionOf(settings, ports.send)
  if (connection === undefined) return undefined
  const name = `${settings.CURFEW_KAFKA_GROUP}-enforcer`
  return openKafkaLeaderLease({ ...connection, groupId: name, topic: name }, ports)
}

/** Brokers, TLS and SASL by the settings; undefined without brokers. */
export function connectionOf(settings: Settings, send: Send): KafkaConnection | undefined {
  const { CURFEW_KAFKA_BROKERS: brokers } = settings
  if (brokers === undefined) return undefined
  return {
    brokers: brokers.split(',').map((broker) => broker.trim()),
    clientId: 'curfew',
    ...(settings.CURFEW_KAFKA_TLS ? { tls: tlsOf(settings) } : {}),
    ...saslOf(settings, send),
  }
}

function tlsOf(settings: Settings): KafkaTls {
  const ca = pemIn(settings, 'CURFEW_KAFKA_CA_FILE')
  const cert = pemIn(settings, 'CURFEW_KAFKA_CERT_FILE')
  const key = pemIn(settings, 'CURFEW_KAFKA_KEY_FILE')
  if (ca === undefined && cert === undefined) return true
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}

function pemIn(
  settings: Settings,
  name: 'CURFEW_KAFKA_CA_FILE' | 'CURFEW_KAFKA_CERT_FILE' | 'CURFEW_KAFKA_KEY_FILE',
): string | undefined {
  const path = settings[name]
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${name} must name a PEM file; ${path} cannot be read (${codeOf(error)})`,
      { cause: error },
    )
  }
}

/**
 * The topics of one instance, each bound to the tenants and instances that its events may belong to,
 * and to whether they may act. `all` are the instances whose realms the topics may carry.
 */
export function topicsOf(
  { connection, binding }: Pick<Instance, 'connection' | 'binding'>,
  all: readonly Pick<Instance, 'binding'>[],
): KafkaSettings['topics'] {
  const realmOf = ({ tenant, instance }: Trusted) =>
    all.find(({ binding: each }) => each.tenant === tenant && each.instance === instance)?.binding
      .realm
  return connection.topics.map(({ topic, pattern, format, envelope, ...rest }) => ({
    ...(topic === undefined ? {} : { topic }),
    ...(pattern === undefined ? {} : { pattern }),
    binding: {
      ...binding,
      mayAct: rest.may_act,
      trusted: rest.trusted.map((pair) => {
        const realm = realmOf(pair)
        return realm === undefined ? pair : { ...pair, realm }
      }),
    },
    format,
    ...(envelope === undefined ? {} : { envelope }),
    relay: rest.relay,
  }))
}

function saslOf(settings: Settings, send: Send): { readonly sasl?: KafkaSasl } {
  const { CURFEW_KAFKA_SASL: mechanism } = settings
  if (mechanism === 'none') return {}
  const username = wanted(settings, 'CURFEW_KAFKA_USERNAME')
  const password = wanted(settings, 'CURFEW_KAFKA_PASSWORD')
  if (mechanism !== 'oauthbearer') return { sasl: { mechanism, username, password } }
  const url = wanted(settings, 'CURFEW_KAFKA_TOKEN_URL')
  const token = async () => {
    // A new one for each connection: the broker ends a connection whose token has expired.
    const answer = await send(url, tokenRequest({ clientId: username, clientSecret: password }))
    const body = answer.status === 200 ? jsonAs(TokenAnswer, answer.text) : undefined
    if (body !== undefined) return body.access_token
    throw new CurfewError(
      'SOURCE_REFUSED',
      `the token endpoint for Kafka answered ${answer.status} without a token; check its client and secret`,
      { retry: true },
    )
  }
  return { sasl: { mechanism, token } }
}

function wanted(
  settings: Settings,
  name: 'CURFEW_KAFKA_USERNAME' | 'CURFEW_KAFKA_PASSWORD' | 'CURFEW_KAFKA_TOKEN_URL',
): string {
  const value = settings[name]
  if (value !== undefined) return value
  throw new CurfewError(
    'SETTINGS_INVALID',
    `CURFEW_KAFKA_SASL=${settings.CURFEW_KAFKA_SASL} needs ${name}`,
  )
}

/**
 * The feeds of all instances that have one.
 *
 * @throws CurfewError SETTINGS_INVALID where its provider has none.
 */
export function openFeeds(instances: readonly Instance[], ports: FeedPorts): readonly Source[] {
  return instances.flatMap(({ connection, connector, settings, binding }) => {
    if (connection.feed === undefined) return []
    const { every_ms: everyMs, ...feed } = connection.feed
    if (connector?.feed) return [connector.feed.open({ settings, feed, everyMs, binding }, ports)]
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${binding.tenant}/${binding.instance}: provider '${connection.provider ?? 'none'}' has no feed; leave it out`,
    )
  })
}

/** How far feeds were read, kept in the store. */
export function makeCursors({
  ask,
  append,
}: {
  readonly ask: Ask
  readonly append: Append
}): CursorPort {
  return {
    read: async (id) => {
      const [row] = await ask(
        'select argMax(cursor, recorded_at) as cursor, count() as n from cursors where id = {id:String}',
        { id },
      )
      return row === undefined || row.n === 0 ? null : String(row.cursor)
    },
    write: (id, cursor) => append('cursors', [{ id, cursor }]),
  }
}
