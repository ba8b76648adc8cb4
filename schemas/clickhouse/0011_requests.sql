-- One row is one request of a person or program; the enforcer alone decides on it.
-- Ordered so because the enforcer reads new requests by time.
-- Not partitioned: few; kept for 6 years.
create table if not exists requests {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    request_id String,
    kind LowCardinality(String),
    order_id String,
    subject_ref String,
    session_kind LowCardinality(String),
    session_id String,
    principal String,
    role LowCardinality(String),
    reason String,
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    salt String,
    row_commit String
)
engine = {{engine MergeTree}}
order by (recorded_at, tenant, request_id)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
