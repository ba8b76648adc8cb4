-- One row is one cause with its scope. A replayed cause is the same row again; readers fold by
-- cause_id. Plain append-only, since proof rests on it: nothing here is replaced or merged away.
-- Ordered so because sweeps read a tenant's causes since an instant of recording; subject has a skip index.
-- Partitioned by month of recording, the unit that a retention act can name; kept for 6 years.
create table if not exists causes {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    cause_id String,
    class LowCardinality(String),
    event_id String,
    at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    lane LowCardinality(String),
    may_act Bool,
    mode_max LowCardinality(String) default 'enforce',
    scope_kind LowCardinality(String),
    scope_id String,
    subject_ref String,
    session_kind LowCardinality(String),
    session_id String,
    exempt_session_id String,
    flow_session_id String,
    initiator_kind LowCardinality(String),
    initiator_id String,
    reason String,
    salt String,
    row_commit String,
    index by_subject subject_ref type bloom_filter(0.01) granularity 1,
    -- All copies of a cause are folded, whenever they were recorded.
    index by_cause cause_id type bloom_filter(0.01) granularity 1
)
engine = {{engine MergeTree}}
partition by toYYYYMM(recorded_at)
order by (tenant, instance, recorded_at, cause_id)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
;

-- replaced_causes: one row is one cause that no longer counts, since later facts showed that its
-- event was another cause: a request for a new password makes the change that follows it a recovery. The
-- cause stays recorded, and condemns and counts nothing from `at` on. The latest row of an event
-- decides. Append-only like the causes, since proof rests on it; few, so there is no partition.
-- Ordered so because the latest of each event is queried; kept for 6 years.
create table if not exists replaced_causes {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    event_id String,
    cause_id String,
    by_cause_id String,
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    salt String,
    row_commit String
)
engine = {{engine MergeTree}}
order by (tenant, instance, event_id, at)
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
