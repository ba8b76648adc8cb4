import { instanceKey } from '../contract/identity.ts'
import type { Clock, Log, Meter } from '../contract/ports.ts'
import type { OnWork } from '../contract/work.ts'
import type { Notice } from './notice.ts'

/** For whom a list or a read was asked for, and of which instance. */
interface About {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}

/** Keeps count of lists and reads that could not be used, and says so. */
export interface ListTroubles {
  /** The provider gave no usable answer; `reason` repeats none of it. */
  readonly failed: (about: About, reason: string) => Promise<void>
  /** It did: what stood against this subject's list is over. */
  readonly worked: (about: About) => void
}

/** How often the log repeats it for one instance, and how long it lasts before people are told, ms. */
const logEveryMs = 60_000
const tellAfterMs = 30_000
/** People are told once for one instance and this long. */
const tellEveryMs = 60 * 60_000
const subjectsMax = 10_000

/**
 * A list that cannot be read stops nothing and proves nothing: the order that needs it makes its call
 * without it, and reading back goes on. But nobody must have to find out by the verdicts alone.
 */
export function makeListTroubles({
  clock,
  log,
  meter,
  tell,
  onWork,
}: {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly tell: (notice: Notice) => Promise<void>
  readonly onWork: OnWork
}): ListTroubles {
  /** By subject: since when its list cannot be used, ms since the epoch. */
  const since = new Map<string, number>()
  const loggedAt = new Map<string, number>()
  const toldAt = new Map<string, number>()
  const nameOf = ({ tenant, instance, subjectRef }: About) =>
    `${instanceKey(tenant, instance)}\u0000${subjectRef}`
  const isDue = (at: Map<string, number>, key: string, everyMs: number): boolean => {
    const last = at.get(key)
    if (last !== undefined && clock.now() - last < everyMs) return false
    at.set(key, clock.now())
    return true
  }
  return {
    worked: (about) => {
      const { tenant, instance } = about
      since.delete(nameOf(about))
      const prefix = `${instanceKey(tenant, instance)}\u0000`
      const others = since.keys().some((name) => name.startsWith(prefix))
      if (!others) onWork({ work: 'lists', of: instance, tenant })
    },
    failed: async (about, reason) => {
      meter.count('curfew_enforce_list_failures_total')
      const { tenant, instance } = about
      onWork({ work: 'lists', of: instance, tenant, error: reason })
      const key = instanceKey(tenant, instance)
      const now = clock.now()
      const name = nameOf(about)
      if (since.size >= subjectsMax) since.clear()
      const begun = since.get(name) ?? now
      since.set(name, begun)
      if (isDue(loggedAt, key, logEveryMs)) {
        const text = 'a list of sessions cannot be used; it is asked for again'
        log.warn({ tenant, instance, reason }, text)
      }
      if (now - begun < tellAfterMs || !isDue(toldAt, key, tellEveryMs)) return
      await tell(noticeOf(about, reason, now))
    },
  }
}

function noticeOf({ tenant, instance, subjectRef }: About, reason: string, at: number): Notice {
  return {
    kind: 'unlisted',
    noticeId: `unlisted ${instanceKey(tenant, instance)} ${at}`,
    tenant,
    instance,
    sessionKind: '',
    sessionId: '',
    subjectRef,
    orderId: '',
    curfewIds: [],
    reason,
    at,
  }
}
