import type { SessionEvent } from '../../src/contract/event.ts'
import type { Batch, Binding, RawMessage } from '../../src/contract/raw-message.ts'
import type { Rejected } from '../../src/contract/rejected.ts'
import type { Unread } from '../../src/contract/unread.ts'
import type { Decode, DecodeLimits } from '../../src/decode/decode.ts'
import { makeDecode } from '../../src/decode/decode.ts'
import { envelope as cloudevents } from '../../src/decode/envelopes/cloudevents.ts'
import { envelope as confluent } from '../../src/decode/envelopes/confluent.ts'
import { envelope as connect } from '../../src/decode/envelopes/connect.ts'
import { envelope as debezium } from '../../src/decode/envelopes/debezium.ts'
import { envelope as eventbridge } from '../../src/decode/envelopes/eventbridge.ts'
import { envelope as glue } from '../../src/decode/envelopes/glue.ts'
import { envelope as sns } from '../../src/decode/envelopes/sns.ts'
import { makePseudonym } from '../../src/decode/pseudonym.ts'
import { loadFormats } from '../../src/runtime/ingest.ts'

/** Shortly after what the messages below tell. */
export const receivedAt = Date.UTC(2026, 10, 3, 9, 15)

export const pseudonym = makePseudonym({ key: Buffer.alloc(32, 7), cacheMax: 100 })

export const formats = await loadFormats()
export const envelopes = [cloudevents, confluent, connect, debezium, eventbridge, glue, sns]

export const binding: Binding = {
  tenant: 'acme',
  instance: 'keycloak-main',
  lane: 'live',
  mayAct: true,
  trusted: [],
}

export function aDecode(limits: Partial<DecodeLimits> = {}): Decode {
  return makeDecode({ formats, envelopes, pseudonym, limits })
}

/** A valid event of our own contract, as an object to be changed. */
export function anEventV1(more: object = {}): { readonly [field: string]: unknown } {
  return {
    version: 1,
    id: 'use-7f3a',
    type: 'session.used',
    occurred_at: '2026-11-03T09:12:44.120Z',
    session: { id: 'session_01JBX' },
    subject: { id: 'user_01JBX' },
    outcome: { result: 'accepted' },
    ...more,
  }
}

export function aMessage(value: object | string | Buffer | null): RawMessage {
  return { value: bytesOf(value), offset: 41, receivedAt }
}

export function aBatch(messages: readonly RawMessage[], more: Partial<Batch> = {}): Batch {
  return {
    source: 'kafka:sessions',
    partition: 3,
    format: 'session-event-v1',
    binding,
    messages,
    redelivered: false,
    commit: async () => {},
    ...more,
  }
}

/** Decodes one message; whatever came of it. */
export function decodeOne(
  value: object | string | Buffer | null,
  more: Partial<Batch> = {},
): {
  readonly event?: SessionEvent
  readonly rejected?: Rejected
  readonly ignored: number
  readonly tombstones: number
  readonly unread: readonly Unread[]
  readonly leftOut: { readonly [field: string]: number }
} {
  return decodeMessage(aMessage(value), more)
}

function decodeMessage(message: RawMessage, more: Partial<Batch>): ReturnType<typeof decodeOne> {
  const { events, rejected, leftOut, faults, ...counted } = aDecode()(aBatch([message], more))
  for (const { error, line } of faults) throw new Error(`a reader threw: ${error} in ${line}`)
  return {
    ...(events[0] === undefined ? {} : { event: events[0] }),
    ...(rejected[0] === undefined ? {} : { rejected: rejected[0] }),
    ...counted,
    leftOut: Object.fromEntries(leftOut),
  }
}

function bytesOf(value: object | string | Buffer | null): Buffer | null {
  if (value === null || Buffer.isBuffer(value)) return value
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Decodes one message of replayed history, so late that whatever it tells lies before. */
export function decodeHistory(value: object | string | Buffer): ReturnType<typeof decodeOne> {
  const message = { value: bytesOf(value), offset: 0, receivedAt: Date.UTC(2290, 0, 1) }
  return decodeMessage(message, { binding: { ...binding, lane: 'historical' } })
}
