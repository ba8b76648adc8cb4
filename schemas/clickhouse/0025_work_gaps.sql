-- One row is one stretch of time in which one piece of work was not done: a source that could not be read,
-- lists, orders or a sweep that failed, or no process at all (`work` is 'process'). A report over that
-- time says so, also after the work goes well again.
-- Written while it lasts, every half minute, and once more when it is over; the row that lasts longest
-- holds, so a process that is killed meanwhile leaves what it knew.
-- Ordered so because a tenant asks for its own. Not partitioned: few; kept as long as events.
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
