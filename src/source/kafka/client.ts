import { createRequire } from 'node:module'
import type { Kafka, SASLOptions } from 'kafkajs'
import kafkajs from 'kafkajs'
import { mendFilteredBatches } from './batch.ts'
import { gzipCodec, lz4Codec, snappyCodec, zstdCodec } from './codecs.ts'
import { makeKafkaLog } from './log.ts'
import { mendRequestQueue } from './queue.ts'
import { mendRecordBatches } from './record-batch.ts'
import type { KafkaConnection, KafkaPorts, KafkaSasl } from './settings.ts'
import { kafkaDefaults } from './settings.ts'

// Node sees only some of the names this CommonJS module exports, so it is taken as a whole.
const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs

/** The Kafka client with our patches, bounds and log. */
export function clientOf(
  connection: KafkaConnection,
  { log, clock }: Pick<KafkaPorts, 'log' | 'clock'>,
): Kafka {
  const { brokers, clientId, tls, sasl } = connection
  const require = createRequire(import.meta.url)
  mendRequestQueue(require('kafkajs/src/network/requestQueue/index.js'))
  mendFilteredBatches(require('kafkajs/src/consumer/batch.js'))
  require('kafkajs/src/protocol/recordBatch/v0/decoder.js')
  const decoder = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder.js')
  mendRecordBatches(require.cache[decoder])
  // The client keeps its codecs in one table for the process; filling it twice changes nothing.
  CompressionCodecs[CompressionTypes.GZIP] = () => gzipCodec
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec
  const secrets = sasl !== undefined && 'password' in sasl ? [sasl.password] : []
  const kafkaLog = makeKafkaLog({ log, now: clock.now, secrets })
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connection.connectionTimeoutMs ?? kafkaDefaults.connectionTimeoutMs,
    requestTimeout: connection.requestTimeoutMs ?? kafkaDefaults.requestTimeoutMs,
    // We restart a crashed consumer ourselves; the client's own restart has joined twice at times.
    retry: { retries: 4, maxRetryTime: 5_000, restartOnFailure: async () => false },
    logLevel: logLevel.INFO,
    logCreator: () => (line) => kafkaLog(line),
    ...(tls === undefined ? {} : { ssl: tls === true ? true : tlsOf(tls) }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  })
}

function tlsOf({ serverName, ...pem }: Exclude<KafkaConnection['tls'], true | undefined>) {
  return serverName === undefined ? pem : { ...pem, servername: serverName }
}

function saslOf(sasl: KafkaSasl): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await sasl.token() }),
  }
}
