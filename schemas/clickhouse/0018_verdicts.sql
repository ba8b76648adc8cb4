-- One row is one curfew as judged at the instant `as_of`: what condemns the session, between which
-- instants it died, by which evidence, and the verdict. Reports, dashboards, API and enforcer all
-- read this view, so there is one definition of "kept".
-- A pair is valid unless the session was created after its cause or ended before it.
-- A pair of a replaced cause is not valid: one change of a credential is one cause.
-- A creation after a proof of life does not count: the session existed before, and it was a sign-in.
-- An end that a later proof of life refutes does not count: the session could still be ended afterwards.
-- Death lies in (alive_at, dead_at]: the last proof of life, and the first proof of death after it.
-- Acceptance by an application that checks tokens offline is exposure and no proof of life. Being listed
-- or read as active is a proof of life and no use; a further sign-in is both.
-- The provider decides what proves (`proof_rules`): where an end can be undone unnoticed, a
-- list, a read or an end event counts only from the instant at which the provider, called once more, had
-- nothing left to end; a refusal counts there when it comes well after
-- what ended the session.
-- A list, a read, or a call that found nothing left to end is blind to a session that was used
-- later: it proves nothing about this session until it shows the session once more.
-- Without a recorded rule an end or a refusal proves, and the echo of our own call does not.
-- Clocks are trusted up to the uncertainty that policy had in force at `as_of` (the first value,
-- for an instant before it; 5 s without any). The begin of the next incarnation always uses 5 s:
-- the incarnation is part of the ids of curfews and orders.
create view if not exists verdicts {{on_cluster}} as
with
    toDateTime64('2200-01-01 00:00:00', 3, 'UTC') as never,
    -- The result of an aggregate over nothing.
    toDateTime64(0, 3, 'UTC') as none,
    -- Kinds of facts about a session.
    1 as sign_creation, 2 as sign_ending, 3 as sign_refusal, 4 as sign_use, 5 as sign_exposure, 6 as sign_listed, 7 as sign_read,
    8 as sign_called, 9 as sign_acknowledged, 10 as sign_nothing_left, 11 as sign_absent_in_list, 12 as sign_absent_in_read,
    13 as sign_stored_created, 14 as sign_stored_first_seen, 15 as sign_stored_first_alive, 16 as sign_stored_expiry, 17 as sign_stored_token_expiry,
    18 as sign_gone,
    -- A statement may select fewer (`among`); everything below reads these sessions only.
    condemned as (select session_key, session_id from curfews as every_session),
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
    matched_pairs as
    (
        select
            session_key, tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id,
            min(c.cause_at) as cause_at,
            min(c.deadline_at) as deadline_at,
            min(c.detected_at) as detected_at,
            -- A copy that may act, then one with a subject, precedes others.
            argMin((c.mode, c.may_act, c.scope_kind, c.subject_ref),
                (not c.may_act, c.subject_ref = '', c.detected_at, c.row_commit)) as copy
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
            and session_key in (select session_key from condemned) and session_id in (select session_id from condemned)
        group by session_key, tenant, instance, session_kind, session_id, incarnation, curfew_id, class, cause_id
    ),
    -- Filtered by the condemned once, above the union: the engine pushes the filter down to each table, and
    -- would prepare a subquery at each table anew. By key, which is
    -- fastest for many sessions, and by id, the sort key of the tables.
    -- Numerous facts are limited to a million each, plus the last use: one session with more
    -- must not fail the statement for all others.
    signs as
    (
        select
            session_key,
            groupArrayIf(at, sign = sign_creation) as creations,
            groupArrayIf(at, sign = sign_ending) as endings,
            groupArrayIf(1000000)(at, sign = sign_refusal) as refusals,
            groupArrayIf(1000000)(at, sign = sign_use) as uses,
            maxIf(at, sign = sign_use) as last_use_at,
            groupArrayIf(1000000)(at, sign = sign_exposure) as exposures,
            groupArrayIf(1000000)(at, sign = sign_listed) as lists,
            groupArrayIf(at, sign = sign_read) as reads,
            groupArrayIf(at, sign = sign_called) as calls,
            groupArrayIf(at, sign = sign_acknowledged) as acknowledgements,
            groupArrayIf(at, sign = sign_nothing_left) as nothing_left_answers,
            groupArrayIf(at, sign = sign_absent_in_list) as lists_without,
            groupArrayIf(at, sign = sign_absent_in_read) as reads_without,
            -- Proofs at every provider, such as the deletion of the subject.
            groupArrayIf(at, sign = sign_gone) as absences_of_subject,
            minIf(at, sign = sign_stored_created) as stored_created_at,
            minIf(at, sign = sign_stored_first_seen) as first_seen_at,
            minIf(at, sign = sign_stored_first_alive) as first_alive_at,
            maxIf(at, sign = sign_stored_expiry) as expires_at,
            maxIf(at, sign = sign_stored_token_expiry) as token_expires_at
        from
        (
            select session_key, session_id, occurred_at as at,
                multiIf(fact = 'created', sign_creation, fact = 'refused_dead', sign_refusal, sign_ending) as sign
            from session_facts
            union all
            select session_key, session_id, occurred_at as at, if(observer = 'idp', sign_use, sign_exposure) as sign
            from session_uses
            union all
            select session_key, session_id, at,
                multiIf(
                    level = 'alive', if(means = 'listing', sign_listed, sign_read),
                    level = 'E0', sign_called,
                    level = 'E1', if(means = 'nothing_left', sign_nothing_left, sign_acknowledged),
                    level = 'E2', multiIf(means = 'listing', sign_absent_in_list, means = 'read', sign_absent_in_read, sign_gone),
                    0) as sign
            from evidence
            union all
            select session_key, session_id, listed_at as at, sign_listed as sign from listed_sessions
            union all
            select session_key, session_id, assumeNotNull(instant.2) as at, instant.1 as sign
            from sessions
            array join [
                (sign_stored_created, created_at), (sign_stored_first_seen, toNullable(first_seen_at)), (sign_stored_first_alive, first_alive_at),
                (sign_stored_expiry, expires_at), (sign_stored_token_expiry, token_expires_at)] as instant
            where isNotNull(instant.2)
        )
        where session_key in (select session_key from condemned) and session_id in (select session_id from condemned)
        group by session_key
    ),
    -- The begin of each incarnation after the first, as in `session_lives`. Each list carries the last end,
    -- sign-in and proof of life from left to right, so the cost is linear in a session's instants.
    with_timeline as
    (
        select
            s.*,
            if(empty(s.endings) or empty(s.creations) or arrayMax(s.creations) < arrayMin(s.endings), [],
                arraySort(arrayDistinct(arrayConcat(
                    arrayMap(at -> (at, 2), s.creations), arrayMap(at -> (at, 1), s.endings),
                    arrayMap(at -> (at, 3), arrayConcat(s.uses, s.lists, s.reads)))))) as timeline
        from signs as s
    ),
    incarnations as
    (
        select
            t.* except timeline,
            arrayMap(each -> each.1, arrayFilter(
                (each, end, started, alive) -> each.2 = 2 and each.1 > t.timeline[1].1 and end.1 > started
                    and not (alive.1 > end.1 and alive.2 > end.2 + interval 5 second),
                t.timeline,
                arrayFill(each -> each.1 > 0, arrayMap((each, position) -> if(each.2 = 1, (position, each.1), (0, none)),
                    t.timeline, arrayEnumerate(t.timeline))),
                arraySlice(arrayPushFront(arrayFill(position -> position > 0, arrayMap(
                    (each, position) -> if(each.2 = 2 and each.1 > t.timeline[1].1, position, 0),
                    t.timeline, arrayEnumerate(t.timeline))), 0), 1, length(t.timeline)),
                arrayFill(each -> each.1 > 0, arrayMap((each, position) -> if(each.2 = 3, (position, each.1), (0, none)),
                    t.timeline, arrayEnumerate(t.timeline))))) as begins
        from with_timeline as t
    ),
    pairs as
    (
        select
            f.*, s.* except session_key,
            -- As columns: the engine would evaluate an alias at every use.
            toDateTime64({as_of:DateTime64(3, 'UTC')}, 3, 'UTC') as judged_at,
            assumeNotNull((
                select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
                    (at > {as_of:DateTime64(3, 'UTC')},
                        abs(dateDiff('millisecond', at, {as_of:DateTime64(3, 'UTC')})), clock_uncertainty_ms)))
                from timing
            )) as uncertainty_ms,
            if(f.incarnation = 0, none, s.begins[f.incarnation]) as from_at,
            if(f.incarnation >= length(s.begins), never, s.begins[f.incarnation + 1]) as until_at
        from matched_pairs as f
        left join incarnations as s on f.session_key = s.session_key
        where f.incarnation <= length(s.begins)
    ),
    -- The facts of the incarnation. An end at the begin of an incarnation belongs to the one before.
    within as
    (
        with
            (at -> at >= from_at and at < until_at and at <= p.judged_at) as is_sign_of_incarnation,
            (at -> at > from_at and at <= until_at and at <= p.judged_at) as is_end_of_incarnation
        select
            p.* except (creations, endings, refusals, uses, exposures, lists, reads, calls, acknowledgements,
                nothing_left_answers, lists_without, reads_without, absences_of_subject, begins, from_at, judged_at, last_use_at),
            arrayFilter(is_sign_of_incarnation, p.creations) as sign_ins,
            arrayFilter(is_end_of_incarnation, p.endings) as ended,
            arrayFilter(is_end_of_incarnation, p.refusals) as refused,
            arrayFilter(is_sign_of_incarnation, if(length(p.uses) < 1000000, p.uses, arrayPushBack(p.uses, p.last_use_at))) as used,
            arrayFilter(is_sign_of_incarnation, p.exposures) as exposed,
            arrayMax(arrayFilter(is_sign_of_incarnation, p.lists)) as last_listed_at,
            arrayMax(arrayFilter(is_sign_of_incarnation, p.reads)) as last_read_at,
            arraySort(arrayFilter(is_sign_of_incarnation, p.calls)) as calls,
            arrayFilter(is_sign_of_incarnation, p.acknowledgements) as answered,
            arraySort(arrayFilter(is_sign_of_incarnation, p.nothing_left_answers)) as nothing_left,
            arraySort(arrayFilter(is_end_of_incarnation, p.lists_without)) as absent_lists,
            arraySort(arrayFilter(is_end_of_incarnation, p.reads_without)) as absent_reads,
            arrayFilter(is_end_of_incarnation, p.absences_of_subject) as gone
        from pairs as p
    ),
    -- The same, relative to the cause.
    after as
    (
        with (at -> at >= w.cause_at) as is_after, (at -> at > w.cause_at) as is_later
        select
            w.* except (exposed, answered),
            arrayMax(w.used) as last_used_at,
            arrayFilter(is_after, w.refused) as retries,
            -- Accepted uses by observer; a creation after the cause, of a session older than the cause,
            -- is a further sign-in.
            arrayDistinct(arrayFilter(is_later, w.used)) as idp_accepted,
            arrayDistinct(arrayFilter(is_later, w.exposed)) as app_accepted,
            arrayFilter(at -> at > w.cause_at + toIntervalMillisecond(w.uncertainty_ms), w.sign_ins) as further_sign_ins,
            arrayMin(arrayFilter(is_after, w.answered)) as acknowledged_at,
            arrayMax(w.answered) as last_acknowledged_at,
            arraySort(arrayConcat(
                arrayMap(at -> (at, 'E2'), arrayFilter(is_after, w.absent_lists)),
                arrayMap(at -> (at, 'E2 read'), arrayFilter(is_after, w.absent_reads)),
                arrayMap(at -> (at, 'E2 gone'), arrayFilter(is_after, w.gone)),
                arrayMap(at -> (at, 'E3'), arrayFilter(is_after, w.ended)),
                arrayMap(at -> (at, 'E4'), retries))) as deaths
        from within as w
    ),
    with_uses as
    (
        select
            a.* except (sign_ins, ended, refused, used, gone, idp_accepted, app_accepted, further_sign_ins, acknowledged_at, deaths, retries),
            nullIf(arrayMin(a.sign_ins), none) as event_created_at,
            nullIf(arrayMax(a.sign_ins), none) as signed_in_at,
            nullIf(arrayMax(arrayFilter(at -> at < a.cause_at, a.ended)), none) as ended_before_at,
            nullIf(greatest(a.last_used_at, a.last_listed_at, a.last_read_at), none) as last_observed_at,
            -- The latest refusal is kept beside the thousand oldest deaths, so that many
            -- refused retries cannot push a proof of death out of the list.
            if(length(a.deaths) <= 1000, a.deaths,
                arrayPushBack(arraySlice(a.deaths, 1, 1000), (arrayMax(a.retries), 'E4'))) as deaths,
            nullIf(a.acknowledged_at, none) as acknowledged_at,
            arrayDistinct(arrayConcat(a.idp_accepted, a.app_accepted, a.further_sign_ins)) as accepted,
            nullIf(arrayMax(a.idp_accepted), none) as idp_accepted_at, length(a.idp_accepted) as idp_accepted_after,
            nullIf(arrayMax(a.app_accepted), none) as app_accepted_at, length(a.app_accepted) as app_accepted_after
        from after as a
    ),
    -- One step per subquery, here and below: the engine resolves an alias at every use,
    -- and aliases of aliases would cost more than reading the rows.
    with_event_creation as
    (
        select
            v.*,
            -- A stored creation of a later incarnation says nothing about the first one.
            if(v.incarnation = 0 and v.stored_created_at > 0 and v.stored_created_at < v.until_at,
                least(v.stored_created_at, ifNull(v.event_created_at, v.stored_created_at)),
                v.event_created_at) as any_created_at
        from with_uses as v
    ),
    dated as
    (
        select
            v.* except any_created_at,
            if(v.incarnation = 0 and v.first_alive_at > 0
                and v.any_created_at > v.first_alive_at + toIntervalMillisecond(v.uncertainty_ms),
                null, v.any_created_at) as created_at
        from with_event_creation as v
    ),
    created as
    (
        select
            v.*,
            if(isNotNull(v.signed_in_at) and (isNull(v.created_at) or v.signed_in_at > v.created_at),
                greatest(ifNull(v.last_observed_at, assumeNotNull(v.signed_in_at)), assumeNotNull(v.signed_in_at)),
                v.last_observed_at) as alive_at
        from dated as v
    ),
    valid_pairs as
    (
        select
            v.*,
            multiIf(
                isNotNull(v.created_at) and abs(dateDiff('millisecond', assumeNotNull(v.created_at), v.cause_at)) <= v.uncertainty_ms, 'ambiguous',
                isNotNull(v.created_at)
                    or (v.first_seen_at > 0 and v.first_seen_at < v.cause_at - toIntervalMillisecond(v.uncertainty_ms)), 'certain',
                'creation_unknown') as certainty
        from created as v
        where (isNull(v.created_at) or assumeNotNull(v.created_at) <= v.cause_at + toIntervalMillisecond(v.uncertainty_ms))
            and (isNull(v.ended_before_at)
                or v.alive_at > assumeNotNull(v.ended_before_at) + toIntervalMillisecond(v.uncertainty_ms))
    ),
    folded as
    (
        select
            session_key, incarnation, curfew_id, class,
            any(s.tenant) as tenant, any(s.instance) as instance, any(s.session_kind) as session_kind,
            any(s.session_id) as session_id,
            groupUniqArray(s.cause_id) as cause_ids,
            any(s.uncertainty_ms) as uncertainty_ms,
            min(s.cause_at) as cause_at,
            min(s.deadline_at) as deadline_at,
            min(s.detected_at) as detected_at,
            argMin((s.copy, s.certainty), (not s.copy.2, s.cause_at, s.cause_id)) as chosen_copy,
            min(s.created_at) as created_at,
            nullIf(max(s.expires_at), none) as expires_at,
            nullIf(max(s.token_expires_at), none) as token_expires_at,
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
            max(s.absent_lists) as absent_lists,
            max(s.absent_reads) as absent_reads,
            nullIf(max(arrayMax(s.accepted)), none) as last_accepted_at,
            max(length(s.accepted)) as accepted_after,
            max(s.idp_accepted_at) as idp_accepted_at, max(s.idp_accepted_after) as idp_accepted_after,
            max(s.app_accepted_at) as app_accepted_at, max(s.app_accepted_after) as app_accepted_after
        from valid_pairs as s
        group by session_key, incarnation, curfew_id, class
    ),
    ordered as
    (
        select
            session_key, incarnation,
            minIf(toNullable(s.at), s.state = 'dispatching') as ordered_at,
            -- A session may have several orders in sequence; `at` never decreases within an epoch.
            argMax((s.order_id, s.state, s.reason, s.also_ends), (s.epoch, s.at, s.seq)) as last_step
        from order_steps as s
        where s.at <= {as_of:DateTime64(3, 'UTC')}
            and session_key in (select session_key from condemned) and session_id in (select session_id from condemned)
        group by session_key, incarnation
    ),
    after_last_sign as
    (
        select
            f.*,
            -- Without a rule the tuple has empty values.
            r.rule as rule,
            ifNull(f.alive_at, none) as last_sign_at,
            arrayFilter(d -> toYear(d.1) > 1970 and d.1 > last_sign_at, f.deaths) as ends,
            -- Absence before this instant was refuted by a later use, beyond clock skew.
            f.last_used_at - toIntervalMillisecond(f.uncertainty_ms) as used_until,
            arrayExists(n -> n > f.last_acknowledged_at and n < used_until, f.nothing_left)
                ? null
                : arrayFirstOrNull(n -> n > greatest(last_sign_at, f.last_acknowledged_at), arraySort(f.nothing_left)) as nothing_left_at,
            arrayExists(e -> e > f.last_listed_at and e < used_until, f.absent_lists) as lists_blind,
            arrayExists(e -> e > f.last_read_at and e < used_until, f.absent_reads) as reads_blind,
            -- From this instant on nothing can undo an end any more.
            greatest(f.last_acknowledged_at, ends[1].1) + toIntervalMillisecond(r.rule.6) as undo_excluded_at
        from folded as f
        left join rules as r on f.tenant = r.tenant and f.instance = r.instance
    ),
    with_values as
    (
        select
            a.*,
            arrayMap(d -> (d.1, substring(d.2, 1, 2), multiIf(
                (d.2 = 'E2' and a.lists_blind) or (d.2 = 'E2 read' and a.reads_blind), 'acknowledges',
                d.2 = 'E2', a.rule.1,
                d.2 = 'E2 read', a.rule.2,
                d.2 = 'E3' and arrayExists(c -> d.1 >= c - toIntervalMillisecond(a.uncertainty_ms)
                    and d.1 <= c + toIntervalSecond(60), a.calls), if(a.rule.3 = '', 'acknowledges', a.rule.3),
                d.2 = 'E3', a.rule.4,
                d.2 = 'E4', a.rule.5,
                'proves')), a.ends) as proof_values
        from after_last_sign as a
    ),
    proven as
    (
        select
            w.*,
            arraySort(arrayMap(d -> (if(d.3 = 'proves' or d.3 = '' or (d.3 = 'again_apart' and d.1 >= w.undo_excluded_at),
                    d.1, greatest(d.1, assumeNotNull(w.nothing_left_at))), d.2),
                arrayFilter(d -> multiIf(
                    d.3 = 'acknowledges', false,
                    d.3 = 'after_nothing_left', isNotNull(w.nothing_left_at),
                    d.3 = 'again_apart', d.1 >= w.undo_excluded_at or isNotNull(w.nothing_left_at),
                    true), w.proof_values))) as proofs
        from with_values as w
    ),
    died as
    (
        select
            p.*,
            if(empty(p.proofs), null, p.proofs[1].1) as dead_at,
            o.ordered_at as ordered_at, o.last_step as last_step
        from proven as p
        left join ordered as o
            on p.session_key = o.session_key and p.incarnation = o.incarnation
    ),
    judged as
    (
        select
            d.*,
            isNotNull(d.dead_at) as is_dead,
            isNotNull(d.dead_at) and assumeNotNull(d.dead_at) <= d.deadline_at as in_time,
            isNotNull(d.alive_at) and assumeNotNull(d.alive_at) > d.deadline_at as too_late,
            -- Acknowledged, and not already dead, beyond clock skew, when the order was issued.
            isNotNull(d.acknowledged_at) and isNotNull(d.dead_at)
                and (isNull(d.ordered_at) or assumeNotNull(d.dead_at) >= assumeNotNull(d.ordered_at) - toIntervalMillisecond(d.uncertainty_ms)) as by_us
        from died as d
    )
