-- One row is the number of messages of one kind from a source in one hour that became no event, and why.
-- Ordered so because the query is "what of this instance is not read"; rows of an hour are summed.
-- Not partitioned: few; kept for 90 days.
create table if not exists unread {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    source LowCardinality(String),
    format LowCardinality(String),
    why LowCardinality(String),
    lack LowCardinality(String),
    name String,
    hour DateTime64(3, 'UTC'),
    messages SimpleAggregateFunction(sum, UInt64),
    last_at SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
engine = {{engine AggregatingMergeTree}}
order by (tenant, instance, source, format, why, lack, name, hour)
ttl toDateTime(hour) + interval 90 day
settings {{durable}}
