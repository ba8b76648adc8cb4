-- The incarnations of session ids that were used again: one row per incarnation with its begin and
-- end, and its last proof of life. Sessions without rows have one incarnation, 0,
-- without bounds.
-- A sign-in (`created`) on a session that has ended begins the next incarnation, however soon. A session has
-- ended after an end, unless a later proof of life refutes it: a use that its provider
-- accepted, or a list or a read that shows it, more than 5 s after the end, so that a request in flight
-- refutes nothing. The 5 s are fixed: the incarnation is part of the ids of curfews and orders.
-- Producers with whole seconds give an end and the sign-in after it one instant: the end came first,
-- unless it is the session's first instant. So an end at `from_at` belongs to the incarnation before.
-- A pure function of the set of facts: the order of arrival does not matter.
-- Few session ids are used again: their facts show which, so that the uses of all
-- others are not read. Every reader selects its sessions (`among`); default: all of them.
create view if not exists session_lives {{on_cluster}} as
with
    selected as (select session_key, session_id from session_facts as every_session),
    reused as
    (
        select session_key, any(f.session_id) as session_id
        from session_facts as f
        where f.session_key in (select session_key from selected) and f.session_id in (select session_id from selected)
        group by session_key
        having countIf(fact in ('revoked', 'ended')) > 0
            and maxIf(occurred_at, fact = 'created') >= minIf(occurred_at, fact in ('revoked', 'ended'))
    ),
    ordered_facts as
    (
        select
            session_key, tenant, instance, session_kind, session_id, at, fact_order,
            row_number() over so_far as position,
            min(at) over (partition by session_key, tenant, instance, session_kind, session_id) as first_at
        from
        (
            select distinct session_key, tenant, instance, session_kind, session_id, at, fact_order
            from
            (
                select session_key, tenant, instance, session_kind, session_id, occurred_at as at,
                    if(fact = 'created', 2, 1) as fact_order
                from session_facts
                where fact in ('created', 'revoked', 'ended')
                union all
                select session_key, tenant, instance, session_kind, session_id, occurred_at as at, 3 as fact_order
                from session_uses
                where observer = 'idp'
                union all
                select session_key, tenant, instance, session_kind, session_id, listed_at as at, 3 as fact_order
                from listed_sessions
                union all
                select session_key, tenant, instance, session_kind, session_id, at, 3 as fact_order
                from evidence
                where level = 'alive'
            )
            where session_key in (select session_key from reused) and session_id in (select session_id from reused)
        )
        window so_far as
            (partition by session_key, tenant, instance, session_kind, session_id order by at, fact_order)
    ),
    -- Before each fact: the last end, the last sign-in after the first instant, the last proof of life.
    starts as
    (
        select
            session_key, tenant, instance, session_kind, session_id, at, fact_order,
            fact_order = 2 and at > first_at and ended.1 > greatest(0, started)
                and not (alive.1 > ended.1 and alive.2 > ended.2 + interval 5 second) as opens
        from
        (
            select *,
                max(if(fact_order = 1, (position, at), (0, toDateTime64(0, 3, 'UTC')))) over before as ended,
                max(if(fact_order = 2 and at > first_at, position, 0)) over before as started,
                max(if(fact_order = 3, (position, at), (0, toDateTime64(0, 3, 'UTC')))) over before as alive
            from ordered_facts
            window before as
                (partition by session_key, tenant, instance, session_kind, session_id
                    order by position rows between unbounded preceding and 1 preceding)
        )
    ),
    incarnations as
    (
        select
            session_key, tenant, instance, session_kind, session_id, incarnation,
            minIf(at, opens) as opened_at,
            maxIf(at, fact_order = 3) as alive_at
        from
        (
            select *,
                toUInt32(sum(opens) over (partition by session_key, tenant, instance, session_kind, session_id
                    order by at, fact_order rows between unbounded preceding and current row)) as incarnation
            from starts
        )
        group by session_key, tenant, instance, session_kind, session_id, incarnation
    )
select
    session_key, tenant, instance, session_kind, session_id,
    incarnation,
    if(incarnation = 0, toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), opened_at) as from_at,
    leadInFrame(opened_at, 1, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) over of_session as until_at,
    -- The epoch without a proof of life.
    alive_at
from
(
    select *, max(incarnation) over (partition by session_key, tenant, instance, session_kind, session_id) as last_one
    from incarnations
)
where last_one > 0
window of_session as
    (partition by session_key, tenant, instance, session_kind, session_id
        order by incarnation rows between unbounded preceding and unbounded following)
