import { Webhook } from 'standardwebhooks'
import { CurfewError } from '../contract/errors.ts'
import { inertJson } from '../contract/inert.ts'
import type { Clock, Log, Meter, Send } from '../contract/ports.ts'
import type { OnWork } from '../contract/work.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { RecentIds } from '../process/recent-ids.ts'

/** What an operator is notified of. */
export type NotificationKind =
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
 * A message to the operator's webhook. It holds ids and codes, and no name, address or text of a
 * person: the receiver reads the rest from the API, with its own rights.
 */
export interface Notification {
  /** Idempotency key: one id for one event. It is sent once, and receivers may deduplicate by it. */
  readonly id: string
  readonly kind: NotificationKind
  readonly tenant: string
  /** ms since the epoch at which the event was observed. */
  readonly at: number
  readonly ids: {
    readonly instance?: string
    /** The source: `kafka:<topic>`, `feed:<instance>`. */
    readonly source?: string
    /** The field, by its name in the source's format. */
    readonly field?: string
    /** The stage whose code failed, and the part of it: the id of a format or a detector. */
    readonly stage?: string
    readonly part?: string
    readonly curfew_id?: string
    readonly finding_id?: string
    readonly order_id?: string
    readonly session_kind?: string
    readonly session_id?: string
    readonly subject_ref?: string
    /** Other sessions that the order's call ends too, by kind and id. */
    readonly also_ends?: readonly string[]
    readonly cause_id?: string
    readonly cause_class?: string
    readonly scope_kind?: string
    /** The kind of repeated work that fails, and its key. */
    readonly work?: string
    readonly of?: string
  }
  /** One of `NotificationReason` in `src/runtime/notifications.ts`. */
  readonly reason?: string
}

export interface Notifier {
  /** Queues a notification, unless its id was queued before. Never throws and never waits. */
  readonly notify: (notification: Notification) => void
  /**
   * Takes no more notifications, waits up to `graceMs` (ms) until the queue is empty, and stops. The
   * rest of the queue is lost and counted as given up.
   */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Length of the queue. The oldest are dropped first, since the newest describe the present state. */
const queuedMax = 1_000
const rememberedMax = 10_000
const timeoutMs = 10_000
const firstWaitMs = 1_000
const waitMaxMs = 60_000
/** An older alert is of no use; the store still has what it was about. */
const giveUpMs = 15 * 60_000
const delivery = { work: 'notices', of: '' } as const
const undelivered = new CurfewError(
  'SHOW_UNAVAILABLE',
  'the receiver did not take a notification',
  { retry: true },
)

interface Waiting {
  readonly notification: Notification
  readonly giveUpAt: number
  attempts: number
  dueAt: number
}

/**
 * Opens the outbound channel: webhooks signed by Standard Webhooks, to the one address in the
 * operator's settings. Redirects are not followed: a 3xx is a refusal, so that the receiver cannot
 * redirect us to an address inside our network.
 *
 * @throws CurfewError SETTINGS_INVALID for an address that is neither https nor loopback, or a
 *   malformed secret.
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
  /** Called for each attempt to deliver a notification. */
  readonly onWork?: OnWork
}): Notifier {
  checkUrl(url)
  const attempt = makeAttempt({ url, webhook: openWebhook(secret), send, clock, meter, onWork })
  const queue: Waiting[] = []
  const queuedIds = new RecentIds(rememberedMax)
  const end = new AbortController()
  let emptied: PromiseWithResolvers<void> | undefined
  let wake = new AbortController()

  const notify = (notification: Notification): void => {
    if (end.signal.aborted || emptied) return
    if (!queuedIds.add(notification.id)) {
      meter.count('curfew_notices_total', { result: 'repeated' })
      return
    }
    if (queue.length >= queuedMax) dropOldest(queue, queuedIds, { meter, log })
    const now = clock.now()
    queue.push({ notification, giveUpAt: now + giveUpMs, attempts: 0, dueAt: now })
    wake.abort()
  }

  const settle = (waiting: Waiting, retryAfterMs: number | undefined): void => {
    waiting.attempts += 1
    const backOffMs = Math.min(waitMaxMs, firstWaitMs * 2 ** (waiting.attempts - 1))
    waiting.dueAt = clock.now() + Math.max(backOffMs, Math.min(waitMaxMs, retryAfterMs ?? 0))
    if (waiting.dueAt <= waiting.giveUpAt) return
    take(queue, waiting)
    queuedIds.delete(waiting.notification.id)
    meter.count('curfew_notices_total', { result: 'given_up' })
    log.error({ notification: waiting.notification.id }, 'an undelivered notification is given up')
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
      const answer = await attempt(next.notification, end.signal)
      if (answer.delivered) {
        take(queue, next)
        meter.count('curfew_notices_total', { result: 'delivered' })
      } else if (!end.signal.aborted) settle(next, answer.retryAfterMs)
    }
  }
  const running = run()
  return {
    notify,
    close: async (graceMs = 0) => {
      emptied = Promise.withResolvers()
      if (queue.length > 0 && graceMs > 0) {
        await Promise.race([emptied.promise, clock.wait(graceMs, end.signal)])
      }
      end.abort()
      await running
      meter.count('curfew_notices_total', { result: 'given_up' }, queue.length)
      if (queue.length > 0)
        log.warn({ notifications: queue.length }, 'undelivered notifications were lost')
    },
  }
}

