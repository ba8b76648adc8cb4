-- One row is one curfew as judged at the instant `as_of`: what condemns the session, between which
-- instants it died, by which evidence, and the verdict. Reports, dashboards, API and enforcer all
-- read this view, so there is one definition of "kept".
-- A pair stands while nothing says that the session was created after its cause or ended before it.
-- Death lies in (alive_at, dead_at]: the last proof of life, and the first proof of death after it.
-- Acceptance by an application that checks tokens offline is not life; it is exposure. Being listed
-- or read as active is life and no use.
-- Clocks are believed up to the uncertainty that policy had in force at `as_of` (the first there was,
-- for an instant before it; 5 s without any). Where a session's next life begins stays at 5 s for
-- ever: the number of a life is part of the names of curfews and orders that stand.
create view if not exists verdicts {{on_cluster}} as
with
    toDateTime64('2200-01-01 00:00:00', 3, 'UTC') as never,
    assumeNotNull((
        select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
            (at > {as_of:DateTime64(3, 'UTC')},
                abs(dateDiff('millisecond', at, {as_of:DateTime64(3, 'UTC')})), clock_uncertainty_ms)))
        from timing
    )) as uncertainty_ms,
    found as
    (
        select
            tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id,
            min(c.cause_at) as cause_at,
            min(c.deadline_at) as deadline_at,
            min(c.detected_at) as detected_at,
            -- A copy by a lane that may act, or one that knows the subject, says more than one that does not.
            argMin((c.mode, c.may_act, c.scope_kind, c.subject_ref),
                (not c.may_act, c.subject_ref = '', c.detected_at, c.row_commit)) as told
        from curfews as c
        where c.detected_at <= {as_of:DateTime64(3, 'UTC')}
        group by tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id
    ),
    pairs as
    (
        select
            f.*,
            l.from_at as from_at,
            if(toYear(l.until_at) < 1971, never, l.until_at) as until_at
        from found as f
        left join session_lives as l
            on f.tenant = l.tenant and f.instance = l.instance and f.session_kind = l.session_kind
            and f.session_id = l.session_id and f.incarnation = l.incarnation
        where f.incarnation = 0 or toYear(l.until_at) >= 1971
    ),
    condemned as (select tenant, instance, session_kind, session_id from curfews),
    observed as
    (
        select tenant, instance, session_kind, session_id, occurred_at as at,
            multiIf(fact = 'created', 'created', fact = 'refused_dead', 'E4', 'E3') as level
        from session_facts
        where (tenant, instance, session_kind, session_id) in (select * from condemned)
        union all
        select tenant, instance, session_kind, session_id, occurred_at as at,
            if(observer = 'idp', 'used', 'exposed') as level
        from events
        where outcome = 'accepted' and type = 'session.used'
            and (tenant, instance, session_kind, session_id) in (select * from condemned)
        union all
        select tenant, instance, session_kind, session_id, at, level
        from evidence
        where (tenant, instance, session_kind, session_id) in (select * from condemned)
        union all
        select tenant, instance, session_kind, session_id, listed_at as at, 'alive' as level
        from listed_sessions
        where (tenant, instance, session_kind, session_id) in (select * from condemned)
    ),
    known as
    (
        select tenant, instance, session_kind, session_id,
            min(s.created_at) as created_at, min(s.first_seen_at) as first_seen_at,
            max(s.expires_at) as expires_at, max(s.token_expires_at) as token_expires_at
        from sessions as s
        where (tenant, instance, session_kind, session_id) in (select * from condemned)
        group by tenant, instance, session_kind, session_id
    ),
    lived as
    (
        select
            p.tenant as tenant, p.instance as instance, p.session_kind as session_kind,
            p.session_id as session_id, p.incarnation as incarnation, p.curfew_id as curfew_id,
            p.class as class, p.cause_id as cause_id, p.cause_at as cause_at,
            p.deadline_at as deadline_at, p.detected_at as detected_at, p.told as told,
            p.until_at as until_at,
            minIf(toNullable(o.at), o.level = 'created') as told_created_at,
            minIf(toNullable(o.at), o.level = 'E3') as first_end_at,
            maxIf(toNullable(o.at), o.level in ('used', 'alive')) as alive_at,
            -- The youngest refusal stands beside the thousand oldest deaths, so that a flood of
            -- refused retries cannot push a proof of death out of the list.
            arrayConcat(
                groupArraySortedIf(1000)((o.at, toString(o.level)), o.level in ('E2', 'E3', 'E4') and o.at >= p.cause_at),
                [(maxIf(o.at, o.level = 'E4' and o.at >= p.cause_at), 'E4')]) as deaths,
            minIf(toNullable(o.at), o.level = 'E1' and o.at >= p.cause_at) as acknowledged_at,
            maxIf(toNullable(o.at), o.level in ('exposed', 'used') and o.at > p.cause_at) as last_accepted_at,
            uniqExactIf(o.at, o.level in ('exposed', 'used') and o.at > p.cause_at) as accepted_after
        from pairs as p
        left join observed as o
            on p.tenant = o.tenant and p.instance = o.instance
            and p.session_kind = o.session_kind and p.session_id = o.session_id
        where (o.at >= p.from_at and o.at < p.until_at and o.at <= {as_of:DateTime64(3, 'UTC')}) or o.level = ''
        group by tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id,
            cause_at, deadline_at, detected_at, told, until_at
    ),
    standing as
    (
        select
            v.*,
            -- A creation that only a later life told says nothing about the first one.
            coalesce(v.told_created_at,
                if(v.incarnation = 0 and k.created_at < v.until_at, k.created_at, null)) as created_at,
            k.expires_at as expires_at, k.token_expires_at as token_expires_at,
            multiIf(
                isNotNull(created_at) and abs(dateDiff('millisecond', assumeNotNull(created_at), v.cause_at)) <= uncertainty_ms, 'ambiguous',
                -- Without a row of the session its first sight is the epoch, which is no sight at all.
                isNotNull(created_at)
                    or (toYear(k.first_seen_at) > 1970 and k.first_seen_at < v.cause_at - toIntervalMillisecond(uncertainty_ms)), 'certain',
                'creation_unknown') as certainty
        from lived as v
        left join known as k
            on v.tenant = k.tenant and v.instance = k.instance
            and v.session_kind = k.session_kind and v.session_id = k.session_id
        where (isNull(created_at) or assumeNotNull(created_at) <= v.cause_at + toIntervalMillisecond(uncertainty_ms))
            and (isNull(v.first_end_at) or assumeNotNull(v.first_end_at) >= v.cause_at)
    ),
    folded as
    (
        select
            tenant, instance, session_kind, session_id, incarnation, curfew_id, class,
            groupUniqArray(s.cause_id) as cause_ids,
            min(s.cause_at) as cause_at,
            min(s.deadline_at) as deadline_at,
            min(s.detected_at) as detected_at,
            argMin((s.told, s.certainty), (not s.told.2, s.cause_at, s.cause_id)) as first_told,
            min(s.created_at) as created_at,
            max(s.expires_at) as expires_at,
            max(s.token_expires_at) as token_expires_at,
            max(s.until_at) as until_at,
            max(s.alive_at) as alive_at,
            arraySort(groupUniqArrayArray(s.deaths)) as deaths,
            min(s.acknowledged_at) as acknowledged_at,
            max(s.last_accepted_at) as last_accepted_at,
            max(s.accepted_after) as accepted_after
        from standing as s
        group by tenant, instance, session_kind, session_id, incarnation, curfew_id, class
    ),
    ordered as
    (
        select
            tenant, instance, session_kind, session_id, incarnation,
            minIf(toNullable(s.at), s.state = 'dispatching') as ordered_at,
            -- A session may have several orders, one after the other; at never falls within an epoch.
            argMax((s.order_id, s.state, s.reason), (s.epoch, s.at, s.seq)) as last_step
        from order_steps as s
        where s.at <= {as_of:DateTime64(3, 'UTC')}
        group by tenant, instance, session_kind, session_id, incarnation
    )
