import type { Column, Row } from './dashboard.ts'
import { asOf, chosenCurfews, isChosen, verdicts, where } from './sql.ts'

/** Links a row with these columns to the timeline of its session. */
export const sessionColumn: Column = {
  title: 'session',
  drill: {
    title: 'Timeline of this session',
    to: 'session',
    variables: { session: 'session_id', tenant: 'tenant', instance: 'instance' },
  },
}

/** Links a row to the findings about its subject. */
export const subjectColumn: Column = {
  title: 'subject',
  drill: {
    title: 'Findings about this subject',
    to: 'findings',
    variables: { subject: 'subject_ref', tenant: 'tenant', instance: 'instance' },
  },
}

const notKept = `select
    verdict,
    tenant,
    instance,
    class,
    session_kind,
    session_id,
    subject_ref,
    mode,
    certainty,
    cause_at,
    deadline_at,
    alive_at,
    outcome,
    order_state,
    order_reason,
    accepted_after
from ${verdicts}
${where([
  "verdict in ('broken', 'unproven', 'open')",
  ...chosenCurfews,
  isChosen('session_id', 'session'),
  isChosen('subject_ref', 'subject'),
])}
order by indexOf(['broken', 'unproven', 'open'], verdict), deadline_at, session_id
limit 500`

/**
 * The debt of a session: from its earliest cause to its proven death or its stated expiry; without
 * either it still grows.
 */
const debts = `(
    select
        max(is_growing) as growing,
        argMax((cause_at, until_at), (dateDiff('millisecond', cause_at, until_at), curfew_id)) as life,
        toUnixTimestamp64Milli(life.1) as from_ms,
        greatest(from_ms, toUnixTimestamp64Milli(life.2)) as until_ms
    from
    (
        select
            tenant,
            instance,
            session_kind,
            session_id,
            incarnation,
            curfew_id,
            cause_at,
            isNull(dead_at) and outcome != 'expired' as is_growing,
            assumeNotNull(multiIf(
                isNotNull(dead_at), dead_at,
                outcome = 'expired', expires_at,
                ${asOf})) as until_at
        from ${verdicts}
        ${where([...chosenCurfews, "certainty = 'certain'"], 2)}
    )
    group by tenant, instance, session_kind, session_id, incarnation
)`

const debtTotals = `select
    if(count() = 0, null, sumIf(until_ms - from_ms, not growing) / 3600000) as closed,
    if(count() = 0, null, sumIf(until_ms - from_ms, growing) / 3600000) as growing_still
from
${debts}`

const debtors = `select
    if(count() = 0, null, countIf(growing)) as sessions_growing
from
${debts}`

const debtOverTime = `select
    fromUnixTimestamp64Milli(toInt64(bucket * $__interval_s * 1000)) as time,
    sumIf(ms, not growing) / 3600000 as closed,
    sumIf(ms, growing) / 3600000 as growing_still
from
(
    select
        growing,
        arrayJoin(range(
            intDiv(from_ms, $__interval_s * 1000),
            intDiv(until_ms - 1, $__interval_s * 1000) + 1)) as bucket,
        least(until_ms, (bucket + 1) * $__interval_s * 1000)
            - greatest(from_ms, bucket * $__interval_s * 1000) as ms
    from
    ${debts}
    where until_ms > from_ms
)
group by bucket
order by time`

const exposures = `(
    select
        max(accepted_after) as uses,
        max(if(isNull(last_accepted_at), 0, dateDiff('millisecond', cause_at, last_accepted_at))) as exposed_ms
    from ${verdicts}
    ${where([...chosenCurfews, "certainty = 'certain'"], 1)}
    group by tenant, instance, session_kind, session_id, incarnation
)`

const exposureCounts = `select
    if(count() = 0, null, countIf(uses > 0)) as sessions_used,
    if(count() = 0, null, sum(uses)) as accepted_uses
from
${exposures}`