function dropOldest(
  queue: Waiting[],
  queuedIds: RecentIds,
  { meter, log }: { readonly meter: Meter; readonly log: Log },
): void {
  // Of the tenant that has most of them queued: a flood of one tenant must not silence the others.
  const counts = Map.groupBy(queue, ({ notification }) => notification.tenant)
  const most = [...counts.values()].reduce((one, other) =>
    other.length > one.length ? other : one,
  )
  const [oldest] = most
  if (oldest) take(queue, oldest)
  const id = oldest?.notification.id ?? ''
  // Another notification with this id must be queued again, not skipped as a repetition.
  queuedIds.delete(id)
  meter.count('curfew_notices_total', { result: 'dropped' })
  log.warn({ notification: id }, 'the notification queue is full; the oldest was dropped')
}

interface Attempted {
  readonly delivered: boolean
  readonly retryAfterMs?: number
}

/** Makes one attempt. Each is signed anew, since receivers refuse a signature that is minutes old. */
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
    if (!signal.aborted) onWork({ ...delivery, error: undelivered, lapsesMs: giveUpMs * 2 })
  }
  return async (notification: Notification, signal: AbortSignal): Promise<Attempted> => {
    const body = bodyOf(notification)
    const at = new Date(clock.now())
    const headers = {
      'content-type': 'application/json',
      'webhook-id': notification.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(notification.id, at, body),
    }
    try {
      const answer = await send(url, { method: 'POST', headers, body, timeoutMs, signal })
      const delivered = answer.status >= 200 && answer.status < 300
      meter.count('curfew_notice_attempts_total', { result: delivered ? 'accepted' : 'refused' })
      if (delivered) onWork(delivery)
      else failed(signal)
      const waitMs = retryAfterMs(answer.headers['retry-after'], clock.now())
      return waitMs === undefined ? { delivered } : { delivered, retryAfterMs: waitMs }
    } catch {
      // Any failure of the connection is handled alike: another attempt later.
      meter.count('curfew_notice_attempts_total', { result: 'unreachable' })
      failed(signal)
      return { delivered: false }
    }
  }
}

/** The payload: type, timestamp and data, as Standard Webhooks recommends. */
function bodyOf({ kind, at, tenant, ids, reason }: Notification): string {
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
      'the notification address must be https, or http on this machine, without user name and password',
    )
  }
}

function openWebhook(secret: string): Webhook {
  try {
    return new Webhook(secret)
  } catch {
    // The library's message may quote the secret, so it is not the cause of this error.
    throw new CurfewError(
      'SETTINGS_INVALID',
      'the notification secret must be whsec_ and base64, as the receiver shows it',
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
