-- One row is the position of a feed; the latest per id counts.
-- Ordered so because a feed reads its own; kept for 90 days.
create table if not exists cursors {{on_cluster}}
(
    id String,
    cursor String,
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine ReplacingMergeTree(recorded_at)}}
order by id
ttl toDateTime(recorded_at) + interval 90 day
settings {{durable}}
