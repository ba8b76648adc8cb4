import { defineDashboard } from './define-dashboard.ts'
import { chosenInstances, verdicts, where } from './sql.ts'
import { instanceVariable, sessionVariable, tenantVariable } from './variables.ts'

/** Nothing is shown without a session id: an empty id would match every event without one. */
const thisSession = [`session_id = \${session:singlequote}`, "session_id != ''", ...chosenInstances]

/** One part of a session's timeline: the rows of one table, with their ids. */
const strand = (
  { at, what, detail, id }: { at: string; what: string; detail: string; id: string },
  from: string,
  more: readonly string[] = [],
) => `select
        ${at} as happened_at,
        ${what} as what,
        ${detail} as detail,
        instance,
        session_kind,
        ${id} as id
    from ${from}
    ${where([`${at} <= $__toTime_ms`, ...thisSession, ...more], 1)}`

/** Each finding once, in its latest version. */
const latestFindings = `(
        select
            tenant,
            instance,
            session_kind,
            session_id,
            finding_id,
            argMax((at, detector, why, standing, mode), (version, row_commit)) as latest
        from findings
        ${where(thisSession, 2)}
        group by tenant, instance, session_kind, session_id, finding_id
    )`

const strands = [
  strand(
    {
      at: 'occurred_at',
      what: "concat('session ', replaceOne(toString(fact), 'refused_dead', 'refused, since it had ended'))",
      detail: "concat(observer, ' ', initiator_kind, ' ', reason)",
      id: 'event_id',
    },
    'session_facts',
  ),
  strand(
    {
      at: 'occurred_at',
      what: "concat('use ', outcome)",
      detail: "concat(observer, ' ', refusal_reason)",
      id: 'event_id',
    },
    'events',
    ["type = 'session.used'"],
  ),
  strand(
    {
      at: 'cause_at',
      what: "concat('condemned: ', class)",
      detail: "concat(scope_kind, ' ', mode)",
      id: 'cause_id',
    },
    'curfews',
  ),
  strand(
    {
      at: 'detected_at',
      what: "concat('known: ', class)",
      detail: 'toString(found_by)',
      id: 'cause_id',
    },
    'curfews',
  ),
  strand(
    { at: 'deadline_at', what: "concat('deadline: ', class)", detail: "''", id: 'curfew_id' },
    'curfews',
  ),
  strand(
    { at: 'at', what: "concat('order ', state)", detail: 'reason', id: 'order_id' },
    'order_steps',
  ),
  strand(
    {
      at: 'at',
      what: "concat('evidence ', level)",
      detail: "concat(means, ' ', detail)",
      id: 'evidence_id',
    },
    'evidence',
  ),
  strand(
    { at: 'latest.1', what: "concat('finding: ', latest.2)", detail: 'latest.3', id: 'finding_id' },
    latestFindings,
    ['latest.4', "latest.5 not in ('off', 'shadow')"],
  ),
  strand(
    { at: 'listed_at', what: "'listed by the provider'", detail: "''", id: 'listing_id' },
    'listed_sessions',
  ),
]

const life = `select distinct
    happened_at,
    what,
    detail,
    instance,
    session_kind,
    id
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

/** Everything recorded about one session, in order of time. */
export const dashboard = defineDashboard({
  id: 'session',
  title: 'One session',
  description: 'Enter the id of a session above, or follow a link from a table.',
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
          style: 'table',
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
          description:
            'Uses, causes, orders, evidence and findings up to the end of the range. Ends and refusals are E3 and E4; the id is that of their event, cause, order, evidence, finding or listing.',
          style: 'table',
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
