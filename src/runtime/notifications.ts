import type { Settings } from '../config/settings.ts'
import type { CodeFault, OnFault } from '../contract/code-fault.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Clock, Log, Meter, Send } from '../contract/ports.ts'
import type { Lack, Unread } from '../contract/unread.ts'
import type { OnWork } from '../contract/work.ts'
import type { WorkFailure } from '../contract/work-fault.ts'
import type { Notice } from '../enforce/notices/notice.ts'
import { watchFaults } from '../health/code-faults.ts'
import type { Stopped, StopReason } from '../health/intake-health.ts'
import type { UnreachableCause } from '../health/unreachable-causes.ts'
import type { UnusableField } from '../health/unusable-fields.ts'
import type { Failing } from '../health/works.ts'
import type { Notification, NotificationKind } from './notify.ts'
import { openNotifier } from './notify.ts'

/** Notifies operators of what the enforcer, the detectors and the health checks report. */
export interface Notifications {
  readonly ofEnforcer: (notice: Notice) => void
  /** Notifies of breaches only: uses of a revoked session that its provider accepted. Not in shadow mode. */
  readonly ofFindings: (findings: readonly Finding[]) => void
  /** Nothing comes in for a tenant, an instance or a source. */
  readonly ofIntake: (stopped: Stopped) => void
  /** A source often fills a field with unusable values. */
  readonly ofUnusableField: (leftOut: UnusableField) => void
  /** Code of a stage threw on an event: counted each time, notified once a day. */
  readonly ofCodeFault: OnFault
  /** A provider leaves out what would give causes: once a day, `day` as in 2026-11-03. */
  readonly ofMissingCauses: (unread: Unread, day: string, at: number) => void
  /** Causes of a class can reach no session of an instance: once a day. */
  readonly ofUnreachableCause: (unreaching: UnreachableCause, day: string, at: number) => void
  /** Repeated work fails for longer than its grace. */
  readonly ofFailingWork: (failing: Failing) => void
  /** Waits up to 2 s, or `graceMs` if less, until the queue is sent: it may hold why the process ends. */
  readonly close: (graceMs?: number) => Promise<void>
}

/**
 * All values of `reason`. `guard:…` is the id of the guard that asks for approval. The enforcer's
 * longer texts may quote a provider's answer, so they stay in the store.
 */
export type NotificationReason =
  | 'alive_after_deadline'
  | 'end_not_proven'
  | 'lives_again'
  | 'undecided'
  | 'not_carried_out'
  | 'lists_unusable'
  | 'often_unusable'
  | 'failed_on_an_event'
  | `guard:${string}`
  | StopReason
  | WorkFailure
  | Lack
  | 'reaches_no_session'

interface ReasonedNotification extends Notification {
  readonly reason?: NotificationReason
}

const kinds: { readonly [Kind in Notice['kind']]: NotificationKind } = {
  broken: 'curfew.broken',
  breach: 'session.used_after_revocation',
  held: 'order.held',
  failed: 'order.held',
  unlisted: 'provider.unlisted',
}

