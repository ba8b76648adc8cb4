-- One row is how one piece of work stood that is done over and over: whether it fails, since when and
-- why in a word of ours; of the enforcer also up to when all that was recorded has been dealt with
-- (`of` is 'through'). A report read without a running server knows from here what it lacks.
-- Written when it changes and again every half minute, so that the youngest is never much older than
-- the process; the youngest holds.
-- Ordered so because a tenant asks for its own. Not partitioned: few; kept for 90 days.
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
