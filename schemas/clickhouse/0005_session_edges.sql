-- One row is one relation of a session: to an organization, a connection, a device or a grant. Wide
-- scopes are expanded over these. Written beside the events whenever memory has no such relation yet,
-- since a view over every event costs more than the events themselves; a repeated row is harmless.
-- joined: whether a relation that was derived from two events is valid, as of the last
-- evaluation. A relation from one event or list alone is always valid.
-- Ordered so because the query is "which sessions belong to this connection".
-- Not partitioned, for the same reason as sessions; kept for 400 days after its last update.
-- Merged eight parts at a time, as events are.
create table if not exists session_edges {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    edge LowCardinality(String),
    value String,
    session_kind LowCardinality(String),
    session_id String,
    first_seen_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    updated_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) default now64(3, 'UTC'),
    joined SimpleAggregateFunction(max, Tuple(DateTime64(3, 'UTC'), Bool))
        default (toDateTime64('2299-12-31 00:00:00', 3, 'UTC'), true),
    index by_update updated_at type minmax granularity 1
)
engine = {{engine AggregatingMergeTree}}
order by (tenant, instance, edge, value, session_kind, session_id)
ttl toDateTime(updated_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8
