import { journeysMax } from '../contract/journeys.ts'
import {
  changesMax,
  countriesMax,
  devicesMax,
  lifecycleEventsMax,
  networksMax,
  recoveriesMax,
  sightingsMax,
  signOutsMax,
  subjectSessionsMax,
  usesMax,
} from '../contract/memory.ts'
import { locatingClasses, subjectsOwn } from '../contract/placing.ts'

/**
 * The one statement that tells what the store knows about missed subjects and sessions. Keys stand
 * in it once, since what is written out several times outgrows the longest statement that the
 * engine takes. It reads the sessions asked for, the subjects asked for and those of sessions that
 * came without one (`orphans`), and of each subject also the other sessions, but not what these
 * were used for.
 */

/** Copies that no merge has folded yet count once in memory and more often here. */
export const sightingRowsMax = 2 * sightingsMax

/** How many days before a live event sightings are read; of history all are. */
export const sightingsDays = 32
const useRowsMax = 2 * usesMax

const here = 'tenant = {tenant:String} and instance = {instance:String}'

/** How a statement names the keys that it asks for: what stands behind an `in`. */
interface Keys {
  /** What the statement begins with. */
  readonly names: string
  readonly subjects: string
  /** The same with ''. */
  readonly subjectsOrNone: string
  readonly asked: string
}

/** Many keys stand in it once: one list of 5,000 for each part took the engine's analyzer 7 s. */
const many: Keys = {
  names: `
asked as (select arrayJoin({sessions:Array(String)}) as id),
subjects as
(
  select arrayJoin({refs:Array(String)}) as ref
  union distinct
  select subject_ref as ref
  from sessions
  where ${here} and session_id in {orphans:Array(String)} and subject_ref != ''
),`,
  subjects: '(select ref from subjects)',
  subjectsOrNone: "(select ref from subjects union all select '' as ref)",
  asked: '(select id from asked)',
}

/** Few stand in each part, which costs a third less than sets that the engine has to make first. */
const few: Keys = {
  names: '',
  subjects: '{refs:Array(String)}',
  subjectsOrNone: "arrayConcat([''], {refs:Array(String)})",
  asked: '{sessions:Array(String)}',
}

const flows = (of: Keys) => `
flows as
(
  select distinct initiator_session_id as id
  from events
  where ${here} and subject_ref in ${of.subjects} and type = 'credential.reset_requested'
    and occurred_at >= {since:DateTime64(3)} and received_at >= {since:DateTime64(3)} - interval 1 day
)`

/**
 * A first sight is kept for 400 days after it was written; one that is half as old and whose subject
 * is heard of is written once more, or home would be a new country after a year.
 */
const staleDays = 200

const firsts = (of: Keys) => `
select 'first' as part, subject_ref as ref, [toString(attribute), value, tupleElement(first_seen, 2)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(tupleElement(first_seen, 1)))), toFloat64(is_stale)] as number
from
(
  select subject_ref, attribute, value, min(f.first) as first_seen,
    max(f.updated_at) < now64(3, 'UTC') - interval ${staleDays} day as is_stale
  from subject_firsts as f
  where ${here} and subject_ref in ${of.subjects}
  group by subject_ref, attribute, value
  order by first_seen
  limit ${Math.max(countriesMax, devicesMax, networksMax) + 1} by subject_ref, attribute
)`

const classes = locatingClasses.map((word) => `'${word}'`).join(', ')

/** No event is received before it happened, but for what clocks differ: old months are not opened. */
const sightings = (of: Keys) => `
select 'sighting' as part, subject_ref as ref,
  [event_id, toString(session_kind), session_id, ip, toString(country), toString(city), toString(place_said_by)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(occurred_at))), toFloat64(latitude), toFloat64(longitude), toFloat64(accuracy_km)] as number
from events
where ${here} and subject_ref in ${of.subjects}
  and occurred_at >= {since:DateTime64(3)} and received_at >= {since:DateTime64(3)} - interval 1 day
  and place_state = 'hit' and isNotNull(latitude) and isNotNull(longitude) and isNotNull(accuracy_km)
  and ip_of = '${subjectsOwn}' and network_class in (${classes})
  and (session_kind, session_id) not in
  (
    select session_kind, session_id
    from events
    where ${here} and subject_ref in ${of.subjects}
      and type = 'session.created' and ip_of = 'actor'
  )
  and (type in ('session.created', 'authentication.succeeded') or (type = 'session.used' and outcome = 'accepted'))
order by occurred_at desc, event_id desc
limit ${sightingRowsMax} by subject_ref`

