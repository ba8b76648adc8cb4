import { Webhook } from 'standardwebhooks'
import { CurfewError } from '../contract/errors.ts'
import { inertJson } from '../contract/inert.ts'
import type { Clock, Log, Meter, Send } from '../contract/ports.ts'
import type { OnWork } from '../contract/work.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { RecentIds } from '../process/recent-ids.ts'

/** What is told outside: that somebody has to look, and at what. */
export type NoticeKind =
  | 'curfew.broken'
  | 'session.used_after_revocation'
  | 'order.held'
  | 'intake.stopped'
  | 'provider.unlisted'
  | 'intake.fields_left_out'
  | 'intake.code_fault'
  | 'provider.blind'
  | 'cause.unreachable'
  | 'work.failing'

/**
 * One thing to tell. It holds ids and words of ours and nobody's name, address or text: whoever
 * receives it asks the API for the rest, with rights of their own.
 */
export interface Notice {
  /** The same for the same happening: it is told once, and receivers may rely on it. */
  readonly id: string
  readonly kind: NoticeKind
  readonly tenant: string
  /** ms since the epoch at which it was known. */
  readonly at: number
  readonly ids: {
    readonly instance?: string
    /** Which source it is about: `kafka:<topic>`, `feed:<instance>`. */
    readonly source?: string
    /** Which field, by its name in the source's format. */
    readonly field?: string
    /** Which stage's code failed, and which part of it: the id of a format or a detector. */
    readonly stage?: string
    readonly part?: string
    readonly curfew_id?: string
    readonly finding_id?: string
    readonly order_id?: string
    readonly session_kind?: string
    readonly session_id?: string
    readonly subject_ref?: string
    /** Sessions that the order's call ends as well, by kind and id. */
    readonly also_ends?: readonly string[]
    readonly cause_id?: string
    readonly cause_class?: string
    readonly scope_kind?: string
    /** What is done over and over and fails, and of which it is one. */
    readonly work?: string
    readonly of?: string
  }
  /** A word of a closed list: of `src/runtime/notifications.ts`. */
  readonly reason?: string
}

export interface Notifier {
  /** Queues a notice; one told before is left out. Never throws and never waits. */
  readonly tell: (notice: Notice) => void
  /**
   * Takes nothing more and stops, once nothing waits or `graceMs` are over; what is still queued then
   * is lost, and counted as given up.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Notices waiting at most; the oldest go first, since the newest say how things are now. */
const queuedMax = 1_000
const rememberedMax = 10_000
const timeoutMs = 10_000
const firstWaitMs = 1_000
const waitMaxMs = 60_000
/** After this long nobody is helped by an alert any more; the store still has it. */
const giveUpMs = 15 * 60_000
const notices = { work: 'notices', of: '' } as const
const undelivered = new CurfewError('SHOW_UNAVAILABLE', 'a notice was not taken', { retry: true })

interface Waiting {
  readonly notice: Notice
  readonly giveUpAt: number
  attempts: number
  dueAt: number
}

/**
 * Opens the outbound channel: webhooks signed as Standard Webhooks says, to the one address in the
 * operator's settings and to no other. Redirects are not followed: a 3xx is a refusal like any
 * other, so that whoever holds that address cannot point us at something inside.
 *
 * @throws CurfewError SETTINGS_INVALID for an address that is neither https nor loopback, or a
 *   secret that is none.
 */
export function openNotifier({
  url,
  secret,
  send,
  clock,
  log,
  meter,
  onWork = () => {},
}: {
  readonly url: string
  /** `whsec_` and base64, as the receiver has it. */
  readonly secret: string
  readonly send: Send
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Called for each try to deliver a notice. */
  readonly onWork?: OnWork
}): Notifier {
  checkUrl(url)
  const attempt = makeAttempt({ url, webhook: openWebhook(secret), send, clock, meter, onWork })
  const queue: Waiting[] = []
  const queuedIds = new RecentIds(rememberedMax)
  const end = new AbortController()
  let emptied: PromiseWithResolvers<void> | undefined
  let wake = new AbortController()

  const tell = (notice: Notice): void => {
    if (end.signal.aborted || emptied) return
    if (!queuedIds.add(notice.id)) {
      meter.count('curfew_notices_total', { result: 'repeated' })
      return
    }
    if (queue.length >= queuedMax) dropOldest(queue, queuedIds, { meter, log })
    const now = clock.now()
    queue.push({ notice, giveUpAt: now + giveUpMs, attempts: 0, dueAt: now })
    wake.abort()
  }

  const settle = (waiting: Waiting, retryAfterMs: number | undefined): void => {
    waiting.attempts += 1
    const backOffMs = Math.min(waitMaxMs, firstWaitMs * 2 ** (waiting.attempts - 1))
    waiting.dueAt = clock.now() + Math.max(backOffMs, Math.min(waitMaxMs, retryAfterMs ?? 0))
    if (waiting.dueAt <= waiting.giveUpAt) return
    take(queue, waiting)
    queuedIds.delete(waiting.notice.id)
    meter.count('curfew_notices_total', { result: 'given_up' })
    log.error({ notice: waiting.notice.id }, 'a notice could not be delivered and was given up')
  }

  const run = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const next = earliest(queue)
      if (next === undefined) emptied?.resolve()
      const waitMs = next === undefined ? waitMaxMs : next.dueAt - clock.now()
      if (next === undefined || waitMs > 0) {
        wake = new AbortController()
        await clock.wait(waitMs, AbortSignal.any([wake.signal, end.signal]))
        continue
      }
      const answer = await attempt(next.notice, end.signal)
      if (answer.delivered) {
        take(queue, next)
        meter.count('curfew_notices_total', { result: 'delivered' })
      } else if (!end.signal.aborted) settle(next, answer.retryAfterMs)
    }
  }
  const running = run()
  return {
    tell,
    close: async (graceMs = 0) => {
      emptied = Promise.withResolvers()
      if (queue.length > 0 && graceMs > 0) {
        await Promise.race([emptied.promise, clock.wait(graceMs, end.signal)])
      }
      end.abort()
      await running
      meter.count('curfew_notices_total', { result: 'given_up' }, queue.length)
      if (queue.length > 0) log.warn({ notices: queue.length }, 'undelivered notices were lost')
    },
  }
}

