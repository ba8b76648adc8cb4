-- The lives of sessions whose id was used again: one row per incarnation with the instants between
-- which it held, and its last sign of life. Sessions that are not here have one life, incarnation 0,
-- without bounds.
-- A sign-in (`created`) on a session that is over begins the next life, however soon. A session is
-- over after an end, until a sign of life shows that the end was none: a use that its provider
-- accepted, a list or a read that shows it, more than 5 s after the end, so that a request in flight
-- refutes nothing. The 5 s are fixed: the number of a life is part of the names of curfews and orders.
-- Producers that tell whole seconds give an end and the sign-in after it one instant: the end came first,
-- unless nothing is known of the session before. So an end at `from_at` is that of the life before.
-- A pure function of the set of facts, so it is the same in whichever order they came.
-- Only what began again has rows, and few sessions do: their facts say which, so that the uses of all
-- others are left alone. Every reader says among which sessions it looks; else it is all of them.
create view if not exists session_lives {{on_cluster}} as
with
    looked_at as (select session_key, session_id from session_facts as every_session),
    again as
    (
        select session_key, any(f.session_id) as session_id
        from session_facts as f
        where f.session_key in (select session_key from looked_at) and f.session_id in (select session_id from looked_at)
        group by session_key
        having countIf(fact in ('revoked', 'ended')) > 0
            and maxIf(occurred_at, fact = 'created') >= minIf(occurred_at, fact in ('revoked', 'ended'))
    ),
    turns as
    (
        select
            session_key, tenant, instance, session_kind, session_id, at, turn,
            row_number() over so_far as place,
            min(at) over (partition by session_key, tenant, instance, session_kind, session_id) as first_at
        from
        (
            select distinct session_key, tenant, instance, session_kind, session_id, at, turn
            from
            (
                select session_key, tenant, instance, session_kind, session_id, occurred_at as at,
                    if(fact = 'created', 2, 1) as turn
                from session_facts
                where fact in ('created', 'revoked', 'ended')
                union all
                select session_key, tenant, instance, session_kind, session_id, occurred_at as at, 3 as turn
                from session_uses
                where observer = 'idp'
                union all
                select session_key, tenant, instance, session_kind, session_id, listed_at as at, 3 as turn
                from listed_sessions
                union all
                select session_key, tenant, instance, session_kind, session_id, at, 3 as turn
                from evidence
                where level = 'alive'
            )
            where session_key in (select session_key from again) and session_id in (select session_id from again)
        )
        window so_far as
            (partition by session_key, tenant, instance, session_kind, session_id order by at, turn)
    ),
    -- Before each turn: the last end, the last sign-in that was not the first instant, the last sign of life.
    starts as
    (
        select
            session_key, tenant, instance, session_kind, session_id, at, turn,
            turn = 2 and at > first_at and ended.1 > greatest(0, begun)
                and not (alive.1 > ended.1 and alive.2 > ended.2 + interval 5 second) as opens
        from
        (
            select *,
                max(if(turn = 1, (place, at), (0, toDateTime64(0, 3, 'UTC')))) over before as ended,
                max(if(turn = 2 and at > first_at, place, 0)) over before as begun,
                max(if(turn = 3, (place, at), (0, toDateTime64(0, 3, 'UTC')))) over before as alive
            from turns
            window before as
                (partition by session_key, tenant, instance, session_kind, session_id
                    order by place rows between unbounded preceding and 1 preceding)
        )
    ),
    lives as
    (
        select
            session_key, tenant, instance, session_kind, session_id, incarnation,
            minIf(at, opens) as opened_at,
            maxIf(at, turn = 3) as alive_at
        from
        (
            select *,
                toUInt32(sum(opens) over (partition by session_key, tenant, instance, session_kind, session_id
                    order by at, turn rows between unbounded preceding and current row)) as incarnation
            from starts
        )
        group by session_key, tenant, instance, session_kind, session_id, incarnation
    )
select
    session_key, tenant, instance, session_kind, session_id,
    incarnation,
    if(incarnation = 0, toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), opened_at) as from_at,
    leadInFrame(opened_at, 1, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) over of_session as until_at,
    -- The epoch where nothing showed it alive.
    alive_at
from
(
    select *, max(incarnation) over (partition by session_key, tenant, instance, session_kind, session_id) as last_one
    from lives
)
where last_one > 0
window of_session as
    (partition by session_key, tenant, instance, session_kind, session_id
        order by incarnation rows between unbounded preceding and unbounded following)
