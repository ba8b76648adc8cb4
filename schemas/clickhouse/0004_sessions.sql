-- One row is the summary of one session, folded from its events and from the lists of its
-- provider. Every column is a min, a max or a set, so repeats and order change nothing.
-- Ordered so because a session is queried by its key; subjects, principal and update time have skip indexes.
-- Not partitioned: a session's rows must meet in one part to be folded.
-- Kept for 400 days after its last update.
-- Merged eight parts at a time, as events are.
create table if not exists sessions {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    session_kind LowCardinality(String),
    session_id String,
    subject_ref SimpleAggregateFunction(max, String),
    -- Differs from subject_ref where events named several subjects.
    least_subject_ref SimpleAggregateFunction(min, Nullable(String)),
    subject_kind SimpleAggregateFunction(max, LowCardinality(String)),
    on_behalf_of_ref SimpleAggregateFunction(max, String),
    created_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    last_created_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    first_seen_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    first_alive_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    last_seen_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    idp_accepted_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    app_accepted_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    first_ended_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    last_ended_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    first_refused_dead_at SimpleAggregateFunction(min, Nullable(DateTime64(3, 'UTC'))),
    expires_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    token_expires_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    listed_at SimpleAggregateFunction(max, Nullable(DateTime64(3, 'UTC'))),
    opened_by_actor SimpleAggregateFunction(max, UInt8),
    updated_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id)),

    index by_subject subject_ref type bloom_filter(0.01) granularity 1,
    index by_least_subject least_subject_ref type bloom_filter(0.01) granularity 1,
    index by_principal on_behalf_of_ref type bloom_filter(0.01) granularity 1,
    index by_update updated_at type minmax granularity 1
)
engine = {{engine AggregatingMergeTree}}
order by (tenant, instance, session_kind, session_id)
ttl toDateTime(updated_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8;

create materialized view if not exists sessions_from_events {{on_cluster}} to sessions as
select
    tenant, instance, session_kind, session_id,
    max(e.subject_ref) as subject_ref,
    minIf(toNullable(e.subject_ref), e.subject_ref != '') as least_subject_ref,
    max(e.subject_kind) as subject_kind,
    max(e.on_behalf_of_ref) as on_behalf_of_ref,
    min(if(type = 'session.created', e.occurred_at, e.session_created_at)) as created_at,
    maxIf(toNullable(e.occurred_at), type = 'session.created') as last_created_at,
    min(e.occurred_at) as first_seen_at,
    minIf(toNullable(e.occurred_at), type = 'session.used' and outcome = 'accepted') as first_alive_at,
    max(e.occurred_at) as last_seen_at,
    maxIf(toNullable(e.occurred_at), type = 'session.used' and outcome = 'accepted' and observer = 'idp') as idp_accepted_at,
    maxIf(toNullable(e.occurred_at), type = 'session.used' and outcome = 'accepted' and observer != 'idp') as app_accepted_at,
    minIf(toNullable(e.occurred_at), type in ('session.revoked', 'session.ended')) as first_ended_at,
    maxIf(toNullable(e.occurred_at), type in ('session.revoked', 'session.ended')) as last_ended_at,
    minIf(toNullable(e.occurred_at), refusal_reason = 'session_ended') as first_refused_dead_at,
    max(e.expires_at) as expires_at,
    max(e.token_expires_at) as token_expires_at,
    max(toUInt8(type = 'session.created' and e.ip_of = 'actor')) as opened_by_actor,
    max(e.recorded_at) as updated_at
from events as e
where session_id != ''
group by tenant, instance, session_kind, session_id
