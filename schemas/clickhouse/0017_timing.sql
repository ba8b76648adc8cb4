-- One row is one value of the policy's timing that came into force, written by whoever opens with
-- it. Verdicts of an instant use what was in force then, so a report of last year is not judged by
-- the policy of today.
-- Ordered so because the youngest before an instant is asked for; not partitioned: a row per change
-- of policy; kept for good.
create table if not exists timing {{on_cluster}}
(
    at DateTime64(3, 'UTC'),
    clock_uncertainty_ms UInt32,
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine MergeTree}}
order by at
settings {{durable}}
