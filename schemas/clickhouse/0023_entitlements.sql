-- One row is one statement of a subject's entitlements: the roles of a member in an organization, or that a
-- directory has an entry of it. The enforcer compares a statement with the one before it, where an
-- event reports the current state and not what was lost.
-- Ordered so because statements are compared within one subject and organization, by time; and by
-- kind and scope first, since a directory that is deleted takes all of its entries with it.
-- Not partitioned: few rows, and the last one counts however old it is.
-- Kept for 400 days after it was written.
create table if not exists entitlements {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    kind LowCardinality(String),
    scope_id String,
    subject_ref String,
    at DateTime64(3, 'UTC'),
    event_id String,
    organization_id String,
    held Array(String),
    begins Bool,
    lane LowCardinality(String),
    may_act Bool,
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    index by_recorded recorded_at type minmax granularity 1
)
engine = {{engine ReplacingMergeTree}}
order by (tenant, instance, kind, scope_id, subject_ref, at, event_id)
ttl toDateTime(recorded_at) + interval 400 day
settings {{durable}}
