-- One row is one value of the policy's timing that came into force, written at
-- start. Verdicts of an instant use the value in force then, so a report of last year is not judged by
-- the policy of today.
-- Ordered so because the latest before an instant is read; not partitioned: a row per change
-- of policy; kept without limit.
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
-- at start: `absence` from complete lists, a `read` by id that finds nothing, an end
-- event after our own call (`own_end`) or any other (`other_end`), and a `refusal`. Each is 'proves',
-- 'after_nothing_left' (once the provider, called again, had nothing left to end), 'again_apart' (once
-- it comes apart_ms after the first end or refusal) or 'acknowledges'. The provider of an instance without
-- rows is unknown: an end or a refusal proves there, except
-- an end after our own call.
-- Ordered so because the latest of an instance before an instant is read; not partitioned: a
-- row per change of a provider; kept without limit.
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
