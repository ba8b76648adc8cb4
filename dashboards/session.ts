import { defineDashboard } from './define-dashboard.ts'
import { chosenInstances, verdicts, where } from './sql.ts'
import { instanceVariable, sessionVariable, tenantVariable } from './variables.ts'

/** Nothing is shown until a session is named: an empty id would be that of every event without one. */
const thisSession = [`session_id = \${session:singlequote}`, "session_id != ''", ...chosenInstances]

/** One strand of the session's life: what one table tells of it. */
const strand = (
  at: string,
  what: string,
  detail: string,
  from: string,
  more: readonly string[] = [],
) => `select
        ${at} as happened_at,
        ${what} as what,
        ${detail} as detail,
        instance,
        session_kind
    from ${from}
    ${where([`${at} <= $__toTime_ms`, ...thisSession, ...more], 1)}`

/** Each finding once, by its latest judgement. */
const latestFindings = `(
        select
            tenant,
            instance,
            session_kind,
            session_id,
            argMax((at, detector, why, standing, mode), (version, row_commit)) as told
        from findings
        ${where(thisSession, 2)}
        group by tenant, instance, session_kind, session_id, finding_id
    )`

const strands = [
  strand(
    'occurred_at',
    "concat('session ', replaceOne(toString(fact), 'refused_dead', 'refused, since it had ended'))",
    "concat(observer, ' ', initiator_kind, ' ', reason)",
    'session_facts',
  ),
  strand(
    'occurred_at',
    "concat('use ', outcome)",
    "concat(observer, ' ', refusal_reason)",
    'events',
    ["type = 'session.used'"],
  ),
  strand('cause_at', "concat('condemned: ', class)", "concat(scope_kind, ' ', mode)", 'curfews'),
  strand('detected_at', "concat('known: ', class)", 'toString(found_by)', 'curfews'),
  strand('deadline_at', "concat('deadline: ', class)", "''", 'curfews'),
  strand('at', "concat('order ', state)", 'reason', 'order_steps'),
  strand('at', "concat('evidence ', level)", "concat(means, ' ', detail)", 'evidence'),
  strand('told.1', "concat('finding: ', told.2)", 'told.3', latestFindings, [
    'told.4',
    "told.5 not in ('off', 'shadow')",
  ]),
  strand('listed_at', "'listed by the provider'", "''", 'listed_sessions'),
]

const life = `select distinct
    happened_at,
    what,
    detail,
    instance,
    session_kind
from
(
    ${strands.join('\n    union all\n    ')}
)
order by happened_at, what
limit 1000`

const curfews = `select
    instance,
    session_kind,
    incarnation,
    class,
    verdict,
    outcome,
    certainty,
    mode,
    cause_at,
    deadline_at,
    alive_at,
    dead_at,
    dead_by,
    order_state,
    order_reason,
    accepted_after,
    last_accepted_at
from ${verdicts}
${where(thisSession)}
order by cause_at, class
limit 100`

const instant = { unit: 'dateTimeAsIso' } as const

/** Everything that is known of one session, in the order in which it happened. */
export const dashboard = defineDashboard({
  id: 'session',
  title: 'One session',
  description: 'Write the id of a session above, or come from a table that names it.',
  from: 'now-30d',
  refresh: '5m',
  variables: [tenantVariable, instanceVariable, sessionVariable],
  rows: [
    {
      title: 'Session',
      panels: [
        {
          id: 1,
          title: 'Its curfews',
          description: 'Each as judged at the end of the range.',
          look: 'table',
          sql: curfews,
          unit: 'short',
          width: 24,
          height: 7,
          columns: {
            class: { title: 'cause class' },
            cause_at: instant,
            deadline_at: instant,
            alive_at: { title: 'last proof of life', unit: 'dateTimeAsIso' },
            dead_at: instant,
            last_accepted_at: instant,
            accepted_after: { title: 'uses after the cause' },
          },
        },
        {
          id: 2,
          title: 'Its life',
          description: 'Uses, causes, orders, evidence and findings up to the end of the range.',
          look: 'table',
          sql: life,
          unit: 'short',
          width: 24,
          height: 20,
          columns: { happened_at: { title: 'at', unit: 'dateTimeAsIso' } },
        },
      ],
    },
  ],
  beside: [
    { id: 'revocation', title: 'Revocation' },
    { id: 'findings', title: 'Findings' },
  ],
})
