import type { Clock, Meter } from '../../contract/ports.ts'
import type { Batch, Binding } from '../../contract/raw-message.ts'
import type { Rejected, RejectedReason } from '../../contract/rejected.ts'
import { waitFor } from '../deadline.ts'
import { linesIn, objectsIn } from '../files/json-objects.ts'
import type { Deliver } from '../source.ts'
import type { SignatureResult, SignedBody, Webhook } from './webhook.ts'

export const eventsBodyBytesMax = 1024 * 1024
export const eventsMax = 1_000

/**
 * What the sender is told. With 200, 202 and 422 everything is recorded and need not be sent again:
 * 422 says that none of it is an event.
 */
export interface IntakeAnswer {
  readonly status: 200 | 202 | 400 | 401 | 413 | 422 | 503
  readonly problem?: IntakeProblem
  /** Messages that are durable now and no rejects, those included that were known already. */
  readonly accepted: number
  /** Messages that are no events: recorded as such, and no better when they are sent again. */
  readonly rejected: readonly IntakeReject[]
  readonly retryAfterSeconds?: number
}

export interface IntakeReject {
  /** Position in the array, or among the lines that are not blank, counted from 0. */
  readonly index: number
  readonly reason: RejectedReason
  readonly detail: string
}

/** Which messages of a batch are no events, by the same rules as the journey's. */
export type Judge = (batch: Batch) => readonly Rejected[]

/**
 * Why not. `unsigned` stands for every fault of a signature: which one, only our metrics learn.
 * `busy`: too much is waiting already. `not_durable`: it was handed over but not recorded in time
 * or at all; sent again it is recognised.
 */
export type IntakeProblem =
  | 'unsigned'
  | 'not_events'
  | 'too_large'
  | 'too_many'
  | 'busy'
  | 'not_durable'

/** An instance that webhooks may come for, with all secrets that are in force for it. */
export interface Signer {
  readonly binding: Binding
  readonly secrets: readonly string[]
  /** How far the signed time may be from ours. */
  readonly toleranceMs?: number
}

export interface Intake {
  /** One webhook of a provider; which of the signers it is for follows from the secret that signed it. */
  readonly acceptWebhook: (request: {
    /** With the id of its connector, which is that of its format. */
    readonly webhook: Webhook & { readonly id: string }
    readonly rawBody: Buffer
    readonly signatureHeader: string | undefined
    readonly signers: readonly Signer[]
  }) => Promise<IntakeAnswer>
  /**
   * Events in our own contract: one object, an array, or one per line; at most 1,000. A body said to
   * be lines is cut by them, so that one broken line is rejected alone and the others count.
   */
  readonly acceptEvents: (request: {
    readonly rawBody: Buffer
    readonly contentType: string
    readonly binding: Binding
  }) => Promise<IntakeAnswer>
}

export interface IntakeLimits {
  /** Requests whose messages may be underway at once, and their bytes. */
  readonly underwayMax: number
  readonly underwayBytesMax: number
  /** How long a sender is kept waiting for its messages to become durable. */
  readonly waitMsMax: number
}

const limitsGiven: IntakeLimits = {
  underwayMax: 256,
  underwayBytesMax: 32 * 1024 * 1024,
  waitMsMax: 10_000,
}
const retryAfterSeconds = 5
const ndjson = /^application\/(x-)?(ndjson|jsonl|jsonlines)\b/i

/**
 * The part of webhook intake that knows nothing of HTTP. Success is told only once the messages
 * are durable. Senders repeat what was not answered, for days, and each time it gets a new position:
 * no position could tell that it is known, so the store is not asked for any. Event ids make a copy
 * change nothing.
 *
 * Positions are a count that begins at the clock's microseconds: a restart begins beyond whatever
 * the process before it used, as long as fewer than 1,000 messages come in each millisecond and
 * the clock was not set back.
 */
