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
;

-- proof_rules: one row is what proves a death at one instance's provider from an instant on, written
-- by whoever opens with it: `absence` from complete lists, a `read` by id that finds nothing, an end
-- event after our own call (`own_end`) or any other (`other_end`), and a `refusal`. Each is 'proves',
-- 'after_nothing_left' (once the provider, asked again, had nothing left to end), 'again_apart' (once
-- it comes apart_ms after the first end or refusal) or 'acknowledges'. Of an instance that
-- is not here nobody knows which provider it is: there an end or a refusal is believed, and what
-- follows our own call is not.
-- Ordered so because the youngest of an instance before an instant is asked for; not partitioned: a
-- row per change of a provider; kept for good.
create table if not exists proof_rules {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    at DateTime64(3, 'UTC'),
    absence LowCardinality(String),
    read LowCardinality(String),
    own_end LowCardinality(String),
    other_end LowCardinality(String),
    refusal LowCardinality(String),
    apart_ms UInt32,
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC')
)
engine = {{engine MergeTree}}
order by (tenant, instance, at)
settings {{durable}}