select
    f.tenant as tenant, f.instance as instance, f.session_kind as session_kind,
    f.session_id as session_id, f.incarnation as incarnation, f.curfew_id as curfew_id,
    f.class as class, f.cause_ids as cause_ids, f.cause_at as cause_at,
    f.deadline_at as deadline_at, f.detected_at as detected_at,
    f.first_told.1.1 as mode, f.first_told.1.2 as may_act, f.first_told.1.3 as scope_kind,
    f.first_told.1.4 as subject_ref, f.first_told.2 as certainty,
    f.created_at as created_at, f.expires_at as expires_at, f.token_expires_at as token_expires_at,
    f.alive_at as alive_at,
    arrayFilter(d -> toYear(d.1) > 1970 and d.1 > ifNull(f.alive_at, toDateTime64(0, 3, 'UTC')), f.deaths) as proofs,
    if(empty(proofs), null, proofs[1].1) as dead_at,
    proofs[1].2 as dead_by,
    o.ordered_at as ordered_at, f.acknowledged_at as acknowledged_at,
    arrayFirstOrNull(d -> d.2 = 'E2', proofs).1 as read_back_at,
    arrayFirstOrNull(d -> d.2 = 'E3', proofs).1 as ended_event_at,
    arrayFirstOrNull(d -> d.2 = 'E4', proofs).1 as first_refused_at,
    f.last_accepted_at as last_accepted_at, f.accepted_after as accepted_after,
    o.last_step.1 as order_id, o.last_step.2 as order_state, o.last_step.3 as order_reason,
    -- Acknowledged, and not dead already, beyond clock skew, when the order went out.
    isNotNull(f.acknowledged_at) and isNotNull(dead_at)
        and (isNull(o.ordered_at) or assumeNotNull(dead_at) >= assumeNotNull(o.ordered_at) - toIntervalMillisecond(uncertainty_ms)) as by_us,
    multiIf(
        isNotNull(dead_at) and assumeNotNull(dead_at) <= f.deadline_at, 'kept',
        isNotNull(f.alive_at) and assumeNotNull(f.alive_at) > f.deadline_at, 'broken',
        {as_of:DateTime64(3, 'UTC')} <= f.deadline_at, 'open',
        'unproven') as verdict,
    multiIf(
        isNotNull(dead_at) and by_us and assumeNotNull(dead_at) <= f.deadline_at, 'contained_in_time',
        isNotNull(dead_at) and by_us, 'contained_late',
        isNotNull(dead_at) and assumeNotNull(dead_at) <= f.deadline_at, 'ended_otherwise_in_time',
        isNotNull(dead_at), 'ended_otherwise_late',
        isNotNull(f.expires_at) and assumeNotNull(f.expires_at) <= {as_of:DateTime64(3, 'UTC')}
            and (isNull(f.alive_at) or assumeNotNull(f.alive_at) <= assumeNotNull(f.expires_at)), 'expired',
        isNotNull(f.alive_at) and assumeNotNull(f.alive_at) > f.deadline_at, 'still_alive',
        'unknown') as outcome
from folded as f
left join ordered as o
    on f.tenant = o.tenant and f.instance = o.instance and f.session_kind = o.session_kind
    and f.session_id = o.session_id and f.incarnation = o.incarnation
