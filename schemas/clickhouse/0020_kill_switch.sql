-- One row is one change of the kill switch by the API, on a server that several processes share; the
-- latest counts, and of two at once the one that stops. A file beside a process stops that process
-- in any case.
-- Ordered so because the latest is read, four times a second; not partitioned: few rows; kept for
-- 6 years.
create table if not exists kill_switch {{on_cluster}}
(
    is_on Bool,
    by String,
    reason String,
    at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine MergeTree}}
order by recorded_at
ttl toDateTime(recorded_at) + interval 6 year
settings {{durable}}
