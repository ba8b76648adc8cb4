import { Socket } from 'node:net'
import type { ConnectionsFile } from '../../config/connections.ts'
import type { Settings } from '../../config/settings.ts'
import { codeOf, reasonOf } from '../../contract/errors.ts'
import type { Binding } from '../../contract/raw-message.ts'
import { makeSend } from '../../http/bounded-fetch.ts'
import { systemClock } from '../../process/clock.ts'
import { makeLog } from '../../process/log.ts'
import { connectionOf, topicsOf } from '../../runtime/sources.ts'
import type { KafkaCheck, TopicCheck } from '../../source/kafka/check.ts'
import { checkKafka } from '../../source/kafka/check.ts'
import type { KafkaConnection, KafkaTopic } from '../../source/kafka/settings.ts'
import { examinePems } from './check-pems.ts'
import type { CheckResult } from './check-result.ts'

/** Checks the brokers, the sign-in, and the topics to read. */
export async function examineKafka(
  settings: Settings,
  connections: ConnectionsFile | undefined,
): Promise<readonly CheckResult[]> {
  const topics = (connections?.instances ?? []).flatMap((connection) => {
    const { tenant, instance } = connection
    const binding: Binding = { tenant, instance, lane: 'live', mayAct: true, trusted: [] }
    return topicsOf({ connection, binding }, [])
  })
  const pems = examinePems(settings, systemClock.now)
  const connection = connectTo(settings)
  if ('state' in connection) return [...pems, connection]
  const reached = await Promise.all(connection.brokers.map(checkBroker))
  // Without an answering port, or with an unusable file, further checks would only wait.
  const isWorthAsking =
    reached.some(({ state }) => state === 'ok') && pems.every(({ state }) => state === 'ok')
  return [...pems, ...reached, ...(isWorthAsking ? await ask(settings, connection, topics) : [])]
}

function connectTo(settings: Settings): KafkaConnection | CheckResult {
  const send = makeSend({ timeoutMs: 9_000, bodyBytesMax: 65_536 })
  const check = 'kafka'
  try {
    const connection = connectionOf(settings, send)
    if (connection !== undefined) return connection
    return { check, state: 'broken', detail: 'CURFEW_KAFKA_BROKERS names no broker' }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}

async function checkBroker(broker: string): Promise<CheckResult> {
  const check = `kafka ${broker}`
  const colon = broker.lastIndexOf(':')
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const problem = await connectProblem(host, Number(broker.slice(colon + 1)))
  if (problem === undefined) return { check, state: 'ok', detail: 'the port answers' }
  return { check, state: 'broken', detail: `${problem}; check address, listener and firewall` }
}

const connectMs = 3_000

/** Connects to a port; undefined when it answers, else the problem. */
function connectProblem(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = new Socket()
    const end = (problem: string | undefined) => {
      socket.destroy()
      done(problem)
    }
    socket.setTimeout(connectMs, () => end(`no answer within ${connectMs / 1_000} s`))
    socket.once('error', (error) => end(codeOf(error)))
    socket.connect(port, host, () => end(undefined))
  })
}

async function ask(
  settings: Settings,
  connection: KafkaConnection,
  topics: readonly KafkaTopic[],
): Promise<readonly CheckResult[]> {
  const groupId = settings.CURFEW_KAFKA_GROUP
  const ports = { log: makeLog('silent'), clock: systemClock }
  const answer = await checkKafka({ connection, groupId, topics }, ports)
  return [
    checkSignIn(settings, answer),
    ...answer.entries.map(({ entry, found }) => checkTopic(entry, found, groupId)),
  ]
}

function checkSignIn(settings: Settings, { refusal }: KafkaCheck): CheckResult {
  const { CURFEW_KAFKA_SASL: mechanism, CURFEW_KAFKA_TLS: tls } = settings
  const check = 'kafka sign-in'
  const user = mechanism === 'none' ? '' : ` as ${settings.CURFEW_KAFKA_USERNAME ?? 'nobody'}`
  const how = `${mechanism === 'none' ? 'without SASL' : `by ${mechanism}${user}`}, ${tls ? 'over TLS' : 'without TLS'}`
  if (refusal === undefined) {
    const inClear = !tls && mechanism === 'plain'
    const warning = '; the password is sent in clear text; set CURFEW_KAFKA_TLS=true'
    return { check, state: inClear ? 'missing' : 'ok', detail: how + (inClear ? warning : '') }
  }
  const todo = refusal.isSignIn
    ? 'check CURFEW_KAFKA_SASL, CURFEW_KAFKA_USERNAME and CURFEW_KAFKA_PASSWORD'
    : 'check that CURFEW_KAFKA_TLS and CURFEW_KAFKA_SASL are what this listener expects'
  return { check, state: 'broken', detail: `refused ${how}: ${refusal.reason}; ${todo}` }
}

function checkTopic(
  { topic, pattern }: KafkaTopic,
  found: readonly TopicCheck[],
  groupId: string,
): CheckResult {
  const check = topic === undefined ? `topics like ${pattern}` : `topic ${topic}`
  if (found.length === 0) {
    return topic === undefined
      ? { check, state: 'ok', detail: 'no topic matches yet; one that is created later is read' }
      : {
          check,
          state: 'broken',
          detail: 'there is no such topic; create it, or give Curfew the right to read it',
        }
  }
  const unreadable = found.filter(({ problem }) => problem !== undefined)
  if (unreadable.length > 0) {
    const words = unreadable.map(({ name, problem }) => `${name}: ${problem}`).join('; ')
    const detail = `${words}; give Curfew the right to read it and to use the group ${groupId}`
    return { check, state: 'broken', detail }
  }
  const sum = (of: 'partitions' | 'kept' | 'unread') =>
    found.reduce((all, each) => all + each[of], 0)
  const names = topic === undefined ? `${found.map(({ name }) => name).join(', ')}: ` : ''
  const detail = `${names}${sum('partitions')} partitions, ${sum('kept')} messages, ${sum('unread')} of them not read by the group ${groupId}`
  return { check, state: 'ok', detail }
}
