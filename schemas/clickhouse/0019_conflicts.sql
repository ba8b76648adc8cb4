-- One row is one content that was told under an event id under which there is more than one. The
-- lowest content hash of an id stands; the others were told too, and somebody should ask why.
-- Ordered so because the contents of one event are looked at together; a repeat is the same row.
-- Not partitioned: there are few. Kept for 6 years, since it says how far an event can be relied on.
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
    -- What was found first stays as it was found.
    row_version UInt64 materialized bitNot(toUInt64(toUnixTimestamp64Milli(found_at)))
)
engine = {{engine ReplacingMergeTree(row_version)}}
order by (tenant, instance, event_id, content_hash)
ttl toDateTime(found_at) + interval 6 year
settings {{durable}}
