import type { ClickHouseClientConfigOptions } from '@clickhouse/client'
import { createClient } from '@clickhouse/client'
import { createChdbConnection } from 'chdb/connection'
import { defaultPolicy } from '../src/config/policy.ts'
import { readSettings } from '../src/config/settings.ts'
import type { EnrichedEvent } from '../src/contract/enriched-event.ts'
import { noDevice, noNetwork, noPlace } from '../src/contract/enriched-event.ts'
import type { Batch, Binding, RawMessage } from '../src/contract/raw-message.ts'
import { makeDecode } from '../src/decode/decode.ts'
import type { Envelope } from '../src/decode/envelope.ts'
import { makePseudonym } from '../src/decode/pseudonym.ts'
import { makeCondemn } from '../src/impose/condemn.ts'
import { loadCatalog } from '../src/process/catalog.ts'
import { openRecorder } from '../src/record/record.ts'
import { catalogs } from '../src/runtime/catalog-folders.ts'
import { loadFormats, openIngest } from '../src/runtime/ingest.ts'
import type { Deliver } from '../src/source/source.ts'
import type { Store } from '../src/store/store.ts'
import type { Decoded } from './record-batches.ts'

/** One way of bringing fetched messages into acknowledged rows. */
export interface Variant {
  /** Takes what the product's own sources hand over; the ordinary way has none. */
  readonly deliver?: Deliver
  /** Resolves when the next may be handed in; `durable` once its rows are acknowledged. */
  readonly take: (messages: readonly Decoded[]) => Promise<{ readonly durable: Promise<void> }>
  readonly close: () => Promise<void>
}

export type VariantName = 'ordinaryFloor' | 'ownFloor' | 'full'

export const binding: Binding = {
  tenant: 'acme',
  instance: 'bench',
  lane: 'live',
  mayAct: true,
  trusted: [],
}
const key = Buffer.alloc(32, 9)
export const silent = { debug() {}, info() {}, warn() {}, error() {} }
export const idle = { count() {}, gauge() {}, observeMs() {} }
export const clock = {
  now: () => Date.now(),
  wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}
const settings = readSettings({})
const pseudonym = makePseudonym({ key, cacheMax: 200_000 })

export async function openVariant(name: VariantName, store: Store, path: string): Promise<Variant> {
  if (name === 'ordinaryFloor') return openOrdinaryFloor(path)
  return name === 'ownFloor' ? await openOwnFloor(store) : await openFull(store)
}

function batchOf(messages: readonly Decoded[]): Batch {
  const receivedAt = Date.now()
  const raw: RawMessage[] = []
  for (const { value, offset } of messages) raw.push({ value, offset: Number(offset), receivedAt })
  return {
    source: 'kafka:bench',
    partition: 0,
    format: 'session-event-v1',
    binding,
    messages: raw,
    redelivered: false,
    commit: async () => {},
  }
}

/** The product: every stage of the journey. */
async function openFull(store: Store): Promise<Variant> {
  const ingest = await openIngest({
    settings,
    policy: defaultPolicy,
    store,
    pseudonym,
    condemn: makeCondemn({ policy: defaultPolicy }),
    clock,
    log: silent,
    meter: idle,
    onCauses() {},
  })
  const { deliver } = ingest
  return { deliver, take: (messages) => deliver(batchOf(messages)), close: ingest.close }
}

/** The same path without enrichment, recall and detection: decode, column blocks, rows. */
async function openOwnFloor(store: Store): Promise<Variant> {
  const decode = makeDecode({
    formats: await loadFormats(),
    envelopes: await loadCatalog<Envelope>(catalogs.envelopes, 'envelope'),
    pseudonym,
  })
  const recorder = openRecorder({
    append: store.append,
    insertBlock: store.insertBlock,
    clock,
    log: silent,
    meter: idle,
    flushRows: settings.CURFEW_FLUSH_ROWS,
    flushBytes: settings.CURFEW_FLUSH_BYTES,
    flushMs: settings.CURFEW_FLUSH_MS,
    onCauses() {},
  })
  const nothing = {
    findings: [],
    causes: [],
    replaced: [],
    curfews: [],
    derivedFacts: { edges: [], firstSights: [], names: [], signIns: [], entitlements: [] },
  }
  const deliver: Deliver = async (batch) => {
    const { events, rejected } = decode(batch)
    const { durable } = await recorder.record({ events: events.map(bare), rejected, ...nothing })
    return { durable: durable.then(batch.commit) }
  }
  return { deliver, take: (messages) => deliver(batchOf(messages)), close: recorder.close }
}