select
    j.session_key as session_key, j.tenant as tenant, j.instance as instance, j.session_kind as session_kind,
    j.session_id as session_id, j.incarnation as incarnation, j.curfew_id as curfew_id,
    j.class as class, j.cause_ids as cause_ids, j.cause_at as cause_at,
    j.deadline_at as deadline_at, j.detected_at as detected_at,
    j.chosen_copy.1.1 as mode, j.chosen_copy.1.2 as may_act, j.chosen_copy.1.3 as scope_kind,
    j.chosen_copy.1.4 as subject_ref, j.chosen_copy.2 as certainty,
    j.created_at as created_at, j.expires_at as expires_at, j.token_expires_at as token_expires_at,
    j.alive_at as alive_at, j.proofs as proofs, j.dead_at as dead_at,
    j.proofs[1].2 as dead_by,
    j.ordered_at as ordered_at, j.acknowledged_at as acknowledged_at,
    arrayFirstOrNull(d -> d.2 = 'E2', j.proofs).1 as read_back_at,
    arrayFirstOrNull(d -> d.2 = 'E3', j.proofs).1 as ended_event_at,
    arrayFirstOrNull(d -> d.2 = 'E4', j.proofs).1 as first_refused_at,
    j.last_accepted_at as last_accepted_at, j.accepted_after as accepted_after,
    j.idp_accepted_at as idp_accepted_at, j.idp_accepted_after as idp_accepted_after,
    j.app_accepted_at as app_accepted_at, j.app_accepted_after as app_accepted_after,
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
-- This optimisation searches chains of comparisons; for this view it takes longer than everything
-- else and finds nothing.
settings optimize_and_compare_chain = 0
