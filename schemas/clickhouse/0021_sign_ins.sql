-- One row is one side of a sign-in that its provider reports in two events: the sign-in through a
-- connection, without a session id, or the session that began by single sign-on, without a
-- connection. The enforcer joins the two and writes the relation into session_edges. Only such events have
-- a row here, so a provider that reports both at once has none.
-- Ordered so because the two sides are joined by subject and time.
-- Not partitioned and kept for 30 days: the sides come within minutes of each other.
create table if not exists sign_ins {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    subject_ref String,
    at DateTime64(3, 'UTC'),
    event_id String,
    session_kind LowCardinality(String),
    session_id String,
    connection_id String,
    organization_id String,
    ip String,
    user_agent String,
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    index by_recorded recorded_at type minmax granularity 1
)
engine = {{engine ReplacingMergeTree}}
order by (tenant, instance, subject_ref, at, event_id)
ttl toDateTime(recorded_at) + interval 30 day
settings {{durable}}
