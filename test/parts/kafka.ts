import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { Child } from './child.ts'
import { openChild, runToEnd } from './child.ts'
import { eventually } from './eventually.ts'
import { copyJars, fetchedPart, javaOrFail } from './maven.ts'
import { givenFor, KAFKA_FOLDER, PARTS } from './needs.ts'
import { againWhilePortTaken, freePorts } from './ports.ts'

const JARS = [
  { group: 'org.apache.kafka', name: 'kafka_2.13', version: '4.1.1' },
  // Without a binding for its logger the broker dies in silence.
  { group: 'org.apache.logging.log4j', name: 'log4j-slf4j-impl', version: '2.24.3' },
]
const START_TIMEOUT_MS = 60_000
const STOP_GRACE_MS = 20_000

export interface TestKafka extends AsyncDisposable {
  /** `host:port` of each broker, as a client wants it. */
  readonly brokers: readonly string[]
  readonly port: number
  /** Ends the broker in order if it runs, and starts it on the same port with the same data. */
  readonly restart: () => Promise<void>
  /** Ends the broker as a power cut would. Data and port stay; `restart` brings it back. */
  readonly kill: () => Promise<void>
  /** Ends the broker and deletes its data. */
  readonly stop: () => Promise<void>
}

type Properties = Readonly<Record<string, string>>

interface Ports {
  readonly port: number
  readonly controllerPort: number
}

/**
 * Starts Apache Kafka 4.1.1, one node without ZooKeeper, on free ports of 127.0.0.1, and waits until
 * it answers. Owns the process and its data folder; `stop` (or `await using`) ends both.
 * `properties` are added to the broker's own; those that name listeners want its ports.
 *
 * With CURFEW_TEST_KAFKA set (`host:port,host:port`) that cluster is used and nothing is started;
 * it is not ours to end, so `restart` and `kill` fail and `stop` does nothing.
 */
export const startKafka = async ({
  properties = {},
}: {
  readonly properties?: Properties | ((ports: Ports) => Properties)
} = {}): Promise<TestKafka> => {
  const given = givenFor('kafka')
  if (given !== undefined) return openGivenKafka(given)
  const java = javaOrFail()
  const lib = await fetchedPart({ name: KAFKA_FOLDER, fill: fetchJars })
  return againWhilePortTaken(async () => {
    const data = await mkdtemp(join(tmpdir(), 'curfew-kafka-'))
    try {
      return await openKafka({ java, lib, data, properties })
    } catch (error) {
      await rm(data, { recursive: true, force: true })
      throw error
    }
  })
}

const openKafka = async ({
  java,
  lib,
  data,
  properties,
}: {
  readonly java: string
  readonly lib: string
  readonly data: string
  readonly properties: Properties | ((ports: Ports) => Properties)
}): Promise<TestKafka> => {
  const [port = 0, controllerPort = 0] = await freePorts(2)
  const more = typeof properties === 'function' ? properties({ port, controllerPort }) : properties
  const brokers = [`127.0.0.1:${port}`]
  const propertiesPath = join(data, 'server.properties')
  await writeFile(
    propertiesPath,
    Object.entries({ ...ownProperties({ port, controllerPort, data }), ...more })
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const machine = ['-XX:TieredStopAtLevel=1', '-Dlog4j2.level=WARN', '-cp', join(lib, '*')]
  // One in sixty-four ids begins with a dash, and would be taken for an option of its own.
  const format = ['format', `--cluster-id=${aClusterId()}`, '-c', propertiesPath]
  await runToEnd({
    what: 'Formatting the log folder of Kafka',
    command: java,
    args: ['-Xmx256m', ...machine, 'kafka.tools.StorageTool', ...format],
    timeoutMs: START_TIMEOUT_MS,
  })
  const open = (): Promise<Child> =>
    openChild({
      command: java,
      args: ['-Xmx512m', ...machine, 'kafka.Kafka', propertiesPath],
      scratch: data,
    })
  let broker = await openReady({ open, brokers })
  const kill = (): Promise<void> => broker.kill()
  const stop = async (): Promise<void> => {
    // The data goes too, so there is nothing to end in order.
    await kill()
    await rm(data, { recursive: true, force: true })
  }
  const restart = async (): Promise<void> => {
    await broker.stop(STOP_GRACE_MS)
    // While the port is free, the system may lend it to somebody's outgoing connection.
    broker = await againWhilePortTaken(() => openReady({ open, brokers }))
  }
  return { brokers, port, restart, kill, stop, [Symbol.asyncDispose]: stop }
}

/** An open port is not yet a broker: asks for the cluster, with its controller, as a client would. */
const openReady = async ({
  open,
  brokers,
}: {
  readonly open: () => Promise<Child>
  readonly brokers: readonly string[]
}): Promise<Child> => {
  const broker = await open()
  const admin = new Kafka({
    clientId: 'curfew-test-ready',
    brokers: [...brokers],
    connectionTimeout: 1000,
    requestTimeout: 5000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  }).admin()
  try {
    await eventually({
      what: `Kafka at ${brokers.join()}`,
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 100,
      probe: async () => {
        await admin.connect()
        const { brokers: alive, controller } = await admin.describeCluster()
        return alive.length > 0 && controller !== null ? true : undefined
      },
      abandon: broker.ended,
      evidence: () => `. Its last lines:\n${broker.lastLines(40)}`,
    })
    return broker
  } catch (error) {
    await broker.kill()
    throw error
  } finally {
    await admin.disconnect()
  }
}

const ownProperties = ({
  port,
  controllerPort,
  data,
}: {
  readonly port: number
  readonly controllerPort: number
  readonly data: string
}): Readonly<Record<string, string>> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'log.dirs': join(data, 'log'),
  'num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  // Fifty partitions of an internal topic would cost each first consumer a second.
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  // After a kill the controller takes the old broker for alive this long and refuses the new one.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
})

/** Twenty-two characters of base64url, the form that Kafka wants. */
const aClusterId = (): string =>
  Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')

const fetchJars = async (into: string): Promise<void> => {
  const pom = join(into, 'pom.xml')
  const dependencies = JARS.map(
    ({ group, name, version }) => `    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${name}</artifactId>
      <version>${version}</version>
    </dependency>
`,
  ).join('')
  await writeFile(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>curfew.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
${dependencies}  </dependencies>
</project>
`,
  )
  await copyJars({ pom, into })
}

const openGivenKafka = (given: string): TestKafka => {
  const brokers = given.split(',').map((each) => each.trim())
  const port = Number(brokers[0]?.split(':').at(-1))
  const refuse = async (): Promise<void> => {
    throw new Error(
      `The brokers ${given} come from ${PARTS.kafka.override} and are not ours to end; unset it for tests that restart a broker`,
    )
  }
  const stop = async (): Promise<void> => undefined
  return { brokers, port, restart: refuse, kill: refuse, stop, [Symbol.asyncDispose]: stop }
}
