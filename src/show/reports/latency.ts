import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import type { Row } from '../../contract/ports.ts'
import { sessionsOfPeriod } from '../curfews-of-period.ts'
import type { Report } from '../report.ts'
import { Name } from '../shapes.ts'

/**
 * How long each step from cause to proof took. Quantiles are exact; what has begun and was not seen
 * to end is counted as censored and is in no quantile, since leaving it out unsaid would flatter.
 * Negative times are shown as they are: they speak of clocks, and clamping would hide them.
 */
export const report: Report = {
  id: 'latency',
  title: 'Latency and exposure',
  description:
    'Seconds from the cause to detection, order, acknowledgement, read-back, end event and first refused use; for how long sessions were still used after their cause, by who saw the use; and how long tokens outlived the acknowledgement.',
  parameters: {
    class: Type.Optional(CauseClass),
    instance: Type.Optional(Name('Only sessions of this instance.')),
  },
  dated: { table: 'causes', at: 'at' },
  sql: `
with${sessionsOfPeriod},
  timed as
  (
    select
      class, toNullable(cause_at) as caused,
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
      dateDiff('millisecond', step.2, step.3) / 1000 as seconds
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
  count() - count(seconds) as censored,
  min(seconds) as least,
  quantileExact(0.5)(seconds) as p50,
  quantileExact(0.95)(seconds) as p95,
  quantileExact(0.99)(seconds) as p99,
  max(seconds) as most,
  sum(step.4) as accepted_uses
from timed
group by cause_class, measure
order by cause_class = 'all', cause_class,
  indexOf(['cause_to_detected', 'detected_to_ordered', 'ordered_to_acknowledged',
    'acknowledged_to_read_back', 'cause_to_acknowledged', 'cause_to_read_back',
    'cause_to_end_event', 'cause_to_dead', 'cause_to_first_refused', 'token_window_left',
    'exposure_idp', 'exposure_application'], measure)`,
  columns: [
    { name: 'cause_class', type: 'text', description: "Cause class; 'all' counts every curfew." },
    {
      name: 'measure',
      type: 'text',
      description: 'From where to where; exposure is 0 for a session that was not used again.',
    },
    { name: 'n', type: 'count', description: 'Curfews where both instants are known.' },
    {
      name: 'censored',
      type: 'count',
      description: 'Curfews where it began and no end was seen; in no quantile.',
    },
    { name: 'least', type: 'seconds', description: 'Smallest value.' },
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
