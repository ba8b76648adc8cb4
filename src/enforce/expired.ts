import type { Cause } from '../contract/cause.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock, Row } from '../contract/ports.ts'
import { causeIdOf } from './causes.ts'
import { instant, number, sessionKindOf, text } from './read-row.ts'

/** A session that was alive at its provider after its own expiry. */
export interface Outlived {
  readonly cause: Cause
  /** Only events told it so far: its provider should be asked before anything is done. */
  readonly unlisted: boolean
}

const name = 'tenant, instance, session_kind, session_id'
const outlived = `
select ${name}, max(s.subject_ref) as subject,
  toUnixTimestamp64Milli(max(s.expires_at)) as expires,
  toUnixTimestamp64Milli(max(s.idp_accepted_at)) as accepted,
  toUnixTimestamp64Milli(max(s.listed_at)) as listed
from sessions as s
where (${name}) in (select ${name} from sessions where updated_at >= {since:DateTime64(3)})
group by ${name}
having isNotNull(expires)
  and greatest(ifNull(accepted, 0), ifNull(listed, 0)) > expires + {slack:Int64}
limit 5000`

const acceptedLive = `
select tenant, instance, toString(session_kind) as kind, session_id,
  toUnixTimestamp64Milli(max(occurred_at)) as accepted, max(event_id) as event
from events
where session_id in {ids:Array(String)} and lane = 'live' and type = 'session.used'
  and outcome = 'accepted' and observer = 'idp'
group by tenant, instance, session_kind, session_id`

/**
 * Sessions told of since an instant of recording that were listed or accepted at their provider
 * after their expiry and clock uncertainty. An expiry that only events told does not act: who can
 * write events could else end any session. The provider's own list showing it does.
 */
export function makeExpired({
  ask,
  policy,
  clock,
}: {
  readonly ask: Ask
  readonly policy: Policy
  readonly clock: Clock
}): (since: number) => Promise<readonly Outlived[]> {
  const slack = policy.timing.clockUncertaintyMs
  return async (since) => {
    const rows = await ask(outlived, { since, slack })
    if (rows.length === 0) return []
    const ids = [...new Set(rows.map((row) => text(row, 'session_id')))]
    const live = new Map(
      (await ask(acceptedLive, { ids })).map((row) => [nameOf(row, 'kind'), row]),
    )
    return rows.map((row) => {
      const expiresAt = number(row, 'expires')
      const listed = (instant(row, 'listed') ?? 0) > expiresAt + slack
      const told = live.get(nameOf(row, 'session_kind'))
      const toldLive = told !== undefined && number(told, 'accepted') > expiresAt + slack
      return {
        cause: causeOfExpiry(row, { expiresAt, listed, toldLive, now: clock.now() }),
        unlisted: !listed && toldLive,
      }
    })
  }
}

function nameOf(row: Row, kind: string): string {
  return JSON.stringify(['tenant', 'instance', kind, 'session_id'].map((each) => text(row, each)))
}

function causeOfExpiry(
  row: Row,
  seen: {
    readonly expiresAt: number
    readonly listed: boolean
    readonly toldLive: boolean
    readonly now: number
  },
): Cause {
  const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
  const sessionKind = sessionKindOf(text(row, 'session_kind'))
  const sessionId = text(row, 'session_id')
  const about = [tenant, instance, sessionKind, sessionId, String(seen.expiresAt)]
  return {
    tenant,
    instance,
    causeId: causeIdOf(tenant, instance, 'session_expired', ...about),
    class: 'session_expired',
    eventId: '',
    at: seen.expiresAt,
    receivedAt: seen.now,
    lane: seen.listed || seen.toldLive ? 'live' : 'historical',
    mayAct: seen.listed,
    modeMax: 'enforce',
    scopeKind: 'session',
    scopeId: '',
    subjectRef: text(row, 'subject'),
    sessionKind,
    sessionId,
    exemptSessionId: '',
    initiatorKind: 'system',
    initiatorId: '',
    reason: seen.listed ? 'listed after its own expiry' : 'accepted after its own expiry',
  }
}