function dropOldest(
  queue: Waiting[],
  queuedIds: RecentIds,
  { meter, log }: { readonly meter: Meter; readonly log: Log },
): void {
  // Of whoever has most of them waiting: one tenant's flood must not silence the others.
  const counts = Map.groupBy(queue, ({ notice }) => notice.tenant)
  const most = [...counts.values()].reduce((one, other) =>
    other.length > one.length ? other : one,
  )
  const [oldest] = most
  if (oldest) take(queue, oldest)
  const id = oldest?.notice.id ?? ''
  // It may be told again: whoever tells a second time must not be answered with silence.
  queuedIds.delete(id)
  meter.count('curfew_notices_total', { result: 'dropped' })
  log.warn({ notice: id }, 'too many notices wait; the oldest was dropped')
}

interface Attempted {
  readonly delivered: boolean
  readonly retryAfterMs?: number
}

/** Makes one try: signed anew each time, since receivers refuse a signature older than minutes. */
function makeAttempt({
  url,
  webhook,
  send,
  clock,
  meter,
  onWork,
}: {
  readonly url: string
  readonly webhook: Webhook
  readonly send: Send
  readonly clock: Clock
  readonly meter: Meter
  readonly onWork: OnWork
}) {
  const failed = (signal: AbortSignal): void => {
    if (!signal.aborted) onWork({ ...notices, error: undelivered, lapsesMs: giveUpMs * 2 })
  }
  return async (notice: Notice, signal: AbortSignal): Promise<Attempted> => {
    const body = bodyOf(notice)
    const at = new Date(clock.now())
    const headers = {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(notice.id, at, body),
    }
    try {
      const answer = await send(url, { method: 'POST', headers, body, timeoutMs, signal })
      const delivered = answer.status >= 200 && answer.status < 300
      meter.count('curfew_notice_attempts_total', { result: delivered ? 'accepted' : 'refused' })
      if (delivered) onWork(notices)
      else failed(signal)
      const waitMs = retryAfterMs(answer.headers['retry-after'], clock.now())
      return waitMs === undefined ? { delivered } : { delivered, retryAfterMs: waitMs }
    } catch {
      // Whatever went wrong on the way, the answer is the same: later again.
      meter.count('curfew_notice_attempts_total', { result: 'unreachable' })
      failed(signal)
      return { delivered: false }
    }
  }
}

/** The payload: type, timestamp and data, as Standard Webhooks recommends. */
function bodyOf({ kind, at, tenant, ids, reason }: Notice): string {
  const data = { tenant, ...ids, ...(reason === undefined ? {} : { reason }) }
  return inertJson(JSON.stringify({ type: kind, timestamp: new Date(at).toISOString(), data }))
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '')
  const safe = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && loopback)
  if (!safe || parsed?.username !== '' || parsed.password !== '') {
    throw new CurfewError(
      'SETTINGS_INVALID',
      'the address for notices must be https, or http on this machine, and hold no password',
    )
  }
}

function openWebhook(secret: string): Webhook {
  try {
    return new Webhook(secret)
  } catch {
    // The library's own message may quote the secret, so it is not passed on as the cause.
    throw new CurfewError(
      'SETTINGS_INVALID',
      'the secret for notices must be whsec_ and base64, as the receiver shows it',
    )
  }
}

function earliest(queue: readonly Waiting[]): Waiting | undefined {
  let first: Waiting | undefined
  for (const each of queue) if (first === undefined || each.dueAt < first.dueAt) first = each
  return first
}

function take(queue: Waiting[], waiting: Waiting): void {
  const index = queue.indexOf(waiting)
  if (index >= 0) queue.splice(index, 1)
}
