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
            session_key, tenant, instance, session_kind, session_id,
            arraySort(groupUniqArray(1000000)((at, turn))) as seen
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
        group by session_key, tenant, instance, session_kind, session_id
    ),
    starts as
    (
        select
            session_key, tenant, instance, session_kind, session_id, seen,
            arrayFold(
                (past, each) -> (
                    if(each.2 = 2 and past.3 and each.1 > seen[1].1, arrayPushBack(past.1, each.1), past.1),
                    if(each.2 = 1, each.1, past.2),
                    multiIf(each.2 = 1, true, each.2 = 2, past.3 and each.1 = seen[1].1,
                        past.3 and each.1 <= past.2 + interval 5 second)),
                seen,
                (arrayPopBack([toDateTime64(0, 3, 'UTC')]), toDateTime64(0, 3, 'UTC'), false)).1 as opened
        from turns
    )
select
    session_key, tenant, instance, session_kind, session_id,
    incarnation,
    if(incarnation = 0, toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), opened[incarnation]) as from_at,
    if(incarnation = length(opened), toDateTime64('2200-01-01 00:00:00', 3, 'UTC'), opened[incarnation + 1]) as until_at,
    -- The epoch where nothing showed it alive.
    arrayMax(arrayMap(each -> if(each.2 = 3 and each.1 >= from_at and each.1 < until_at,
        each.1, toDateTime64(0, 3, 'UTC')), seen)) as alive_at
from starts
array join range(toUInt32(length(opened) + 1)) as incarnation
where notEmpty(opened)
