import type { Cause } from '../../contract/cause.ts'
import type { Append, Ask, Clock, Log, Meter, Row } from '../../contract/ports.ts'
import { flag, number, text, texts } from '../../contract/read-row.ts'
import { RecentIds } from '../../process/recent-ids.ts'
import type { PageBounds } from '../paging/change-pages.ts'
import { ChangePages, pageLimit } from '../paging/change-pages.ts'
import type { SubjectPosition } from '../paging/subject-position.ts'
import { bySubject, subjectPageCondition } from '../paging/subject-position.ts'
import { appendNewCauses, causeIdOf } from '../rows/cause-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'

/** Compares recorded roles of members and appends causes for lost ones. */
export interface FindLostRoles {
  /** The pages left to read. */
  readonly pages: ChangePages<SubjectPosition>
  /** Reads the next pages. Returns the number of causes appended. */
  readonly work: () => Promise<number>
}

const share = 500
const most = 2_000
const seenMax = 50_000
const lengthMax = 512

const touched = `
select tenant, instance, subject_ref
from entitlements
where kind = 'roles' and recorded_at >= {since:DateTime64(3)} ${subjectPageCondition}
group by tenant, instance, subject_ref${pageLimit('subject_ref')}`

/** A statement with the one before it of the same member, in the order in which they came true. */
const compared = `
select tenant, instance, organization_id, subject_ref, event_id, lane, may_act,
  toUnixTimestamp64Milli(at) as at_ms, toUnixTimestamp64Milli(received_at) as received_ms,
  place, arrayFilter(role -> not has(held, role), former) as lost
from
(
  select *, row_number() over member as place,
    any(held) over (partition by tenant, instance, organization_id, subject_ref
      order by at, event_id rows between 1 preceding and 1 preceding) as former
  from
  (
    select tenant, instance, organization_id, subject_ref, at, event_id, any(e.held) as held,
      any(e.begins) as begins, max(e.lane) as lane, max(e.may_act) as may_act,
      min(e.received_at) as received_at, max(e.recorded_at) as recorded
    from entitlements as e
    where kind = 'roles' and (tenant, instance, subject_ref) in (${touched})
    group by tenant, instance, organization_id, subject_ref, at, event_id
  )
  window member as
    (partition by tenant, instance, organization_id, subject_ref order by at, event_id)
)
where (notEmpty(lost) or (place = 1 and not begins)) and recorded >= {since:DateTime64(3)}
order by tenant, instance, subject_ref, at, event_id`

/**
 * Appends `access_reduced` where a membership event reports fewer roles than the event before it
 * and does not say itself which were lost. Without recorded former roles there is no cause; the
 * log counts such memberships.
 */
export function makeFindLostRoles({
  ask,
  append,
  log,
  meter,
  isolation,
  clock,
}: {
  readonly clock: Clock
  readonly ask: Ask
  readonly append: Append
  readonly log: Log
  readonly meter: Meter
  readonly isolation: Isolation
}): FindLostRoles {
  const seen = new RecentIds(seenMax)
  const pages = new ChangePages<SubjectPosition>({ ...bySubject, clock, share, most })
  const comparePage = async (values: SubjectPosition & PageBounds): Promise<number> => {
    let told = 0
    const rows = await ask(compared, values)
    const unknown = rows.filter((row) => number(row, 'place') === 1)
    const fresh = unknown.filter((row) => !seen.has(text(row, 'event_id')))
    if (fresh.length > 0) {
      const why = 'former_roles_unknown'
      meter.count('curfew_enforce_unfollowed_causes_total', { why }, fresh.length)
    }
    sayUnknown(log, fresh)
    for (const row of unknown) seen.add(text(row, 'event_id'))
    const lost = rows.filter((row) => texts(row, 'lost').length > 0)
    await isolation.runAll(
      isolation.readRows(lost, 'lost roles', causeOfRow),
      about,
      async (some) => {
        told += (await appendNewCauses({ ask, append }, some)).length
      },
    )
    return told
  }
  const work = async (): Promise<number> => {
    let told = 0
    await pages.read(
      (values) => ask(touched, values),
      async (some, values) => {
        if (some.length > 0) told += await comparePage(values)
      },
    )
    return told
  }
  return { pages, work }
}

const about = ({ tenant, instance, causeId }: Cause) => {
  return { tenant, instance, action: 'tell of lost roles', id: causeId }
}

function sayUnknown(log: Log, rows: readonly Row[]): void {
  if (rows.length === 0) return
  const text =
    'memberships were updated whose former roles are not known: whether they lost one cannot be said'
  log.warn({ memberships: rows.length }, text)
}

/** The id is the one of the cause that the event itself gives where it names the lost roles. */
function causeOfRow(row: Row): Cause {
  const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
  const eventId = text(row, 'event_id')
  return {
    tenant,
    instance,
    causeId: causeIdOf(tenant, instance, 'access_reduced', eventId),
    class: 'access_reduced',
    eventId,
    at: number(row, 'at_ms'),
    receivedAt: number(row, 'received_ms'),
    lane: text(row, 'lane') === 'live' ? 'live' : 'historical',
    mayAct: flag(row, 'may_act'),
    modeMax: 'enforce',
    scopeKind: 'subject_organization',
    scopeId: text(row, 'organization_id'),
    subjectRef: text(row, 'subject_ref'),
    sessionKind: '',
    sessionId: '',
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: '',
    initiatorId: '',
    reason: `lost ${texts(row, 'lost').join(' ')}`.slice(0, lengthMax).toWellFormed(),
  }
}
