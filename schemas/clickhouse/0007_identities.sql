-- One row is who stands behind a subject_ref: the only place that holds clear names.
-- Ordered so because a ref is looked up; forgetting a person deletes one key here.
-- Kept until the person is forgotten or unheard of for 400 days.
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