export function makeIntake({
  forward,
  judge,
  clock,
  meter,
  limits = limitsGiven,
}: {
  readonly forward: Deliver
  readonly judge: Judge
  readonly clock: Clock
  readonly meter: Meter
  readonly limits?: IntakeLimits
}): Intake {
  const forwardMessages = makeForwardMessages({ forward, judge, clock, meter, limits })
  const told = (route: string, answer: IntakeAnswer): IntakeAnswer => {
    meter.count('curfew_source_intake_requests_total', { route, status: String(answer.status) })
    return answer
  }
  return {
    async acceptWebhook({ webhook, rawBody, signatureHeader: header, signers }) {
      const { id, bodyBytesMax, verify } = webhook
      if (rawBody.length > bodyBytesMax) return told(id, refusal(413, 'too_large'))
      const signed = { rawBody, header, now: clock.now() }
      const { result, binding } = signerOf(signed, signers, verify)
      meter.count('curfew_source_signatures_total', { result })
      if (binding === undefined) return told(id, refusal(401, 'unsigned'))
      // Genuine, so it is taken whatever it says: refusing it would only bring it again for days.
      const source = `intake:${id}:${binding.instance}`
      const bodies = [rawBody]
      return told(id, await forwardMessages({ source, format: id, binding, bodies }, 200))
    },
    async acceptEvents({ rawBody, contentType, binding }) {
      if (rawBody.length > eventsBodyBytesMax) return told('events', refusal(413, 'too_large'))
      const cut = ndjson.test(contentType) ? linesIn : objectsIn
      const bodies = cut(withoutMark(rawBody), eventsMax)
      if (bodies === undefined) return told('events', refusal(400, 'not_events'))
      if (bodies === 'too_many') return told('events', refusal(413, 'too_many'))
      const source = `intake:events:${binding.instance}`
      const format = 'session-event-v1'
      const answer = await forwardMessages({ source, format, binding, bodies }, 202)
      const isNothing = answer.accepted === 0 && answer.rejected.length > 0
      return told('events', isNothing ? { ...answer, status: 422 } : answer)
    },
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(byteOrderMark) ? body.subarray(3) : body
}

/**
 * Who signed it, and what the signature is worth. A secret of one instance is a wrong one for all
 * others, so of all the answers the one that says most counts: it is one delivery and is counted once.
 */
function signerOf(
  signed: Omit<SignedBody, 'secrets'>,
  signers: readonly Signer[],
  verify: Webhook['verify'],
): { readonly result: SignatureResult; readonly binding: Binding | undefined } {
  let told = verify({ ...signed, secrets: [] })
  for (const { binding, ...own } of signers) {
    const result = verify({ ...signed, ...own })
    if (result === 'ok') return { result, binding }
    if (result !== 'forged') told = result
  }
  return { result: told, binding: undefined }
}

interface Bodies {
  readonly source: string
  readonly format: string
  readonly binding: Binding
  readonly bodies: readonly Buffer[]
}

/** What one instance has under way. */
interface Share {
  underway: number
  bytes: number
}

function makeForwardMessages({
  forward,
  judge,
  clock,
  meter,
  limits,
}: {
  readonly forward: Deliver
  readonly judge: Judge
  readonly clock: Clock
  readonly meter: Meter
  readonly limits: IntakeLimits
}): (given: Bodies, success: 200 | 202) => Promise<IntakeAnswer> {
  let underway = 0
  let underwayBytes = 0
  const shares = new Map<string, Share>()
  let offset = clock.now() * 1_000
  const batchOf = ({ source, format, binding, bodies }: Bodies): Batch => {
    const receivedAt = clock.now()
    return {
      source,
      partition: 0,
      format,
      binding,
      messages: bodies.map((value) => ({ value, offset: offset++, receivedAt })),
      redelivered: false,
      // The sender keeps the position: what it was not told to be durable, it sends again.
      commit: async () => undefined,
    }
  }
  return async (given, success) => {
    const bytes = given.bodies.reduce((sum, { length }) => sum + length, 0)
    if (given.bodies.length === 0) return { status: success, accepted: 0, rejected: [] }
    const { tenant, instance } = given.binding
    const of = JSON.stringify([tenant, instance])
    const share = shares.get(of) ?? { underway: 0, bytes: 0 }
    // No instance has more under way than is still free for others, however much it sends.
    const isFull = share.underway >= limits.underwayMax - underway
    if (isFull || share.bytes + bytes > limits.underwayBytesMax - underwayBytes) {
      return { ...refusal(503, 'busy'), retryAfterSeconds }
    }
    shares.set(of, share)
    share.underway += 1
    share.bytes += bytes
    underway += 1
    underwayBytes += bytes
    meter.gauge('curfew_source_intake_deliveries', underway)
    // Counted until it is settled, not until the sender gave up: till then it takes up memory.
    const batch = batchOf(given)
    const recorded = record(batch, forward).finally(() => {
      underway -= 1
      underwayBytes -= bytes
      share.underway -= 1
      share.bytes -= bytes
      meter.gauge('curfew_source_intake_deliveries', underway)
    })
    const end = await waitFor(recorded, { clock, ms: limits.waitMsMax }).catch(() => 'failed')
    if (end !== 'done') return { ...refusal(503, 'not_durable'), retryAfterSeconds }
    const rejected = rejectsOf(batch, judge)
    return { status: success, accepted: batch.messages.length - rejected.length, rejected }
  }
}

async function record(batch: Batch, forward: Deliver): Promise<void> {
  const delivered = await forward(batch)
  await delivered.durable
}

/** Positions of a batch follow one another, so the difference to the first is the index. */
function rejectsOf(batch: Batch, judge: Judge): readonly IntakeReject[] {
  const first = batch.messages[0]?.offset ?? 0
  return judge(batch).map(({ offset, reason, detail }) => ({
    index: offset - first,
    reason,
    detail,
  }))
}

function refusal(status: 400 | 401 | 413 | 503, problem: IntakeProblem): IntakeAnswer {
  return { status, problem, accepted: 0, rejected: [] }
}
