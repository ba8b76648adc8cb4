-- One row is one event as decoded and enriched. A redelivered copy is the same row again; two
-- different contents under one id are a conflict, and the one with the lower content hash is used.
-- Ordered so because the most frequent query is "what did this subject do, in order"; occurred_at
-- is only here, never in the partition, since producers may report a wrong one. The content hash is last,
-- so that merging drops copies and never one of two contents: a conflict can still be detected.
-- Partitioned by month of receipt, so that late events never touch old partitions and a backfill is
-- not born expired.
-- Kept for 400 days after receipt.
-- Merged eight parts at a time: rewriting its many columns was a sixth of the cost of ingest, and
-- a few more parts cost a look-up little. Parts up to 128 MiB keep their columns in one file:
-- with one to three files for each of 67 columns, writing 25,000 rows took the engine three times as long.
create table if not exists events {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    event_id String,
    native_id String,
    type LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    lane LowCardinality(String),
    -- Whether its source may cause the end of sessions.
    may_act Bool,
    source LowCardinality(String),
    partition UInt32,
    offset UInt64,
    unknown_fields UInt16,

    session_kind LowCardinality(String),
    session_id String,
    session_created_at Nullable(DateTime64(3, 'UTC')),
    expires_at Nullable(DateTime64(3, 'UTC')),

    subject_ref String,
    subject_kind LowCardinality(String),
    on_behalf_of_ref String,

    ip String,
    ip_of LowCardinality(String),
    user_agent LowCardinality(String),
    device_id String,
    client_fingerprint LowCardinality(String),
    auth_method LowCardinality(String),
    organization_id LowCardinality(String),
    connection_id LowCardinality(String),
    application_id LowCardinality(String),
    grant_id LowCardinality(String),

    token_id String,
    token_family String,
    token_ordinal Nullable(UInt32),
    token_kind LowCardinality(String),
    token_issued_at Nullable(DateTime64(3, 'UTC')),
    token_expires_at Nullable(DateTime64(3, 'UTC')),

    initiator_kind LowCardinality(String),
    initiator_id String,
    initiator_client LowCardinality(String),
    initiator_session_id String,
    reason LowCardinality(String),

    outcome LowCardinality(String),
    outcome_status UInt16,
    refusal_reason LowCardinality(String),
    observer LowCardinality(String),
    scope_kind LowCardinality(String),
    scope_id String,

    place_state LowCardinality(String),
    country LowCardinality(String),
    region LowCardinality(String),
    city LowCardinality(String),
    latitude Nullable(Float32),
    longitude Nullable(Float32),
    accuracy_km Nullable(Float32),
    place_said_by LowCardinality(String),
    network_state LowCardinality(String),
    asn UInt32,
    network_name LowCardinality(String),
    network_class LowCardinality(String),
    network_said_by LowCardinality(String),
    device_state LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    device_type LowCardinality(String),
    agent_class LowCardinality(String),

    -- Over the source's own fields, never over ours: a copy by another channel is no conflict.
    content_hash UInt64 materialized sipHash64(
        type, occurred_at, session_kind, session_id,
        ifNull(toUnixTimestamp64Milli(session_created_at), 0),
        ifNull(toUnixTimestamp64Milli(expires_at), 0), subject_ref, subject_kind,
        on_behalf_of_ref, ip, user_agent, device_id, auth_method, organization_id,
        connection_id, application_id, grant_id, token_id, token_family, outcome, refusal_reason,
        observer, scope_kind, scope_id, initiator_kind, initiator_id, reason),
    -- Of several contents the one with the highest version is used: the lowest content hash.
    row_version UInt64 materialized bitNot(content_hash),

    index by_session session_id type bloom_filter(0.01) granularity 4,
    index by_event event_id type bloom_filter(0.01) granularity 4,
    index by_recorded recorded_at type minmax granularity 1
)
engine = {{engine ReplacingMergeTree(row_version)}}
partition by toYYYYMM(received_at)
primary key (tenant, instance, subject_ref, occurred_at, event_id)
order by (tenant, instance, subject_ref, occurred_at, event_id, content_hash)
ttl toDateTime(received_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8, min_bytes_for_wide_part = 134217728