const longestExposure = `select
    if(count() = 0, null, max(exposed_ms)) as longest
from
${exposures}`

const exposureOverTime = `select
    $__timeInterval_ms(cause_at) as time,
    class,
    uniqExact((tenant, instance, session_kind, session_id, incarnation)) as sessions_used
from ${verdicts}
${where([...chosenCurfews, "certainty = 'certain'", 'accepted_after > 0'])}
group by time, class
order by time, class`

const exposed = `select
    tenant,
    instance,
    class,
    session_kind,
    session_id,
    subject_ref,
    cause_at,
    last_accepted_at,
    dateDiff('millisecond', cause_at, last_accepted_at) as exposed_ms,
    accepted_after,
    verdict,
    dead_at,
    dead_by
from ${verdicts}
${where([...chosenCurfews, "certainty = 'certain'", 'accepted_after > 0'])}
order by exposed_ms desc, session_id
limit 200`

const instant = { unit: 'dateTimeAsIso' } as const

export const outstandingRow: Row = {
  title: 'Still owed',
  panels: [
    {
      id: 30,
      title: 'Curfews that are open, broken or unproven',
      description:
        'Worst first. Enter a session or a subject above to filter; a session links to its timeline.',
      style: 'table',
      sql: notKept,
      unit: 'short',
      width: 24,
      height: 11,
      columns: {
        session_id: sessionColumn,
        subject_ref: subjectColumn,
        class: { title: 'cause class' },
        cause_at: instant,
        deadline_at: instant,
        alive_at: { title: 'last proof of life', unit: 'dateTimeAsIso' },
        accepted_after: { title: 'uses after the cause' },
      },
    },
    {
      id: 31,
      title: 'Session persistence debt',
      description:
        'Hours that sessions lived past their cause. Closed: until proven death or stated expiry. Growing: no end is known.',
      style: 'stat',
      sql: debtTotals,
      unit: 'h',
      width: 6,
    },
    {
      id: 32,
      title: 'Sessions whose debt grows',
      description: 'Condemned, without proof of death and without a stated expiry in the past.',
      style: 'stat',
      sql: debtors,
      unit: 'short',
      width: 4,
      thresholds: [
        { from: null, color: 'green' },
        { from: 1, color: 'orange' },
      ],
    },
    {
      id: 33,
      title: 'Debt over time',
      description: 'Session-hours past the cause that fell into each bucket.',
      style: 'bars',
      sql: debtOverTime,
      unit: 'h',
      width: 14,
      bucketMin: '1m',
    },
  ],
}

export const exposureRow: Row = {
  title: 'Exposure',
  panels: [
    {
      id: 40,
      title: 'Sessions used after their cause',
      description:
        'Accepted uses after the cause, by the provider or by an application that still accepted a token.',
      style: 'stat',
      sql: exposureCounts,
      unit: 'short',
      width: 6,
    },
    {
      id: 41,
      title: 'Longest exposure',
      description: 'From the cause to the last accepted use; 0 for a session that was not used.',
      style: 'stat',
      sql: longestExposure,
      unit: 'ms',
      width: 4,
    },
    {
      id: 42,
      title: 'Sessions used after their cause, over time',
      description: 'By the instant of the cause.',
      style: 'bars',
      sql: exposureOverTime,
      unit: 'short',
      width: 14,
      seriesBy: 'class',
      bucketMin: '1m',
    },
    {
      id: 43,
      title: 'Longest exposures',
      description: 'Curfews whose sessions were still used after the cause, the longest first.',
      style: 'table',
      sql: exposed,
      unit: 'short',
      width: 24,
      columns: {
        session_id: sessionColumn,
        subject_ref: subjectColumn,
        class: { title: 'cause class' },
        cause_at: instant,
        last_accepted_at: instant,
        dead_at: instant,
        exposed_ms: { title: 'exposed', unit: 'ms' },
        accepted_after: { title: 'uses after the cause' },
      },
    },
  ],
}
