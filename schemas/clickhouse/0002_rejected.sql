-- One row is one message that cannot be an event: its position, the reason, and an excerpt.
-- Ordered so because producers query their latest messages; a redelivered copy is the same row.
-- Partitioned by month of receipt; kept for 90 days, since excerpts may hold personal data.
create table if not exists rejected {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    source LowCardinality(String),
    partition UInt32,
    offset UInt64,
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    reason LowCardinality(String),
    detail String,
    excerpt String,
    digest String,
    bytes UInt64
)
engine = {{engine ReplacingMergeTree(recorded_at)}}
partition by toYYYYMM(received_at)
order by (tenant, instance, source, partition, offset)
ttl toDateTime(received_at) + interval 90 day
settings {{durable}}
