import type { CodeFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { SessionEvent } from '../contract/event.ts'
import { blankEvent } from '../contract/event.ts'
import { identify } from '../contract/identity.ts'
import type { Batch, Binding, RawMessage } from '../contract/raw-message.ts'
import type { Rejected } from '../contract/rejected.ts'
import {
  futureMsMax,
  messageBytesMax,
  messageDepthMax,
  pastMsMax,
} from '../contract/session-event-v1.ts'
import type { Unread } from '../contract/unread.ts'
import type { Envelope } from './envelope.ts'
import type { Claims, Fault, Format, Reading, ReadResult } from './format.ts'
import { blankReading } from './format.ts'
import type { JsonLimits } from './json.ts'
import type { Pseudonym } from './pseudonym.ts'
import { rejectionOf } from './rejection.ts'
import type { TimeLimits } from './rules.ts'
import { cutExpiries, dropStrangeTimes, missingPart, strangeTime } from './rules.ts'
import { makeUnreadCount, noteName } from './unread.ts'
import type { Unwrap } from './unwrap.ts'
import { makeUnwrap } from './unwrap.ts'

export interface DecodeLimits extends JsonLimits, TimeLimits {}

/** A decoded batch. Every message is in exactly one of the first four. */
export interface Decoded {
  readonly events: readonly SessionEvent[]
  readonly rejected: readonly Rejected[]
  /** Genuine messages that became no event. */
  readonly ignored: number
  /** Messages without a value, which delete their key. */
  readonly tombstones: number
  /** The kinds of ignored messages with their reasons, and of causes that reach no session. */
  readonly unread: readonly Unread[]
  /** Of how many events each field could not be used, in whole or in part. */
  readonly leftOut: ReadonlyMap<string, number>
  /** Readers that threw, one for each message that is rejected for it. */
  readonly faults: readonly CodeFault[]
}

export type Decode = (batch: Batch) => Decoded

const defaults: DecodeLimits = {
  bytesMax: messageBytesMax,
  depthMax: messageDepthMax,
  futureMs: futureMsMax,
  pastMs: pastMsMax,
}

/**
 * Makes the stage that turns bytes into events. What is wrong with one message is written down in
 * `rejected` and never disturbs the others; nothing that a message can hold makes it throw. Where a format or
 * an envelope throws all the same, its message is rejected as `reader_failed` and stands among `faults`.
 *
 * `formats` are those of `decode/formats` and of the connectors, `envelopes` those of `decode/envelopes`. Sizes are in
 * bytes, depths in levels, times in milliseconds: a live event may lie at most `futureMs` after it was
 * received (clocks differ) and `pastMs` before.
 */
export function makeDecode({
  formats,
  envelopes,
  pseudonym,
  limits: given,
}: {
  readonly formats: readonly Format[]
  readonly envelopes: readonly Envelope[]
  readonly pseudonym: Pseudonym
  readonly limits?: Partial<DecodeLimits>
}): Decode {
  const limits = { ...defaults, ...given }
  const means: Means = {
    formats: new Map(formats.map((format) => [format.id, format])),
    unwrap: makeUnwrap(envelopes, formats, limits),
    pseudonym,
    limits,
  }
  return (batch) => {
    const events: SessionEvent[] = []
    const rejected: Rejected[] = []
    let ignored = 0
    let tombstones = 0
    const unread = makeUnreadCount(batch)
    const { trustedHops, publicClients } = batch.binding
    const leftOut = new Map<string, number>()
    const faults: CodeFault[] = []
    for (const message of batch.messages) {
      if (isTombstone(message)) {
        tombstones++
        continue
      }
      const draft = draftOf(message, batch)
      const reading = blankReading(trustedHops, publicClients)
      const result = readOne(message, batch, { draft, reading }, means, faults)
      if (result === 'event') {
        events.push(draft)
        if (reading.leftOut !== undefined) count(reading.leftOut, leftOut)
        const lack = reading.deadEnd
        if (lack !== '') unread.add({ ...reading, unread: 'incomplete', lack }, message.format)
      } else if (result === 'ignored') {
        ignored++
        unread.add(reading, message.format)
      } else
        rejected.push(rejectionOf(reading.isShortened ? tooLarge(limits) : result, message, batch))
    }
    return { events, rejected, ignored, tombstones, unread: unread.all(), leftOut, faults }
  }
}

/** Once per event, however often a field of it was noted. */
function count(fields: readonly string[], counts: Map<string, number>): void {
  for (const field of new Set(fields)) counts.set(field, (counts.get(field) ?? 0) + 1)
}

interface Means {
  readonly formats: ReadonlyMap<string, Format>
  readonly unwrap: Unwrap
  readonly pseudonym: Pseudonym
  readonly limits: DecodeLimits
}

/**
 * Kafka's own sign that a key is gone: no value. Clients that cannot write one write an empty value
 * under the key instead, or what their serializer of JSON makes of null; without a key either is a
 * producer's mistake, and is rejected.
 */
function isTombstone({ value, hasKey }: RawMessage): boolean {
  if (value === null) return true
  return hasKey === true && (value.length === 0 || value.equals(jsonNull))
}

const jsonNull = Buffer.from('null')

function draftOf(message: RawMessage, batch: Batch): SessionEvent {
  const { binding } = batch
  const draft = blankEvent()
  draft.tenant = binding.tenant
  draft.instance = binding.instance
  draft.lane = binding.lane
  // History is judged and reported like everything else, but it never acts.
  draft.mayAct = binding.mayAct && binding.lane === 'live'
  draft.source = batch.source
  draft.partition = batch.partition
  draft.offset = message.offset
  draft.receivedAt = message.receivedAt
  return draft
}

interface Into {
  readonly draft: SessionEvent
  readonly reading: Reading
}

/** The one place where what a reader throws becomes a reject. */
function readOne(
  message: RawMessage,
  batch: Batch,
  into: Into,
  means: Means,
  faults: CodeFault[],
): ReadResult {
  try {
    return decodeOne(message, batch, into, means)
  } catch (error) {
    const thrown = thrownOn(error)
    const part = message.format ?? batch.format
    const { tenant, instance } = batch.binding
    faults.push({ tenant, instance, source: batch.source, stage: 'decode', part, ...thrown })
    return {
      reason: 'reader_failed',
      detail: `the reader of the format ${part} failed: ${thrown.error}`,
    }
  }
}

function decodeOne(
  message: RawMessage,
  batch: Batch,
  { draft, reading }: Into,
  { formats, unwrap, pseudonym, limits }: Means,
): ReadResult {
  if (message.value === null || message.value.length === 0) return empty
  const format = formats.get(message.format ?? batch.format)
  if (format === undefined) return unknownFormat
  const json = unwrap(message.value, batch.envelope ?? 'auto', reading)
  if (json === undefined) return reading.fault ?? 'ignored'
  const claims = format.claims?.(json) ?? {}
  if (!admitRealm(claims, batch.binding, draft)) {
    noteName(reading, 'another realm')
    return 'ignored'
  }
  const result = format.read(json, draft, reading)
  if (result !== 'event') return result
  if (!admit(claims, batch.binding, draft)) return foreignTenant
  cutExpiries(draft)
  dropStrangeTimes(draft, limits, reading)
  const fault = missingPart(draft) ?? strangeTime(draft, limits)
  if (fault !== undefined) return fault
  draft.id = identify(draft.tenant, draft.instance, draft.nativeId)
  draft.subjectRef = pseudonym(draft.tenant, draft.instance, draft.subjectId)
  draft.onBehalfOfRef = pseudonym(draft.tenant, draft.instance, draft.onBehalfOf)
  return 'event'
}

const empty: Fault = { reason: 'empty', detail: 'the message has no value' }
const unknownFormat: Fault = {
  reason: 'unknown_format',
  detail: 'no format of the catalogue has the id that the message or its source names',
}
/** Whatever else is wrong with a message that is too large may come of the cut. */
const tooLarge = ({ bytesMax }: DecodeLimits): Fault => ({
  reason: 'too_large',
  detail: `more than ${bytesMax} bytes`,
})
const foreignTenant: Fault = {
  reason: 'foreign_tenant',
  detail: 'tenant and instance must be those the source is bound to, or trusted to name',
}

/**
 * Whether the event is of a realm that the source may bring: its own, or that of an instance which it
 * is trusted to name, to which the draft is moved. Where either does not say its realm, it is.
 */
function admitRealm({ realm }: Claims, binding: Binding, draft: SessionEvent): boolean {
  const isSaid = typeof realm === 'string' && realm !== '' && binding.realm !== undefined
  if (!isSaid || realm === binding.realm) return true
  const pair = binding.trusted.find((each) => each.realm === realm)
  if (pair === undefined) return false
  draft.tenant = pair.tenant
  draft.instance = pair.instance
  return true
}

/**
 * Holds the claimed tenant and instance against the binding, and moves the draft to a claimed pair
 * that the source is trusted to name. Who can write to a source must not reach another tenant.
 */
function admit({ tenant, instance }: Claims, binding: Binding, draft: SessionEvent): boolean {
  const claimedTenant = tenant ?? binding.tenant
  const claimedInstance = instance ?? binding.instance
  if (claimedTenant === binding.tenant && claimedInstance === binding.instance) return true
  for (const pair of binding.trusted) {
    if (pair.tenant === claimedTenant && pair.instance === claimedInstance) {
      draft.tenant = pair.tenant
      draft.instance = pair.instance
      return true
    }
  }
  return false
}
