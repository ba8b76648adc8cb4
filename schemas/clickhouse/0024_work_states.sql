-- One row is the state of one piece of recurring work: whether it fails, since when and
-- why, as a code; for the enforcer also the instant up to which all recorded rows are processed
-- (`of` is 'through'). A report without a running server reads here what may be missing.
-- Written on a change and every half minute, so that the latest row is never much older than
-- the process; the latest row counts.
-- Ordered so because a tenant reads its own. Not partitioned: few rows; kept for 90 days.
create table if not exists work_states {{on_cluster}}
(
    tenant LowCardinality(String),
    work LowCardinality(String),
    of String,
    failing Bool,
    reason LowCardinality(String),
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine ReplacingMergeTree(recorded_at)}}
order by (tenant, work, of)
ttl toDateTime(recorded_at) + interval 90 day
settings {{durable}}
