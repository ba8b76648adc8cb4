-- One row is the first use of a value by a subject: a country, a device, a network. Written
-- beside the events whenever memory has no such value yet, or a later time for
-- it; the minimum counts, so repeats and order change nothing.
-- Ordered so because memory loads all firsts of a set of subjects.
-- Not partitioned; kept for 400 days after it was last written, so it outlives the raw events.
-- Merged eight parts at a time, as events are.
create table if not exists subject_firsts {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    subject_ref String,
    attribute LowCardinality(String),
    value String,
    first SimpleAggregateFunction(min, Tuple(DateTime64(3, 'UTC'), String)),
    updated_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) default now64(3, 'UTC')
)
engine = {{engine AggregatingMergeTree}}
order by (tenant, instance, subject_ref, attribute, value)
ttl toDateTime(updated_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8
