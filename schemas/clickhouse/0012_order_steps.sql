-- One row is one step of one order, written by the elected enforcer. (epoch, seq) orders the steps; a
-- step of a superseded enforcer has a lower epoch.
-- Ordered so because an order is read whole; not partitioned, since open orders are resumed across
-- month ends and are few; kept for 6 years. A session has few orders, found by the index on its id.
create table if not exists order_steps {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    order_id String,
    epoch UInt64,
    seq UInt32,
    state LowCardinality(String),
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    session_kind LowCardinality(String),
    session_id String,
    incarnation UInt32,
    subject_ref String,
    curfew_ids Array(String),
    -- The causes that may act and that it serves; any other is a new reason.
    cause_ids Array(String),
    reason String,
    attempt UInt32,
    next_attempt_at Nullable(DateTime64(3, 'UTC')),
    provider LowCardinality(String),
    request_id String,
    status UInt16,
    -- Other sessions that its call also ends, as 'kind id'.
    also_ends Array(String),
    actor String,
    salt String,
    row_commit String,
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id)),
    index by_session session_id type bloom_filter(0.01) granularity 1
)
engine = {{engine MergeTree}}
order by (tenant, instance, order_id, seq, epoch)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
