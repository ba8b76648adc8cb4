-- One row is one version of one finding; the highest version is valid, and `standing` tells whether
-- the finding is active. Plain append-only: an earlier version is evidence too.
-- Ordered so because lists show a tenant's latest; memory loads by session and by
-- subject, on a miss.
-- Partitioned by month of recording.
-- Kept for 6 years.
create table if not exists findings {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    finding_id String,
    version UInt64,
    standing Bool,
    detector LowCardinality(String),
    severity LowCardinality(String),
    mode LowCardinality(String),
    at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    root_kind LowCardinality(String),
    root_id String,
    subject_ref String,
    session_kind LowCardinality(String),
    session_id String,
    why String,
    event_ids Array(String),
    facts String,
    as_of Nullable(DateTime64(3, 'UTC')),
    salt String,
    row_commit String,
    index by_session session_id type bloom_filter(0.01) granularity 1,
    index by_subject subject_ref type bloom_filter(0.01) granularity 1
)
engine = {{engine MergeTree}}
partition by toYYYYMM(recorded_at)
order by (tenant, recorded_at, finding_id)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
