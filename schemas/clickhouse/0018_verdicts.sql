-- One row is one curfew as judged at the instant `as_of`: what condemns the session, between which
-- instants it died, by which evidence, and the verdict. Reports, dashboards, API and enforcer all
-- read this view, so there is one definition of "kept".
-- A pair stands while nothing says that the session was created after its cause or ended before it.
-- A pair of a cause that was replaced by then does not: one change of a credential is one cause.
-- A creation later than a sign of life is none: the session was there before, and it was a sign-in.
-- An end that a later proof of life refutes is none either, or what outlived it could not be ended.
-- Death lies in (alive_at, dead_at]: the last proof of life, and the first proof of death after it.
-- Acceptance by an application that checks tokens offline is not life; it is exposure. Being listed
-- or read as active is life and no use; a further sign-in is both.
-- What is worth a proof depends on the provider (`proof_rules`): where an end can be undone unseen, a
-- list, a read or an end event counts from the instant at which the provider, asked once more, had
-- nothing left to end, and from then on only; a refusal counts there when it comes well apart from
-- what ended the session.
-- A question that was answered by silence while the session lived, as a use that was accepted later
-- shows, is blind to it: a list, a read, or the call that found nothing left to end proves nothing of
-- this session from then on, until it shows the session once more.
-- Where no rule is on record an end or a refusal is believed, and the echo of our own call is not.
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
    condemned as (select tenant, instance, session_kind, session_id from curfews),
    rules as
    (
        select tenant, instance,
            argMin((absence, read, own_end, other_end, refusal, apart_ms),
                (at > {as_of:DateTime64(3, 'UTC')},
                    abs(dateDiff('millisecond', at, {as_of:DateTime64(3, 'UTC')})),
                    -toUnixTimestamp64Milli(recorded_at))) as rule
        from proof_rules
        group by tenant, instance
    ),
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
            and cause_id not in
            (
                select arrayJoin(arrayFilter(each -> each != last, ids))
                from
                (
                    select argMax(by_cause_id, (at, by_cause_id)) as last, groupUniqArray(cause_id) as ids
                    from replaced_causes
                    where at <= {as_of:DateTime64(3, 'UTC')}
                    group by tenant, instance, event_id
                )
            )
        group by tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id
    ),
    pairs as
    (
        select
            f.*,
            l.from_at as from_at,
            if(toYear(l.until_at) < 1971, never, l.until_at) as until_at
        from found as f
        left join
        (
            select * from session_lives
            where (tenant, instance, session_kind, session_id) in (select * from condemned)
        ) as l
            on f.tenant = l.tenant and f.instance = l.instance and f.session_kind = l.session_kind
            and f.session_id = l.session_id and f.incarnation = l.incarnation
        where f.incarnation = 0 or toYear(l.until_at) >= 1971
    ),
    -- Filtered by the condemned once, above the union: the engine carries it down to each table, and
    -- a subquery that is named at each of them would be prepared as often.
    observed as
    (
        select tenant, instance, session_kind, session_id, at, level, known
        from
        (
            select tenant, instance, session_kind, session_id, occurred_at as at,
                multiIf(fact = 'created', 'created', fact = 'refused_dead', 'E4', 'E3') as level, [] as known
            from session_facts
            union all
            select tenant, instance, session_kind, session_id, occurred_at as at,
                if(observer = 'idp', 'used', 'exposed') as level, [] as known
            from session_uses
            union all
            -- 'E2' alone is a list; another means of reading back has its name behind it.
            select tenant, instance, session_kind, session_id, at,
                multiIf(level = 'E1' and means = 'nothing_left', 'nothing_left',
                    level in ('E2', 'alive') and means != 'listing', concat(level, ' ', means), level) as level,
                [] as known
            from evidence
            union all
            select tenant, instance, session_kind, session_id, listed_at as at, 'alive' as level, [] as known
            from listed_sessions
            union all
            select tenant, instance, session_kind, session_id, first_seen_at as at, 'known' as level,
                [created_at, first_seen_at, first_alive_at, expires_at, token_expires_at] as known
            from sessions
        )
        where (tenant, instance, session_kind, session_id) in (select * from condemned)
    ),
    lived as
    (
        select
            p.tenant as tenant, p.instance as instance, p.session_kind as session_kind,
            p.session_id as session_id, p.incarnation as incarnation, p.curfew_id as curfew_id,
            p.class as class, p.cause_id as cause_id, p.cause_at as cause_at,
            p.deadline_at as deadline_at, p.detected_at as detected_at, p.told as told,
            p.until_at as until_at,
            minForEach(o.known) as least_known,
            maxForEach(o.known) as most_known,
            minIf(toNullable(o.at), o.level = 'created') as told_created_at,
            maxIf(toNullable(o.at), o.level = 'created') as signed_in_at,
            maxIf(toNullable(o.at), o.level = 'E3' and o.at < p.cause_at) as ended_before_at,
            maxIf(toNullable(o.at), o.level in ('used', 'alive', 'alive read')) as seen_alive_at,
            maxIf(o.at, o.level = 'used') as last_used_at,
            maxIf(o.at, o.level = 'alive') as last_listed_at,
            maxIf(o.at, o.level = 'alive read') as last_read_at,
            arrayConcat(groupArraySortedIf(1000)(o.at, o.level = 'E2'), [maxIf(o.at, o.level = 'E2')]) as unlisted,
            arrayConcat(groupArraySortedIf(1000)(o.at, o.level = 'E2 read'), [maxIf(o.at, o.level = 'E2 read')]) as unread,
            -- The youngest refusal stands beside the thousand oldest deaths, so that a flood of
            -- refused retries cannot push a proof of death out of the list.
            arrayConcat(
                groupArraySortedIf(1000)((o.at, toString(o.level)), substring(o.level, 1, 2) in ('E2', 'E3', 'E4') and o.at >= p.cause_at),
                [(maxIf(o.at, o.level = 'E4' and o.at >= p.cause_at), 'E4')]) as deaths,
            minIf(toNullable(o.at), o.level = 'E1' and o.at >= p.cause_at) as acknowledged_at,
            maxIf(o.at, o.level = 'E1') as last_acknowledged_at,
            groupArraySortedIf(1000)(o.at, o.level = 'E0') as calls,
            arrayConcat(groupArraySortedIf(1000)(o.at, o.level = 'nothing_left'),
                [maxIf(o.at, o.level = 'nothing_left')]) as nothing_left,
            -- Of a session older than its cause, a creation that is told after it is a further sign-in.
            maxIf(toNullable(o.at), (o.level in ('exposed', 'used') and o.at > p.cause_at)
                or (o.level = 'created' and o.at > p.cause_at + toIntervalMillisecond(uncertainty_ms))) as last_accepted_at,
            uniqExactIf(o.at, (o.level in ('exposed', 'used') and o.at > p.cause_at)
                or (o.level = 'created' and o.at > p.cause_at + toIntervalMillisecond(uncertainty_ms))) as accepted_after
        from pairs as p
        left join observed as o
            on p.tenant = o.tenant and p.instance = o.instance
            and p.session_kind = o.session_kind and p.session_id = o.session_id
        -- An end at the instant at which a life begins is that of the life before.
        where (if(substring(o.level, 1, 2) in ('E2', 'E3', 'E4'), o.at > p.from_at and o.at <= p.until_at,
                o.at >= p.from_at and o.at < p.until_at)
            and o.at <= {as_of:DateTime64(3, 'UTC')}) or o.level in ('', 'known')
        group by tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id,
            cause_at, deadline_at, detected_at, told, until_at
    ),
    created as
    (
        select
            v.*,
            least_known[1] as known_created_at,
            -- A creation that only a later life told says nothing about the first one.
            if(v.incarnation = 0 and known_created_at < v.until_at,
                least(assumeNotNull(known_created_at), ifNull(v.told_created_at, assumeNotNull(known_created_at))),
                v.told_created_at) as any_created_at,
            if(v.incarnation = 0 and any_created_at > least_known[3] + toIntervalMillisecond(uncertainty_ms),
                null, any_created_at) as created_at,
            if(isNotNull(v.signed_in_at) and (isNull(created_at) or v.signed_in_at > created_at),
                greatest(ifNull(v.seen_alive_at, assumeNotNull(v.signed_in_at)), assumeNotNull(v.signed_in_at)),
                v.seen_alive_at) as alive_at
        from lived as v
    ),
    standing as
    (
        select
            v.*,
            multiIf(
                isNotNull(v.created_at) and abs(dateDiff('millisecond', assumeNotNull(v.created_at), v.cause_at)) <= uncertainty_ms, 'ambiguous',
                isNotNull(v.created_at)
                    or v.least_known[2] < v.cause_at - toIntervalMillisecond(uncertainty_ms), 'certain',
                'creation_unknown') as certainty
        from created as v
        where (isNull(v.created_at) or assumeNotNull(v.created_at) <= v.cause_at + toIntervalMillisecond(uncertainty_ms))
            and (isNull(v.ended_before_at)
                or v.alive_at > assumeNotNull(v.ended_before_at) + toIntervalMillisecond(uncertainty_ms))
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
            max(s.most_known[4]) as expires_at,
            max(s.most_known[5]) as token_expires_at,
            max(s.until_at) as until_at,
            max(s.alive_at) as alive_at,
            arraySort(groupUniqArrayArray(s.deaths)) as deaths,
            min(s.acknowledged_at) as acknowledged_at,
            max(s.last_acknowledged_at) as last_acknowledged_at,
            max(s.calls) as calls,
            max(s.nothing_left) as nothing_left,
            max(s.last_used_at) as last_used_at,
            max(s.last_listed_at) as last_listed_at,
            max(s.last_read_at) as last_read_at,
            max(s.unlisted) as unlisted,
            max(s.unread) as unread,
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
            argMax((s.order_id, s.state, s.reason, s.also_ends), (s.epoch, s.at, s.seq)) as last_step
        from order_steps as s
        where s.at <= {as_of:DateTime64(3, 'UTC')}
        group by tenant, instance, session_kind, session_id, incarnation
    ),
    -- One step after the other: the engine resolves an alias anew wherever it is named, and aliases
    -- of aliases would cost more than the reading of the rows.
    after_life as
    (
        select
            f.*,
            -- Without a rule its tuple is of empty words.
            r.rule as rule,
            ifNull(f.alive_at, toDateTime64(0, 3, 'UTC')) as last_life,
            arrayFilter(d -> toYear(d.1) > 1970 and d.1 > last_life, f.deaths) as ends,
            -- Silent so early that the session was used after it, beyond what clocks may differ.
            f.last_used_at - toIntervalMillisecond(uncertainty_ms) as lived_at,
            arrayExists(n -> n > f.last_acknowledged_at and n < lived_at, f.nothing_left)
                ? null
                : arrayFirstOrNull(n -> n > greatest(last_life, f.last_acknowledged_at), arraySort(f.nothing_left)) as nothing_left_at,
            arrayExists(e -> e > f.last_listed_at and e < lived_at, f.unlisted) as lists_blind,
            arrayExists(e -> e > f.last_read_at and e < lived_at, f.unread) as reads_blind,
            -- From here on whatever could still undo an end is over.
            greatest(f.last_acknowledged_at, ends[1].1) + toIntervalMillisecond(r.rule.6) as apart_at
        from folded as f
        left join rules as r on f.tenant = r.tenant and f.instance = r.instance
    ),
    weighed as
    (
        select
            a.*,
            arrayMap(d -> (d.1, substring(d.2, 1, 2), multiIf(
                (d.2 = 'E2' and a.lists_blind) or (d.2 = 'E2 read' and a.reads_blind), 'acknowledges',
                d.2 = 'E2', a.rule.1,
                d.2 = 'E2 read', a.rule.2,
                d.2 = 'E3' and arrayExists(c -> d.1 >= c - toIntervalMillisecond(uncertainty_ms)
                    and d.1 <= c + toIntervalSecond(60), a.calls), if(a.rule.3 = '', 'acknowledges', a.rule.3),
                d.2 = 'E3', a.rule.4,
                d.2 = 'E4', a.rule.5,
                'proves')), a.ends) as worths
        from after_life as a
    ),
    proven as
    (
        select
            w.*,
            arraySort(arrayMap(d -> (if(d.3 = 'proves' or d.3 = '' or (d.3 = 'again_apart' and d.1 >= w.apart_at),
                    d.1, greatest(d.1, assumeNotNull(w.nothing_left_at))), d.2),
                arrayFilter(d -> multiIf(
                    d.3 = 'acknowledges', false,
                    d.3 = 'after_nothing_left', isNotNull(w.nothing_left_at),
                    d.3 = 'again_apart', d.1 >= w.apart_at or isNotNull(w.nothing_left_at),
                    true), w.worths))) as proofs
        from weighed as w
    ),
    died as
    (
        select
            p.*,
            if(empty(p.proofs), null, p.proofs[1].1) as dead_at,
            o.ordered_at as ordered_at, o.last_step as last_step
        from proven as p
        left join ordered as o
            on p.tenant = o.tenant and p.instance = o.instance and p.session_kind = o.session_kind
            and p.session_id = o.session_id and p.incarnation = o.incarnation
    ),
    judged as
    (
        select
            d.*,
            isNotNull(d.dead_at) as is_dead,
            isNotNull(d.dead_at) and assumeNotNull(d.dead_at) <= d.deadline_at as in_time,
            isNotNull(d.alive_at) and assumeNotNull(d.alive_at) > d.deadline_at as too_late,
            -- Acknowledged, and not dead already, beyond clock skew, when the order went out.
            isNotNull(d.acknowledged_at) and isNotNull(d.dead_at)
                and (isNull(d.ordered_at) or assumeNotNull(d.dead_at) >= assumeNotNull(d.ordered_at) - toIntervalMillisecond(uncertainty_ms)) as by_us
        from died as d
    )
