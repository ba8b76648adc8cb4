import type { PanelQuery, Row } from './dashboard.ts'
import { chosenInstances, where } from './sql.ts'

/** By receipt, which is the partition key of events; copies of an event are counted once. */
const received = ['$__timeFilter_ms(received_at)', ...chosenInstances]

const eventsPerSecond = (column: string) => `select
    $__timeInterval(received_at) as time,
    ${column},
    uniq(event_id) / $__interval_s as events_per_second
from events
${where(received)}
group by time, ${column}
order by time, ${column}`

const delay = (since: string) => `select
    $__timeInterval(recorded_at) as time,
    quantile(0.5)(dateDiff('millisecond', ${since}, recorded_at)) as p50,
    quantile(0.95)(dateDiff('millisecond', ${since}, recorded_at)) as p95,
    quantile(0.99)(dateDiff('millisecond', ${since}, recorded_at)) as p99
from events
${where([...received, "lane = 'live'"])}
group by time
order by time`

const rejectedOverTime = `select
    $__timeInterval(received_at) as time,
    reason,
    uniqExact((tenant, instance, source, partition, offset)) as messages
from rejected
${where(received)}
group by time, reason
order by time, reason`

const rejectedShare = `select
    if(accepted + refused = 0, null, refused / (accepted + refused)) as rejected_share
from
(
    select
        uniq(event_id) as accepted
    from events
    ${where(received, 1)}
) as kept
cross join
(
    select
        uniqExact((tenant, instance, source, partition, offset)) as refused
    from rejected
    ${where(received, 1)}
) as turned_away`

const rate = (id: number, title: string, column: string): PanelQuery => ({
  id,
  title,
  description: 'Distinct events by time of receipt, all lanes; estimated above 65,536.',
  style: 'lines',
  sql: eventsPerSecond(column),
  unit: 'eps',
  width: 12,
  seriesBy: column,
  bucketMin: '10s',
})

const delayPanel = (id: number, title: string, since: string): PanelQuery => ({
  id,
  title,
  description:
    'Live lane, by time of recording. A repeated copy counts with its own delay; a negative delay means that the clock of the producer is ahead.',
  style: 'lines',
  sql: delay(since),
  unit: 'ms',
  width: 12,
  bucketMin: '10s',
})

export const intakeRow: Row = {
  title: 'Intake',
  panels: [
    rate(1, 'Events per second, by source', 'source'),
    rate(2, 'Events per second, by type', 'type'),
    delayPanel(3, 'Delay from occurrence to the store', 'occurred_at'),
    delayPanel(4, 'Delay from receipt to the store', 'received_at'),
    {
      id: 5,
      title: 'Rejected messages, by reason',
      description: 'Messages that are no events, by time of receipt.',
      style: 'bars',
      sql: rejectedOverTime,
      unit: 'short',
      width: 18,
      seriesBy: 'reason',
      bucketMin: '10s',
    },
    {
      id: 6,
      title: 'Rejected share',
      description: 'Of all messages received in this range.',
      style: 'stat',
      sql: rejectedShare,
      unit: 'percentunit',
      width: 6,
    },
  ],
}
