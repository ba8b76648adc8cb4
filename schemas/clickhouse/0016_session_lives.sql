-- The lives of sessions whose id was used again: one row per incarnation with the instants between
-- which it held. A `created` more than 5 s after a known end opens the next incarnation. Sessions
-- that are not here have one life, incarnation 0, without bounds.
-- A pure function of the set of facts, so it is the same in whichever order they came.
-- Of one grouping, so that the engine carries a filter by session down to the facts: whoever asks about
-- some sessions names them, or everything that ever began and ended is gone through.
create view if not exists session_lives {{on_cluster}} as
with
    facts as
    (
        select
            tenant, instance, session_kind, session_id,
            arraySort(groupUniqArrayIf(occurred_at, fact = 'created')) as creations,
            groupUniqArrayIf(occurred_at, fact in ('revoked', 'ended')) as ends
        from session_facts
        where fact in ('created', 'revoked', 'ended')
        group by tenant, instance, session_kind, session_id
        having notEmpty(ends) and arrayLast(c -> 1, creations) > arrayMin(ends) + interval 5 second
    ),
    starts as
    (
        select
            tenant, instance, session_kind, session_id,
            arrayMap(c -> arrayCount(e -> e + interval 5 second < c, ends), creations) as before,
            arrayFilter((c, b, p) -> b > p, creations, before, arrayPushFront(arrayPopBack(before), 0)) as opened
        from facts
    )
select
    tenant, instance, session_kind, session_id,
    incarnation,
    if(incarnation = 0, toDateTime64('1970-01-01 00:00:00', 3, 'UTC'), opened[incarnation]) as from_at,
    if(incarnation = length(opened), toDateTime64('2200-01-01 00:00:00', 3, 'UTC'), opened[incarnation + 1]) as until_at
from starts
array join range(toUInt32(length(opened) + 1)) as incarnation
