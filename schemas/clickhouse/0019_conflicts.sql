-- One row is one content of an event id that has several contents. The
-- lowest content hash of an id is used; the producer has to explain the others.
-- Ordered so because the contents of one event are read together; a repeat is the same row.
-- Not partitioned: few rows. Kept for 6 years, since it shows how reliable an event is.
create table if not exists conflicts {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    event_id String,
    content_hash UInt64,
    native_id String,
    type LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source LowCardinality(String),
    partition UInt32,
    offset UInt64,
    subject_ref String,
    session_kind LowCardinality(String),
    session_id String,
    found_at DateTime64(3, 'UTC'),
    -- The first record of a conflict does not change.
    row_version UInt64 materialized bitNot(toUInt64(toUnixTimestamp64Milli(found_at)))
)
engine = {{engine ReplacingMergeTree(row_version)}}
order by (tenant, instance, event_id, content_hash)
ttl toDateTime(found_at) + interval 6 year
settings {{durable}}
