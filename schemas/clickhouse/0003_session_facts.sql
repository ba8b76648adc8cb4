-- One row is one fact about a session: created, revoked, ended, or refused because it had ended.
-- Ordered so because facts are queried by session; the event id makes copies one row.
-- Not partitioned: facts are few and are read across all time.
-- Kept for 6 years: they outlive the raw events, since proof rests on them.
-- Merged eight parts at a time, as events are.
create table if not exists session_facts {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    session_kind LowCardinality(String),
    session_id String,
    fact LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    event_id String,
    received_at DateTime64(3, 'UTC'),
    recorded_at DateTime64(3, 'UTC'),
    source LowCardinality(String),
    subject_ref String,
    observer LowCardinality(String),
    initiator_kind LowCardinality(String),
    initiator_id String,
    initiator_client LowCardinality(String),
    reason LowCardinality(String),
    ip String,
    ip_of LowCardinality(String),
    country LowCardinality(String),
    city LowCardinality(String),
    browser LowCardinality(String),
    os LowCardinality(String),
    row_version UInt64,
    -- Of fixed width, so that sets, joins and groups of many sessions cost a tenth of those by id.
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id))
)
engine = {{engine ReplacingMergeTree(row_version)}}
order by (tenant, instance, session_kind, session_id, fact, occurred_at, event_id)
ttl toDateTime(received_at) + interval 6 year
settings {{durable}}, min_parts_to_merge_at_once = 8;

create materialized view if not exists session_facts_from_events {{on_cluster}} to session_facts as
select
    tenant, instance, session_kind, session_id,
    multiIf(type = 'session.created', 'created', type = 'session.revoked', 'revoked',
            type = 'session.ended', 'ended', 'refused_dead') as fact,
    occurred_at, event_id, received_at, recorded_at, source, subject_ref, observer,
    initiator_kind, initiator_id, initiator_client, reason, ip, ip_of, country, city,
    browser, os,
    row_version
from events
where session_id != ''
  and (type in ('session.created', 'session.revoked', 'session.ended')
       or refusal_reason = 'session_ended');

-- session_uses: one row is one accepted use of a session, by the identity provider or by an
-- application. It holds the fields of uses that verdicts and incarnations need, so that judging one session
-- reads its own uses only.
-- Ordered so because uses are queried by session; copies of an event fold into one row.
-- Not partitioned: a session's uses are read across all time.
-- Kept for 400 days, as the events behind it.
create table if not exists session_uses {{on_cluster}}
(
    tenant LowCardinality(String),
    instance LowCardinality(String),
    session_kind LowCardinality(String),
    session_id String,
    observer LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    subject_ref String,
    received_at DateTime64(3, 'UTC'),
    session_key UInt128 materialized reinterpretAsUInt128(sipHash128(tenant, instance, session_kind, session_id))
)
engine = {{engine ReplacingMergeTree}}
order by (tenant, instance, session_kind, session_id, observer, occurred_at, subject_ref)
ttl toDateTime(received_at) + interval 400 day
settings {{durable}}, min_parts_to_merge_at_once = 8;

create materialized view if not exists session_uses_from_events {{on_cluster}} to session_uses as
select
    tenant, instance, session_kind, session_id,
    if(observer = 'idp', 'idp', 'application') as observer,
    occurred_at, subject_ref, received_at
from events
where session_id != '' and type = 'session.used' and outcome = 'accepted'
