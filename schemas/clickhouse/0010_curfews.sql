-- One row is one (curfew, cause) pair as matched inline, by a sweep or by a listing. The same
-- pair matched twice is two rows with one meaning; readers fold by (curfew_id, cause_id).
-- Ordered so because curfews are queried by session.
-- Partitioned by month of recording; kept for 6 years.
create table if not exists curfews {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    curfew_id String,
    session_kind LowCardinality(String),
    session_id String,
    incarnation UInt32,
    class LowCardinality(String),
    cause_id String,
    cause_at DateTime64(3, 'UTC'),
    deadline_at DateTime64(3, 'UTC'),
    mode LowCardinality(String),
    may_act Bool,
    certainty LowCardinality(String),
    scope_kind LowCardinality(String),
    subject_ref String,
    found_by LowCardinality(String),
    detected_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    salt String,
    row_commit String,
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id)),
    index by_recorded recorded_at type minmax granularity 1,
    index by_cause cause_id type bloom_filter(0.01) granularity 1
)
engine = {{engine MergeTree}}
partition by toYYYYMM(recorded_at)
order by (tenant, instance, session_kind, session_id, curfew_id, cause_id)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
