import { edgeOfScope, isUnnamed } from '../src/contract/cause-scope-sql.ts'
import type { Row } from './dashboard.ts'
import { chosenInstances, where, words } from './sql.ts'

const received = ['$__timeFilter_ms(received_at)', ...chosenInstances]

const inOneLine = (sql: string): string => sql.trim().replaceAll(/\s+/g, ' ')

const lookUps = `array join
    [${words(['place', 'network', 'device'])}] as look_up,
    [toString(place_state), toString(network_state), toString(device_state)] as answer`

const lookUpTotals = `select
    look_up,
    uniqIf(event_id, answer = 'hit') as hit,
    uniqIf(event_id, answer = 'miss') as miss,
    uniqIf(event_id, answer = 'not_evaluable') as not_evaluable,
    if(uniq(event_id) = 0, null, not_evaluable / uniq(event_id)) as not_evaluable_share
from events
${lookUps}
${where(received)}
group by look_up
order by look_up
limit 10`

const lookUpsOverTime = `select
    $__timeInterval(received_at) as time,
    concat(look_up, ': ', answer) as series,
    uniq(event_id) as events
from events
${lookUps}
${where([...received, "answer != 'hit'"])}
group by time, series
order by time, series`

const conflicts = `select
    tenant,
    instance,
    source,
    count() as conflicts,
    max(last_at) as last_seen_at,
    argMax(event_id, (last_at, event_id)) as last_event_id
from
(
    select
        tenant,
        instance,
        event_id,
        min(source) as source,
        max(received_at) as last_at
    from events
    ${where(received, 1)}
    group by tenant, instance, event_id
    having uniqExact(content_hash) > 1
)
group by tenant, instance, source
order by conflicts desc, tenant, instance, source
limit 100`

const listingsOverTime = `select
    $__timeInterval_ms(finished_at) as time,
    if(complete, 'complete', 'not complete') as completeness,
    uniqExact(listing_id) as listings
from listings
${where(['$__timeFilter_ms(finished_at)', ...chosenInstances])}
group by time, completeness
order by time, completeness`

const listingsByInstance = `select
    tenant,
    instance,
    uniqExactIf(listing_id, complete) as complete_listings,
    uniqExactIf(listing_id, not complete) as incomplete_listings,
    maxIf(toNullable(finished_at), complete) as last_complete_at
from listings
${where(['$__timeFilter_ms(finished_at)', ...chosenInstances])}
group by tenant, instance
order by tenant, instance
limit 200`

const unknownFields = `select
    tenant,
    instance,
    source,
    type,
    uniq(event_id) as events,
    max(unknown_fields) as unknown_fields_max,
    max(received_at) as last_at
from events
${where([...received, 'unknown_fields > 0'])}
group by tenant, instance, source, type
order by events desc, tenant, instance, source, type
limit 100`

const unread = `select
    tenant,
    instance,
    source,
    name,
    why,
    lack,
    sum(u.messages) as messages,
    max(u.last_at) as last_at
from unread as u
${where(['$__timeFilter_ms(hour)', ...chosenInstances])}
group by tenant, instance, source, name, why, lack
order by why = 'incomplete' desc, messages desc, tenant, instance, source, name
limit 100`

const unreachableCauses = `select
    tenant,
    instance,
    class,
    scope_kind,
    uniqExact(cause_id) as causes,
    max(at) as last_at
from causes
${where([
  '$__timeFilter_ms(at)',
  ...chosenInstances,
  `(${inOneLine(isUnnamed)}
        or (${inOneLine(edgeOfScope)} != '' and (tenant, instance, ${inOneLine(edgeOfScope)}) not in
        (
            select tenant, instance, edge
            from session_edges
            group by tenant, instance, edge
        )))`,
])}
group by tenant, instance, class, scope_kind
order by causes desc, tenant, instance, class, scope_kind
limit 100`

const instant = { unit: 'dateTimeAsIso' } as const

export const lookUpRow: Row = {
  title: 'Look-ups and listings',
  panels: [
    {
      id: 20,
      title: 'What look-ups knew',
      description:
        'Not evaluable is no answer: private addresses, relays, carrier gateways, missing coordinates. It never counts as clean.',
      style: 'table',
      sql: lookUpTotals,
      unit: 'short',
      width: 10,
      columns: { not_evaluable_share: { title: 'share not evaluable', unit: 'percentunit' } },
    },
    {
      id: 21,
      title: 'What look-ups did not know',
      description: 'Events by look-up and answer, hits left out.',
      style: 'bars',
      sql: lookUpsOverTime,
      unit: 'short',
      width: 14,
      seriesBy: 'series',
      bucketMin: '10s',
    },
    {
      id: 22,
      title: 'Listings, complete or not',
      description:
        "Reads of providers' lists. Absence from one that is not complete proves nothing.",
      style: 'bars',
      sql: listingsOverTime,
      unit: 'short',
      width: 12,
      seriesBy: 'completeness',
      bucketMin: '1m',
    },
    {
      id: 23,
      title: 'Listings by instance',
      description:
        'What coverage rests on: an instance without a complete list is known by events only.',
      style: 'table',
      sql: listingsByInstance,
      unit: 'short',
      width: 12,
      columns: { last_complete_at: instant },
    },
  ],
}

export const dataQualityRow: Row = {
  title: 'Data quality',
  panels: [
    {
      id: 30,
      title: 'Conflicts: one event id, two contents',
      description:
        'The content with the lower hash is used, and both are kept. The API lists them under /v1/conflicts.',
      style: 'table',
      sql: conflicts,
      unit: 'short',
      width: 12,
      columns: { last_seen_at: instant },
    },
    {
      id: 31,
      title: 'Fields unknown to the contract',
      description: 'Counted and left out; a sudden increase means that a producer changed.',
      style: 'table',
      sql: unknownFields,
      unit: 'short',
      width: 12,
      columns: { last_at: instant },
    },
    {
      id: 32,
      title: 'Messages that became no event',
      description:
        'Those that hide causes come first: fields that a cause needs are missing. The report unread shows what each hides and what to do.',
      style: 'table',
      sql: unread,
      unit: 'short',
      width: 12,
      columns: { last_at: instant },
    },
    {
      id: 33,
      title: 'Causes that match no session',
      description:
        'Nothing identifies their scope, or no session of their instance has a relation of that kind. They condemn nobody.',
      style: 'table',
      sql: unreachableCauses,
      unit: 'short',
      width: 12,
      columns: { last_at: instant },
    },
  ],
}
