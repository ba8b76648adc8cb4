import type { Finding } from './contract/finding.ts'
import { identify } from './contract/identity.ts'
import type { Clock, Log, Meter, Send } from './contract/ports.ts'
import type { Notice as EnforceNotice } from './enforce/notice.ts'
import type { Settings } from './settings.ts'
import type { Notice, NoticeKind } from './show/notify.ts'
import { openNotifier } from './show/notify.ts'

/** Tells people outside: what the enforcer and the detectors say, in the channel's words. */
export interface Telling {
  readonly ofEnforcer: (notice: EnforceNotice) => void
  /** Breaches only: a revoked session that its provider accepted, unless only shadowed. */
  readonly ofFindings: (findings: readonly Finding[]) => void
  readonly close: () => Promise<void>
}

const kinds: { readonly [Kind in EnforceNotice['kind']]: NoticeKind } = {
  broken: 'curfew.broken',
  breach: 'session.used_after_revocation',
  held: 'order.held',
  failed: 'order.held',
}

/** Opens the outbound channel, or one that only logs where no address is set. */
export function openTelling(
  settings: Settings,
  ports: { readonly send: Send; readonly clock: Clock; readonly log: Log; readonly meter: Meter },
): Telling {
  const { CURFEW_NOTIFY_URL: url, CURFEW_NOTIFY_SECRET: secret } = settings
  const notifier =
    url === undefined || secret === undefined ? undefined : openNotifier({ url, secret, ...ports })
  const tell = (notice: Notice): void => {
    if (notifier) notifier.tell(notice)
    else ports.log.warn({ notice }, 'nobody is told: no notice address is set')
  }
  return {
    ofEnforcer: ({ kind, noticeId, tenant, at, reason, ...about }) =>
      tell({
        id: identify('notice', noticeId),
        kind: kinds[kind],
        tenant,
        at,
        reason,
        ids: {
          instance: about.instance,
          order_id: about.orderId,
          session_kind: about.sessionKind,
          session_id: about.sessionId,
          subject_ref: about.subjectRef,
        },
      }),
    ofFindings: (findings) => {
      for (const finding of findings) {
        const { standing, severity, mode } = finding
        if (standing && severity === 'critical' && mode !== 'shadow') tell(breachOf(finding))
      }
    },
    close: async () => notifier?.close(),
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
}: Finding): Notice {
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