/**
 * As what an event was told, and whether it may act, is kept with its causes and their copies: `acts` is
 * 1 where one of them may. No cause is recorded before its event happened, but for what clocks differ.
 */
const actsOf = (of: Keys, which: string) => `
select 'act' as part, subject_ref as ref,
  [toString(type), event_id, initiator_session_id, toString(initiator_kind), initiator_id,
   toString(initiator_client), toString(reason), toString(lane), toString(session_kind), session_id,
   toString(scope_kind), scope_id, toString(organization_id), told_as] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(occurred_at))), toFloat64(toUnixTimestamp64Milli(received_at)),
   toFloat64(acts)] as number
from events as e
left any join
(
  select event_id, max(may_act and lane = 'live') as acts,
    arrayStringConcat(arraySort(groupUniqArray(cause_id)), ' ') as told_as
  from causes
  where ${here} and subject_ref in ${of.subjects}
    and class in ('credential_changed', 'factor_changed', 'credential_reset')
    and recorded_at >= {since:DateTime64(3)} - interval 1 day
  group by event_id
) as told using event_id
where ${here} and ${which}
  and occurred_at >= {since:DateTime64(3)} and received_at >= {since:DateTime64(3)} - interval 1 day
order by occurred_at desc, event_id desc
limit ${2 * Math.max(recoveriesMax, changesMax, signOutsMax)} by subject_ref, type`

/** Acts about a subject that later events are held against. Events of a subject lie together. */
const acts = (of: Keys) =>
  actsOf(
    of,
    `subject_ref in ${of.subjects}
  and (type in ('credential.reset_requested', 'subject.signed_out')
    or (type = 'credential.reset' and (initiator_kind != 'admin' or initiator_session_id = ''))
    or (type in ('credential.changed', 'factor.changed') and initiator_kind != 'admin'))`,
  )

/** What was done to everybody at once; so do those that name no subject. */
const actsOnAll = (of: Keys) => actsOf(of, `subject_ref = '' and type = 'instance.signed_out'`)

/**
 * By name, in a second step: rows told without a subject belong to its session all the same. Which
 * sessions a subject has is told by its events, which lie together: those of `sessions` lie by name,
 * so a look for their subject would be one at every session there ever was.
 */
const sessions = (of: Keys) => `
select 'session' as part, max(s.subject_ref) as ref, [toString(session_kind), session_id] as text,
  [toFloat64(toUnixTimestamp64Milli(min(s.created_at))),
   toNullable(toFloat64(toUnixTimestamp64Milli(min(s.first_seen_at)))),
   toFloat64(toUnixTimestamp64Milli(min(s.first_ended_at))),
   toFloat64(toUnixTimestamp64Milli(max(s.expires_at))),
   toFloat64(toUnixTimestamp64Milli(max(s.last_created_at))),
   toFloat64(toUnixTimestamp64Milli(min(s.first_alive_at))),
   toFloat64(max(s.opened_by_actor))] as number
from sessions as s
where ${here} and (session_kind, session_id) in
(
  select session_kind, session_id from sessions where ${here} and session_id in ${of.asked}
  union distinct
  select session_kind, session_id from
  (
    select subject_ref, session_kind, session_id
    from events
    where ${here} and subject_ref in ${of.subjects} and session_id != ''
    group by subject_ref, session_kind, session_id
    order by max(occurred_at) desc
    limit ${subjectSessionsMax + 1} by subject_ref
  )
)
group by session_kind, session_id
order by max(s.last_seen_at) desc
-- The bound is for those that only their subject brings along.
limit ${subjectSessionsMax + 1} by ref, if(session_id in ${of.asked}, session_id, '')`

/**
 * Of the sign-ins the first, those that follow an end, and the youngest of the others; also of sessions
 * whose flow asked for a new password: whether it led to a sign-in before a change.
 */
