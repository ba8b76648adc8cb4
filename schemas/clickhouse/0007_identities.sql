-- One row is the identity behind a subject_ref: the only table with clear names.
-- Ordered so because a reference is looked up; erasing a person deletes one key here.
-- Kept until the person is erased or has no event for 400 days.
-- Merged eight parts at a time, as events are.
create table if not exists identities {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    subject_ref String,
    subject_id SimpleAggregateFunction(max, String),
    subject_kind SimpleAggregateFunction(max, LowCardinality(String)),
    email SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), String)),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
engine = {{engine AggregatingMergeTree}}
order by (tenant, instance, subject_ref)
ttl toDateTime(last_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8
