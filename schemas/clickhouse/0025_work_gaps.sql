-- One row is one period in which one piece of work was not done: a source that could not be read,
-- lists, orders or a sweep that failed, or no process at all (`work` is 'process'). Reports over that
-- time note it, also after the work succeeds again.
-- Written every half minute while it lasts, and once more at its end; the row that ends last
-- counts, so a killed process leaves what it had recorded.
-- Ordered so because a tenant reads its own. Not partitioned: few rows; kept as long as events.
create table if not exists work_gaps {{on_cluster}}
(
    tenant LowCardinality(String),
    work LowCardinality(String),
    of String,
    reason LowCardinality(String),
    from_at DateTime64(3, 'UTC'),
    until_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine ReplacingMergeTree(until_at)}}
order by (tenant, work, of, from_at)
ttl toDateTime(recorded_at) + interval 400 day
settings {{durable}}