function bare(event: EnrichedEvent['event']): EnrichedEvent {
  return { event, place: noPlace, network: noNetwork, device: noDevice }
}

/**
 * What one would write in an afternoon: parse each message and hand the objects to the client. The
 * table has the product's columns and engine without its views; a row has what the message says.
 */
function openOrdinaryFloor(path: string): Variant {
  // One interface, declared in two packages: only a private field of a settings class differs.
  const connection = createChdbConnection({ path }) as unknown as Connection
  const client = createClient({ connection })
  const insert = async (values: readonly object[]) => {
    await client.insert({ table: 'floor_events', values, format: 'JSONEachRow' })
  }
  let rows: object[] = []
  let pending = Promise.withResolvers<void>()
  let writing: Promise<void> = Promise.resolve()
  let closed: Promise<void> | undefined
  const flush = () => {
    const [full, settled] = [rows, pending]
    rows = []
    pending = Promise.withResolvers<void>()
    writing = writing.then(() => insert(full)).then(settled.resolve, settled.reject)
  }
  return {
    take: async (messages) => {
      const receivedAt = new Date().toISOString()
      for (const { value, offset } of messages) rows.push(ordinaryRow(value, offset, receivedAt))
      const { promise } = pending
      if (rows.length >= ordinaryRows) {
        await writing
        flush()
      }
      return { durable: promise }
    },
    close: () => {
      closed ??= (async () => {
        if (rows.length > 0) flush()
        await writing
        await client.close()
      })()
      return closed
    },
  }
}

/** Objects to an insert: fewer than the product gathers, as it serves the ordinary way better. */
const ordinaryRows = 20_000

type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>

/** Tables beside the product's that a variant needs. */
export const floorTable =
  'create table floor_events as events engine = ReplacingMergeTree(row_version) partition by toYYYYMM(received_at) order by (tenant, instance, subject_ref, occurred_at, event_id)'

/** The shape of what `simulateEvents` sends; the ordinary way trusts its producer. */
interface Sent {
  readonly id: string
  readonly type: string
  readonly occurred_at: string
  readonly session?: { readonly id: string; readonly kind?: string }
  readonly subject?: { readonly id: string; readonly kind?: string }
  readonly outcome?: {
    readonly result: string
    readonly status?: number
    readonly observer?: string
  }
  readonly [field: string]: unknown
}

function ordinaryRow(value: Buffer, offset: string, receivedAt: string): object {
  const sent: Sent = JSON.parse(value.toString())
  const text = (field: string) => (typeof sent[field] === 'string' ? sent[field] : '')
  return {
    tenant: binding.tenant,
    instance: binding.instance,
    event_id: sent.id,
    native_id: sent.id,
    type: sent.type,
    occurred_at: sent.occurred_at,
    received_at: receivedAt,
    lane: 'live',
    source: 'kafka:bench',
    partition: 0,
    offset: Number(offset),
    session_kind: sent.session?.kind ?? '',
    session_id: sent.session?.id ?? '',
    subject_ref: sent.subject?.id ?? '',
    subject_kind: sent.subject?.kind ?? '',
    ip: text('ip'),
    user_agent: text('user_agent'),
    device_id: text('device_id'),
    client_fingerprint: text('client_fingerprint'),
    auth_method: text('auth_method'),
    organization_id: text('organization_id'),
    application_id: text('application_id'),
    outcome: sent.outcome?.result ?? '',
    outcome_status: sent.outcome?.status ?? 0,
    observer: sent.outcome?.observer ?? '',
  }
}

/** Rows that a variant has written, to show that it did what it was timed for. */
export const tableOf: { readonly [Name in VariantName]: string } = {
  ordinaryFloor: 'floor_events',
  ownFloor: 'events',
  full: 'events',
}