/** Opens the outbound channel, or one that only logs where no address is set. */
export function openNotifications(
  settings: Settings,
  ports: {
    readonly send: Send
    readonly clock: Clock
    readonly log: Log
    readonly meter: Meter
    readonly onWork?: OnWork
  },
): Notifications {
  const { CURFEW_NOTIFY_URL: url, CURFEW_NOTIFY_SECRET: secret } = settings
  const notifier =
    url === undefined || secret === undefined ? undefined : openNotifier({ url, secret, ...ports })
  const notify = (notification: ReasonedNotification): void => {
    if (notifier) notifier.notify(notification)
    else ports.log.warn({ notification }, 'not sent: CURFEW_NOTIFY_URL is not set')
  }
  return {
    ofEnforcer: (notice) => notify(notificationOf(notice)),
    ofFindings: (findings) => {
      for (const finding of findings) {
        const { standing, severity, mode } = finding
        if (standing && severity === 'critical' && mode !== 'shadow') notify(breachOf(finding))
      }
    },
    ...aboutIntake(notify),
    ofCodeFault: watchFaults({
      ...ports,
      now: ports.clock.now,
      notify: (...fault) => notify(notificationOfFault(...fault)),
    }),
    ofMissingCauses: ({ tenant, instance, source, lack }, day, at) => {
      if (lack === '') return
      notify({
        id: identify('notice', 'blind', tenant, instance, source, lack, day),
        kind: 'provider.blind',
        tenant,
        at,
        reason: lack,
        ids: { instance, source },
      })
    },
    ofUnreachableCause: ({ tenant, instance, class: causeClass, scopeKind, causeId }, day, at) =>
      notify({
        id: identify('notice', 'reach', tenant, instance, causeClass, scopeKind, day),
        kind: 'cause.unreachable',
        tenant,
        at,
        reason: 'reaches_no_session',
        ids: { instance, cause_class: causeClass, scope_kind: scopeKind, cause_id: causeId },
      }),
    ofFailingWork: ({ work, of, tenant, reason, since }) =>
      notify({
        id: identify('notice', 'failing', tenant, work, of, String(since)),
        kind: 'work.failing',
        tenant,
        at: since,
        reason,
        ids: { work, ...(of === '' ? {} : { of }) },
      }),
    close: async (graceMs = closeGraceMs) => notifier?.close(Math.min(closeGraceMs, graceMs)),
  }
}

function aboutIntake(
  notify: (notification: ReasonedNotification) => void,
): Pick<Notifications, 'ofIntake' | 'ofUnusableField'> {
  return {
    ofIntake: ({ tenant, instance, source, reason, since }) =>
      notify({
        id: identify('notice', 'intake', tenant, instance, source, reason, String(since)),
        kind: 'intake.stopped',
        tenant,
        at: since,
        reason,
        ids: {
          ...(instance === '' ? {} : { instance }),
          ...(source === '' ? {} : { source }),
        },
      }),
    ofUnusableField: ({ tenant, instance, source, field, since }) =>
      notify({
        id: identify('notice', 'left out', tenant, instance, source, field, String(since)),
        kind: 'intake.fields_left_out',
        tenant,
        at: since,
        reason: 'often_unusable',
        ids: { instance, source, field },
      }),
  }
}

function notificationOfFault(fault: CodeFault, day: string, at: number): ReasonedNotification {
  const { tenant, instance, source, stage, part } = fault
  return {
    id: identify('notice', 'code fault', tenant, instance, stage, part, day),
    kind: 'intake.code_fault',
    tenant,
    at,
    reason: 'failed_on_an_event',
    ids: { instance, ...(source === '' ? {} : { source }), stage, part },
  }
}

const closeGraceMs = 2_000
/** Listed in one notification; the order has all of them. */
const alsoEndsMax = 20

function notificationOf(notice: Notice): ReasonedNotification {
  const { kind, noticeId, tenant, instance, orderId, at } = notice
  return {
    id: identify('notice', noticeId),
    kind: kinds[kind],
    tenant,
    at,
    reason: reasonOf(notice),
    ids:
      kind === 'unlisted'
        ? { instance }
        : {
            instance,
            order_id: orderId,
            session_kind: notice.sessionKind,
            session_id: notice.sessionId,
            subject_ref: notice.subjectRef,
            ...(notice.alsoEnds && { also_ends: notice.alsoEnds.slice(0, alsoEndsMax) }),
          },
  }
}

function reasonOf({ kind, orderId, guard }: Notice): NotificationReason {
  switch (kind) {
    case 'broken':
      // Without an order the session was observed alive; with one it was never observed dead.
      return orderId === '' ? 'alive_after_deadline' : 'end_not_proven'
    case 'breach':
      return 'lives_again'
    case 'held':
      return guard === undefined ? 'undecided' : `guard:${guard}`
    case 'unlisted':
      return 'lists_unusable'
    case 'failed':
      return 'not_carried_out'
  }
}

function breachOf({
  tenant,
  instance,
  findingId,
  sessionKind,
  sessionId,
  subjectRef,
  at,
}: Finding): ReasonedNotification {
  return {
    id: identify('notice', 'breach', findingId),
    kind: 'session.used_after_revocation',
    tenant,
    at,
    ids: {
      instance,
      finding_id: findingId,
      session_kind: sessionKind,
      session_id: sessionId,
      subject_ref: subjectRef,
    },
  }
}
