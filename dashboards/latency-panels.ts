import type { PanelQuery, Row } from './dashboard.ts'
import { chosenCurfews, verdicts, where, words } from './sql.ts'

/** Applications that check tokens offline accept them after the session's end, so both instants are shown. */
const lastTokenAt =
  'if(isNull(dead_at), null, greatest(assumeNotNull(dead_at), ifNull(token_expires_at, dead_at)))'

/** Each step, its instant and the instant of the step before. */
const steps = [
  { step: 'detected', at: 'toNullable(detected_at)', before: 'toNullable(cause_at)' },
  { step: 'ordered', at: 'ordered_at', before: 'toNullable(detected_at)' },
  { step: 'acknowledged', at: 'acknowledged_at', before: 'ordered_at' },
  { step: 'read back as gone', at: 'read_back_at', before: 'acknowledged_at' },
  { step: 'first refused', at: 'first_refused_at', before: 'read_back_at' },
  { step: 'proven dead', at: 'dead_at', before: 'acknowledged_at' },
  { step: 'last token expired', at: lastTokenAt, before: 'dead_at' },
] as const

const names = words(steps.map(({ step }) => step))
const instants = steps.map(({ at }) => at).join(', ')
const certain = [...chosenCurfews, "certainty = 'certain'"]

const table = `select
    step,
    count(ms_since_cause) as seen,
    count() - count(ms_since_cause) as not_seen,
    quantileExact(0.5)(ms_since_cause) as p50_since_cause,
    quantileExact(0.95)(ms_since_cause) as p95_since_cause,
    quantileExact(0.99)(ms_since_cause) as p99_since_cause,
    max(ms_since_cause) as max_since_cause,
    quantileExact(0.5)(ms_since_step) as p50_since_step_before,
    quantileExact(0.95)(ms_since_step) as p95_since_step_before,
    quantileExact(0.99)(ms_since_step) as p99_since_step_before
from
(
    select
        step,
        dateDiff('millisecond', cause_at, at) as ms_since_cause,
        dateDiff('millisecond', before, at) as ms_since_step
    from ${verdicts}
    array join
        [${names}] as step,
        [${instants}] as at,
        [${steps.map(({ before }) => before).join(', ')}] as before
    ${where(certain, 1)}
)
group by step
order by indexOf([${names}], step)
limit 20`

const overTime = (level: string) => `select
    $__timeInterval_ms(cause_at) as time,
    step,
    quantileExact(${level})(dateDiff('millisecond', cause_at, at)) as since_cause
from ${verdicts}
array join
    [${names}] as step,
    [${instants}] as at
${where([...certain, 'isNotNull(at)'])}
group by time, step
order by time, indexOf([${names}], step)`

const quantilePanel = (id: number, name: string, level: string): PanelQuery => ({
  id,
  title: `Time since the cause, ${name}`,
  description:
    'By the instant of the cause; exact, over the curfews with this step. Negative times come from differences of clocks.',
  style: 'lines',
  sql: overTime(level),
  unit: 'ms',
  width: 8,
  seriesBy: 'step',
  bucketMin: '1m',
})

const ms = { unit: 'ms' } as const

export const latencyRow: Row = {
  title: 'Latency',
  panels: [
    {
      id: 20,
      title: 'From cause to proof',
      description:
        'Each step since the cause and since the step before. Curfews without a step are counted but in no quantile: most dead sessions are never used again, so few have a refused use.',
      style: 'table',
      sql: table,
      unit: 'short',
      width: 24,
      columns: {
        p50_since_cause: ms,
        p95_since_cause: ms,
        p99_since_cause: ms,
        max_since_cause: ms,
        p50_since_step_before: ms,
        p95_since_step_before: ms,
        p99_since_step_before: ms,
      },
    },
    quantilePanel(21, 'median', '0.5'),
    quantilePanel(22, 'p95', '0.95'),
    quantilePanel(23, 'p99', '0.99'),
  ],
}
