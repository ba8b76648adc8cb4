-- One row is one tie of a session: to an organization, a connection, a device or a grant. Wide
-- scopes are expanded over these. Written beside the events whenever memory meets a tie it does not
-- know, since a view over every event costs more than the events themselves; a repeat is no harm.
-- joined: whether a tie that was put together from two events stands, as of the last time that it was
-- looked at. A tie that one event or list told by itself stands whatever else is put together.
-- Ordered so because the question is "which sessions hang on this connection".
-- Not partitioned, for the same reason as sessions; kept for 400 days after it was last told of.
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
