-- One row is one reason to believe that a session is dead (E0 to E2) or alive. E3 and E4 come with
-- events and are in session_facts.
-- Ordered so because a verdict reads all evidence of one session.
-- Partitioned by month of recording; kept for 6 years.
create table if not exists evidence {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    evidence_id String,
    session_kind LowCardinality(String),
    session_id String,
    incarnation UInt32,
    level LowCardinality(String),
    means LowCardinality(String),
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    order_id String,
    listing_id String,
    detail String,
    salt String,
    row_commit String,
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id))
)
engine = {{engine MergeTree}}
partition by toYYYYMM(recorded_at)
order by (tenant, instance, session_kind, session_id, at, evidence_id)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
