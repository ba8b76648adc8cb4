import type { Cause } from '../../contract/cause.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask, Clock, Row } from '../../contract/ports.ts'
import { instant, number, sessionKindOf, text } from '../../contract/read-row.ts'
import { ChangePages, pageCondition, pageLimit } from '../paging/change-pages.ts'
import type { SessionPosition } from '../paging/session-position.ts'
import { bySession } from '../paging/session-position.ts'
import { causeIdOf } from '../rows/cause-rows.ts'

/** A session that was alive at its provider after its own expiry. */
export interface Outlived {
  readonly cause: Cause
  /** Only events report it so far: its provider should be listed before any action. */
  readonly unlisted: boolean
}

const most = 5_000
const share = 500
const name = 'tenant, instance, session_kind, session_id'
const inOrder = 'session_kind, session_id'
const outlived = `
select ${name}, toString(session_kind) as kind, max(s.subject_ref) as subject,
  toUnixTimestamp64Milli(max(s.expires_at)) as expires,
  toUnixTimestamp64Milli(max(s.idp_accepted_at)) as accepted,
  toUnixTimestamp64Milli(max(s.listed_at)) as listed
from sessions as s
where (${name}) in (select ${name} from sessions where updated_at >= {since:DateTime64(3)})
  ${pageCondition(inOrder, '{kind:String}, {id:String}')}
group by ${name}
having isNotNull(expires)
  and greatest(ifNull(accepted, 0), ifNull(listed, 0)) > expires + {slack:Int64}${pageLimit(inOrder)}`

const ofSome =
  'tenant in {tenants:Array(String)} and instance in {instances:Array(String)} and session_id in {ids:Array(String)}'
/** Sessions whose expiry the provider itself reported. */
const shown = `
select tenant, instance, toString(session_kind) as kind, session_id
from listed_sessions
where ${ofSome} and isNotNull(expires_at)
group by tenant, instance, session_kind, session_id`

const acceptedLive = `
select tenant, instance, toString(session_kind) as kind, session_id,
  toUnixTimestamp64Milli(max(occurred_at)) as accepted, max(event_id) as event
from events
where ${ofSome} and lane = 'live' and type = 'session.used'
  and outcome = 'accepted' and observer = 'idp'
group by tenant, instance, session_kind, session_id`

export interface FindOutlived {
  /** The pages left to read. */
  readonly pages: ChangePages<SessionPosition>
  /** Reads the next pages and passes on the sessions found. */
  readonly next: (take: (found: readonly Outlived[]) => Promise<void>) => Promise<void>
}

/**
 * Sessions changed since an instant of recording that were listed or accepted at their provider
 * after their expiry plus clock uncertainty. An expiry that only events report does not act: a
 * writer or a replay of events could otherwise end any session. An expiry in the provider's own
 * list does.
 */
export function makeFindOutlived({
  ask,
  policy,
  clock,
  isPaused = () => false,
}: {
  readonly ask: Ask
  readonly policy: Policy
  readonly clock: Clock
  readonly isPaused?: () => boolean
}): FindOutlived {
  const slack = policy.timing.clockUncertaintyMs
  const pages = new ChangePages<SessionPosition>({ ...bySession, clock, isPaused, share, most })
  const next: FindOutlived['next'] = (take) =>
    pages.read(
      (values) => ask(outlived, { ...values, slack }),
      async (rows) => {
        for (const page of pagesBy(rows, bytes)) {
          await take(await judged(ask, page, slack, clock.now()))
        }
      },
    )
  return { pages, next }
}

/** Bytes of a session's key in a statement. */
const bytes = (row: Row): number =>
  ['tenant', 'instance', 'session_id'].reduce((sum, column) => sum + bytesOf(text(row, column)), 0)

async function judged(
  ask: Ask,
  rows: readonly Row[],
  slack: number,
  now: number,
): Promise<readonly Outlived[]> {
  if (rows.length === 0) return []
  const every = (column: string) => [...new Set(rows.map((row) => text(row, column)))]
  const about = {
    tenants: every('tenant'),
    instances: every('instance'),
    ids: every('session_id'),
  }
  const live = new Map(
    (await ask(acceptedLive, about)).map((row) => [nameOf(row, 'kind'), number(row, 'accepted')]),
  )
  const said = new Set((await ask(shown, about)).map((row) => nameOf(row, 'kind')))
  return rows.map((row) => {
    const name = nameOf(row, 'session_kind')
    const expiresAt = number(row, 'expires')
    const isLate = (at: number) => at > expiresAt + slack
    const late = isLate(instant(row, 'listed') ?? 0)
    const toldLive = isLate(live.get(name) ?? 0)
    const listed = late && said.has(name)
    return {
      cause: causeOfExpiry(row, { expiresAt, listed, toldLive, now }),
      unlisted: !late && toldLive,
    }
  })
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
    flowSessionId: '',
    initiatorKind: 'system',
    initiatorId: '',
    reason: seen.listed ? 'listed after its own expiry' : 'accepted after its own expiry',
  }
}