select
    j.tenant as tenant, j.instance as instance, j.session_kind as session_kind,
    j.session_id as session_id, j.incarnation as incarnation, j.curfew_id as curfew_id,
    j.class as class, j.cause_ids as cause_ids, j.cause_at as cause_at,
    j.deadline_at as deadline_at, j.detected_at as detected_at,
    j.first_told.1.1 as mode, j.first_told.1.2 as may_act, j.first_told.1.3 as scope_kind,
    j.first_told.1.4 as subject_ref, j.first_told.2 as certainty,
    j.created_at as created_at, j.expires_at as expires_at, j.token_expires_at as token_expires_at,
    j.alive_at as alive_at, j.proofs as proofs, j.dead_at as dead_at,
    j.proofs[1].2 as dead_by,
    j.ordered_at as ordered_at, j.acknowledged_at as acknowledged_at,
    arrayFirstOrNull(d -> d.2 = 'E2', j.proofs).1 as read_back_at,
    arrayFirstOrNull(d -> d.2 = 'E3', j.proofs).1 as ended_event_at,
    arrayFirstOrNull(d -> d.2 = 'E4', j.proofs).1 as first_refused_at,
    j.last_accepted_at as last_accepted_at, j.accepted_after as accepted_after,
    j.last_step.1 as order_id, j.last_step.2 as order_state, j.last_step.3 as order_reason,
    j.last_step.4 as order_also_ends,
    j.by_us as by_us,
    multiIf(
        j.in_time, 'kept',
        j.too_late, 'broken',
        {as_of:DateTime64(3, 'UTC')} <= j.deadline_at, 'open',
        'unproven') as verdict,
    multiIf(
        j.by_us and j.in_time, 'contained_in_time',
        j.by_us, 'contained_late',
        j.in_time, 'ended_otherwise_in_time',
        j.is_dead, 'ended_otherwise_late',
        isNotNull(j.expires_at) and assumeNotNull(j.expires_at) <= {as_of:DateTime64(3, 'UTC')}
            and (isNull(j.alive_at) or assumeNotNull(j.alive_at) <= assumeNotNull(j.expires_at)), 'expired',
        j.too_late, 'still_alive',
        'unknown') as outcome
from judged as j
-- Looking through every chain of comparisons for others that follow from it takes longer than all
-- else about a question of this view, and finds nothing.
settings optimize_and_compare_chain = 0
