import type { Settings } from '../config/settings.ts'
import type { CodeFault, OnFault } from '../contract/code-fault.ts'
import type { Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Clock, Log, Meter, Send } from '../contract/ports.ts'
import type { Lack, Unread } from '../contract/unread.ts'
import type { OnWork } from '../contract/work.ts'
import type { WorkFailure } from '../contract/work-fault.ts'
import { guardIn } from '../enforce/guarding/objection-text.ts'
import type { Notice as EnforceNotice } from '../enforce/notices/notice.ts'
import { watchFaults } from '../health/code-faults.ts'
import type { Stopped, StopReason } from '../health/intake-health.ts'
import type { Unreaching } from '../health/unreachable-causes.ts'
import type { LeftOut } from '../health/unusable-fields.ts'
import type { Failing } from '../health/works.ts'
import type { Notice, NoticeKind } from './notify.ts'
import { openNotifier } from './notify.ts'

/** Tells people outside: what the enforcer and the detectors say, in the channel's words. */
export interface Telling {
  readonly ofEnforcer: (notice: EnforceNotice) => void
  /** Breaches only: a revoked session that its provider accepted, unless only shadowed. */
  readonly ofFindings: (findings: readonly Finding[]) => void
  /** That nothing comes in, of whom, and why. */
  readonly ofIntake: (stopped: Stopped) => void
  /** That a source often fills a field with what cannot be used. */
  readonly ofLeftOut: (leftOut: LeftOut) => void
  /** That code of a stage failed on what an event holds: counted each time, and told once a day. */
  readonly ofCodeFault: OnFault
  /** That a provider leaves out what would tell causes: once a day, `day` as in 2026-11-03. */
  readonly ofBlindness: (unread: Unread, day: string, at: number) => void
  /** That causes of a class can reach no session of an instance: once a day. */
  readonly ofReach: (unreaching: Unreaching, day: string, at: number) => void
  /** That something which is tried again and again does not go well. */
  readonly ofFailing: (failing: Failing) => void
  /** Gives what was told last a moment to get out: it may be why the process ends; 2 s, or less, ms. */
  readonly close: (graceMs?: number) => Promise<void>
}

/**
 * The words of `reason`, all that there are. `guard:…` names the guard that wants a person asked.
 * Whatever the enforcer says beyond that may repeat a provider's answer, and stays in the store.
 */
export type NoticeReason =
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

interface Said extends Notice {
  readonly reason?: NoticeReason
}

const kinds: { readonly [Kind in EnforceNotice['kind']]: NoticeKind } = {
  broken: 'curfew.broken',
  breach: 'session.used_after_revocation',
  held: 'order.held',
  failed: 'order.held',
  unlisted: 'provider.unlisted',
}

/** Opens the outbound channel, or one that only logs where no address is set. */
export function openTelling(
  settings: Settings,
  ports: {
    readonly send: Send
    readonly clock: Clock
    readonly log: Log
    readonly meter: Meter
    readonly onWork?: OnWork
  },
): Telling {
  const { CURFEW_NOTIFY_URL: url, CURFEW_NOTIFY_SECRET: secret } = settings
  const notifier =
    url === undefined || secret === undefined ? undefined : openNotifier({ url, secret, ...ports })
  const tell = (notice: Said): void => {
    if (notifier) notifier.tell(notice)
    else ports.log.warn({ notice }, 'nobody is told: no notice address is set')
  }
  return {
    ofEnforcer: (notice) => tell(noticeOf(notice)),
    ofFindings: (findings) => {
      for (const finding of findings) {
        const { standing, severity, mode } = finding
        if (standing && severity === 'critical' && mode !== 'shadow') tell(breachOf(finding))
      }
    },
    ...aboutIntake(tell),
    ofCodeFault: watchFaults({
      ...ports,
      now: ports.clock.now,
      tell: (...told) => tell(noticeOfFault(...told)),
    }),
    ofBlindness: ({ tenant, instance, source, lack }, day, at) => {
      if (lack === '') return
      tell({
        id: identify('notice', 'blind', tenant, instance, source, lack, day),
        kind: 'provider.blind',
        tenant,
        at,
        reason: lack,
        ids: { instance, source },
      })
    },
    ofReach: ({ tenant, instance, class: causeClass, scopeKind, causeId }, day, at) =>
      tell({
        id: identify('notice', 'reach', tenant, instance, causeClass, scopeKind, day),
        kind: 'cause.unreachable',
        tenant,
        at,
        reason: 'reaches_no_session',
        ids: { instance, cause_class: causeClass, scope_kind: scopeKind, cause_id: causeId },
      }),
    ofFailing: ({ work, of, tenant, reason, since }) =>
      tell({
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

function aboutIntake(tell: (notice: Said) => void): Pick<Telling, 'ofIntake' | 'ofLeftOut'> {
  return {
    ofIntake: ({ tenant, instance, source, reason, since }) =>
      tell({
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
    ofLeftOut: ({ tenant, instance, source, field, since }) =>
      tell({
        id: identify('notice', 'left out', tenant, instance, source, field, String(since)),
        kind: 'intake.fields_left_out',
        tenant,
        at: since,
        reason: 'often_unusable',
        ids: { instance, source, field },
      }),
  }
}

function noticeOfFault(fault: CodeFault, day: string, at: number): Said {
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
/** Named in one notice; the order has them all. */
const alsoEndsMax = 20

function noticeOf(notice: EnforceNotice): Said {
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

function reasonOf({ kind, orderId, reason }: EnforceNotice): NoticeReason {
  switch (kind) {
    case 'broken':
      // Told of the curfews when it was seen alive, and of its order when it was never seen dead.
      return orderId === '' ? 'alive_after_deadline' : 'end_not_proven'
    case 'breach':
      return 'lives_again'
    case 'held': {
      const guard = guardIn(reason)
      return guard === undefined ? 'undecided' : `guard:${guard}`
    }
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
}: Finding): Said {
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