const turns = () => `
select distinct 'turn' as part, '' as ref, [told.1, toString(session_kind), session_id] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(told.2)))] as number
from
(
  select session_kind, session_id,
    arraySort(each -> (each.1, each.2 = 'created'),
      groupUniqArray((occurred_at, if(fact = 'created', 'created', 'ended')))) as turns,
    arrayFilter(each -> each.2 = 'ended', turns) as ends,
    arrayFilter(each -> each.2 = 'created', turns) as creations,
    arrayFilter((each, before) -> each.2 = 'created' and before.2 = 'ended',
      turns, arrayPopBack(arrayPushFront(turns, turns[1]))) as births
  from session_facts
  where ${here} and session_id in (select arrayJoin({sessions:Array(String)}) as id union distinct select id from flows)
    and fact in ('created', 'revoked', 'ended')
  group by session_kind, session_id
)
array join arrayMap(each -> (each.2, each.1), arrayConcat(
  arraySlice(ends, 1, 1), arraySlice(ends, -${lifecycleEventsMax + 1}), arraySlice(creations, 1, 1),
  arraySlice(births, -${lifecycleEventsMax + 1}), arraySlice(creations, -${lifecycleEventsMax + 1}))) as told`

const useCells = `
  [toString(session_kind), session_id, event_id, toString(outcome), toString(observer)] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(occurred_at))), toFloat64(toUnixTimestamp64Milli(token_issued_at))] as number`

/** Uses are stored under their session's subject, or under none if it was not known by then. */
const isUse = (of: Keys) => `${here}
  and subject_ref in ${of.subjectsOrNone}
  and session_id in ${of.asked} and type = 'session.used' and outcome != ''`

const uses = (of: Keys) => `
select 'use' as part, '' as ref, ${useCells}
from events
where ${isUse(of)}
order by occurred_at desc, event_id desc
limit ${useRowsMax} by session_kind, session_id, outcome, observer`

/**
 * What uses have proved, as it was told: findings are recorded before the events they rest on, so
 * what memory takes for told has been told, and nothing that was told is told again.
 */
const proofs = (of: Keys) => `
select 'proof' as part, '' as ref, [last.2, last.3, last.4, last.5] as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(last.6)))] as number
from
(
  select argMax(
      (standing, toString(session_kind), session_id,
        if(detector = 'used-after-expiry', 'expiry', JSONExtractString(facts, 'kind')), event_ids[1], at),
      (version, row_commit)) as last
  from findings
  where ${here} and session_id in ${of.asked}
    and detector in ('used-after-revoked', 'used-after-expiry')
  group by finding_id
)
where last.1`

/** Versions of a finding that may have been told by a batch which was not recorded any more. */
const journeyVersionsMax = 64

/**
 * Journeys that were told of lately: what they rest on lies within a day, and nothing is told before
 * it happened. Their legs were counted, so what was told of them is all that memory needs.
 */
const journeys = (of: Keys) => `
select 'journey' as part, ref,
  arrayConcat(
    [JSONExtractString(told.4, 'from'), JSONExtractString(told.4, 'to'),
     JSONExtractString(told.4, 'fromCountry'), JSONExtractString(told.4, 'toCountry'),
     JSONExtractString(told.4, 'fromEventId'), JSONExtractString(told.4, 'toEventId'),
     told.1, told.2], told.5) as text,
  [toNullable(toFloat64(toUnixTimestamp64Milli(told.3))),
   JSONExtractFloat(told.4, 'seconds'), JSONExtractFloat(told.4, 'km'), JSONExtractFloat(told.4, 'count'),
   toFloat64(toUnixTimestamp64Milli(parseDateTime64BestEffort(JSONExtractString(told.4, 'last'), 3, 'UTC')))] as number
from
(
  select subject_ref as ref,
    argMax((toString(session_kind), session_id, at, facts), (version, row_commit)) as last,
    (last.1, last.2, last.3, last.4, arraySort(groupUniqArrayArray(event_ids))) as told,
    argMax(standing, (version, row_commit)) as stands
  from
  (
    select *
    from findings
    where ${here} and subject_ref in ${of.subjects} and detector = 'impossible-travel'
      and received_at >= {since:DateTime64(3)} + interval ${sightingsDays - 2} day
    order by version desc
    limit ${journeyVersionsMax} by finding_id
  )
  group by subject_ref, finding_id
)
where stands
order by told.3 desc
limit ${journeysMax} by ref`

const statementOf = (of: Keys) => `with ${of.names}${flows(of)}
${[firsts, sightings, journeys, acts, actsOnAll, sessions, turns, uses, proofs].map((part) => `select * from (${part(of)})`).join('\nunion all\n')}`

export const memoryQuery = statementOf(many)
/** The same for few keys, and for no `orphans`. */
export const fewKeysMemoryQuery = statementOf(few)
