-- listings: one row is one read of a provider's list for one subject, complete or not. Coverage
-- depends on it, so an incomplete read is a row too.
-- Ordered so because the question is "when was this subject last listed completely".
-- listed_sessions: one row is one session in such a read; folded into sessions below.
-- Both kept for 400 days.
create table if not exists listings {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    subject_ref String,
    listing_id String,
    started_at DateTime64(3, 'UTC'),
    finished_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    complete Bool,
    sessions UInt32
)
engine = {{engine MergeTree}}
order by (tenant, instance, subject_ref, started_at, listing_id)
ttl toDateTime(recorded_at) + interval 400 day
settings {{durable}};

create table if not exists listed_sessions {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    subject_ref String,
    listing_id String,
    session_kind LowCardinality(String),
    session_id String,
    listed_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC') default now64(3, 'UTC'),
    created_at Nullable(DateTime64(3, 'UTC')),
    last_used_at Nullable(DateTime64(3, 'UTC')),
    expires_at Nullable(DateTime64(3, 'UTC')),
    ip String,
    user_agent String,
    organization_id String,
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id))
)
engine = {{engine MergeTree}}
order by (tenant, instance, session_kind, session_id, listed_at)
ttl toDateTime(recorded_at) + interval 400 day
settings {{durable}};

create materialized view if not exists sessions_from_listings {{on_cluster}} to sessions as
select
    tenant, instance, session_kind, session_id,
    max(l.subject_ref) as subject_ref,
    min(l.created_at) as created_at,
    min(coalesce(l.created_at, l.listed_at)) as first_seen_at,
    min(toNullable(l.listed_at)) as first_alive_at,
    max(greatest(l.listed_at, ifNull(l.last_used_at, l.listed_at))) as last_seen_at,
    max(l.expires_at) as expires_at,
    max(toNullable(l.listed_at)) as listed_at,
    max(l.recorded_at) as updated_at
from listed_sessions as l
group by tenant, instance, session_kind, session_id
