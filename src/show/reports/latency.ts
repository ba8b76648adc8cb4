import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import type { Row } from '../../contract/ports.ts'
import { Name } from '../api/schemas.ts'
import { datedCurfews, sessionsOfPeriod } from '../reporting/curfews-of-period.ts'
import type { Report } from '../reporting/report.ts'

const words = {
  cause_to_detected: 'from the cause until Curfew detected that it condemns the session',
  detected_to_ordered: 'from then until Curfew first called the provider to end it',
  ordered_to_acknowledged: "from that call until the provider's first answer that it did so",
  acknowledged_to_read_back: 'from that answer until a list or a read proved the end (E2)',
  cause_to_acknowledged: 'from the cause until that answer',
  cause_to_read_back: 'from the cause until that proof',
  cause_to_end_event: "from the cause until the provider's end event that proves it (E3)",
  cause_to_dead: 'from the cause until the first proof of any kind',
  cause_to_first_refused: 'from the cause until the first refused use that proves it (E4)',
  token_window_left: 'for how long tokens given out before were still valid after that answer',
  exposure_idp: 'from the cause until its last accepted use at the provider; 0 without any',
  exposure_application: 'from the cause until its last accepted use elsewhere; 0 without any',
} as const

/** Steps of Curfew itself: for replayed history they would measure the age of the file. */
const ownSteps = [
  ...['cause_to_detected', 'detected_to_ordered', 'cause_to_acknowledged', 'cause_to_read_back'],
]

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

/**
 * How long each step from cause to proof took. Quantiles are exact; a step that began and has no observed
 * end is counted as censored and is in no quantile, since leaving it out unnoticed would flatter.
 * Negative times are shown: they show differences of clocks.
 */
export const report: Report = {
  id: 'latency',
  title: 'Latency and exposure',
  description:
    'Seconds from the cause to detection, order, acknowledgement, read-back, end event and first refused use; for how long sessions were still used after their cause, by who saw the use; and how long tokens outlived the acknowledgement. Where replayed history told the cause, what Curfew itself did is not measured but counted as replayed. A time is negative where the later step was seen first: by clocks that differ, by an order that was under way for another cause, or as a token ran out before the acknowledgement.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
  },
  dated: datedCurfews,
  sql: `
with${sessionsOfPeriod},
  -- Curfews whose earliest cause comes from replayed history only.
  told_later as
  (
    select distinct curfew_id, cause_at
    from curfews
    where tenant = {tenant:String} and session_key in (select session_key from ours)
      and (instance, cause_id) in (
        select instance, cause_id from causes
        where tenant = {tenant:String} and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
        group by instance, cause_id
        having min(lane = 'historical'))
  ),
  timed as
  (
    select
      class, toNullable(cause_at) as caused,
      (curfew_id, cause_at) in (select curfew_id, cause_at from told_later) as is_history,
      arrayJoin([
        ('cause_to_detected', caused, toNullable(detected_at), 0),
        ('detected_to_ordered', toNullable(detected_at), ordered_at, 0),
        ('ordered_to_acknowledged', ordered_at, acknowledged_at, 0),
        ('acknowledged_to_read_back', acknowledged_at, read_back_at, 0),
        ('cause_to_acknowledged', caused, acknowledged_at, 0),
        ('cause_to_read_back', caused, read_back_at, 0),
        ('cause_to_end_event', caused, ended_event_at, 0),
        ('cause_to_dead', caused, dead_at, 0),
        ('cause_to_first_refused', caused, first_refused_at, 0),
        ('token_window_left', acknowledged_at, token_expires_at, 0),
        ('exposure_idp', caused, coalesce(idp_accepted_at, caused), idp_accepted_after),
        ('exposure_application', caused, coalesce(app_accepted_at, caused), app_accepted_after)
      ]) as step,
      is_history and step.1 in (${quoted(ownSteps)}) as is_replayed,
      if(is_replayed, null, dateDiff('millisecond', step.2, step.3) / 1000) as seconds
    from verdicts(as_of = {as_of:DateTime64(3)}, among = ours)
    where isNotNull(step.2) and tenant = {tenant:String} and certainty = 'certain'
      and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
      and ({class:String} = '' or class = {class:String})
      and ({instance:String} = '' or instance = {instance:String})
  )
select
  arrayJoin([class, 'all']) as cause_class,
  step.1 as measure,
  count(seconds) as n,
  countIf(isNull(seconds) and not is_replayed) as censored,
  countIf(is_replayed) as replayed,
  min(seconds) as least,
  quantileExact(0.5)(seconds) as p50,
  quantileExact(0.95)(seconds) as p95,
  quantileExact(0.99)(seconds) as p99,
  max(seconds) as most,
  sum(step.4) as accepted_uses
from timed
group by cause_class, measure
order by cause_class = 'all', cause_class,
  indexOf([${quoted(Object.keys(words))}], measure)`,
  columns: [
    { name: 'cause_class', type: 'text', description: "Cause class; 'all' counts every curfew." },
    { name: 'measure', type: 'text', description: 'Begin and end of the measured time.', words },
    { name: 'n', type: 'count', description: 'Curfews where both instants are known.' },
    {
      name: 'censored',
      type: 'count',
      description: 'Curfews where it began without an observed end; in no quantile.',
    },
    {
      name: 'replayed',
      type: 'count',
      description:
        "Curfews of replayed causes, where the measure is about Curfew's own steps: neither in n nor censored.",
    },
    {
      name: 'least',
      type: 'seconds',
      description: 'Smallest value; negative where the later step was observed first.',
    },
    { name: 'p50', type: 'seconds', description: 'Median, exact.' },
    { name: 'p95', type: 'seconds', description: '95th percentile, exact.' },
    { name: 'p99', type: 'seconds', description: '99th percentile, exact.' },
    { name: 'most', type: 'seconds', description: 'Largest value.' },
    {
      name: 'accepted_uses',
      type: 'count',
      description: 'Accepted uses after the cause, for the exposure measures.',
    },
  ],
  summary: (rows: readonly Row[]) => {
    const of = (measure: string, figure: string) => {
      const row = rows.find((each) => each.cause_class === 'all' && each.measure === measure)
      const cell = row?.[figure]
      return typeof cell === 'number' ? cell : null
    }
    return {
      proven_p50_seconds: of('cause_to_dead', 'p50'),
      proven_p95_seconds: of('cause_to_dead', 'p95'),
      proven_p99_seconds: of('cause_to_dead', 'p99'),
      proven_n: of('cause_to_dead', 'n'),
      unproven_n: of('cause_to_dead', 'censored'),
      acknowledged_p95_seconds: of('cause_to_acknowledged', 'p95'),
    }
  },
}
