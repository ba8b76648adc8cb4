/**
 * What a state of a session rests on, in SQL for the inventory: the same weighing of evidence as in the
 * view `verdicts`, of the last life and without any cause. Named places: tenant, and now.
 *
 * Uses `mine`: (instance, session_kind, session_id) of those that are asked about.
 */
export const proofParts = `
  rules as
  (
    select instance,
      argMin((absence, read, own_end, other_end, refusal, apart_ms),
        (at > {now:DateTime64(3)}, abs(dateDiff('millisecond', at, {now:DateTime64(3)})),
          -toUnixTimestamp64Milli(recorded_at))) as rule
    from proof_rules
    where tenant = {tenant:String}
    group by instance
  ),
  reads as
  (
    select
      instance, session_kind, session_id,
      groupUniqArrayIf(10000)((at, what), startsWith(what, 'E2') or what in ('E3', 'E4')) as signs,
      groupUniqArrayIf(1000)(at, what = 'E0') as calls,
      groupUniqArrayIf(1000)(at, what = 'nothing_left') as nothing_left,
      maxIf(at, what = 'E1') as answered_at,
      maxIf(at, what = 'alive') as list_showed_at, maxIf(at, what = 'alive read') as read_showed_at
    from
    (
      select instance, session_kind, session_id, at,
        multiIf(level = 'E1' and means = 'nothing_left', 'nothing_left',
          level in ('E2', 'alive') and means not in ('listing', ''), concat(level, ' ', means), toString(level)) as what
      from evidence
      where tenant = {tenant:String} and (instance, session_kind, session_id) in mine
      union all
      select instance, session_kind, session_id, occurred_at, if(fact = 'refused_dead', 'E4', 'E3')
      from session_facts
      where tenant = {tenant:String} and fact != 'created'
        and (instance, session_kind, session_id) in mine
    )
    group by instance, session_kind, session_id
  )`

/**
 * The columns that say what was told of the end since `life`, and which of it proves: `deaths`, oldest
 * first, each with its instant and its level. `k` is what is known of the session, `r` its `reads`, and
 * `p` its rule.
 */
export const proofColumns = `
  toIntervalMillisecond(assumeNotNull((
    select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
      (at > {now:DateTime64(3)}, abs(dateDiff('millisecond', at, {now:DateTime64(3)})))))
    from timing))) as skew,
  arraySort(arrayFilter(d -> d.1 > life.1, r.signs)) as ends,
  ifNull(k.idp_at, never) - skew as lived_at,
  ifNull(k.last_created_at, never) as born_at,
  arrayExists(d -> d.2 = 'E2' and d.1 > greatest(born_at, r.list_showed_at, ifNull(k.listed_at, never))
    and d.1 < lived_at, r.signs) as lists_blind,
  arrayExists(d -> d.2 = 'E2 read' and d.1 > greatest(born_at, r.read_showed_at)
    and d.1 < lived_at, r.signs) as reads_blind,
  arrayExists(n -> n > greatest(born_at, r.answered_at) and n < lived_at, r.nothing_left) ? null
    : arrayFirstOrNull(n -> n > greatest(life.1, r.answered_at), arraySort(r.nothing_left)) as left_at,
  greatest(r.answered_at, ends[1].1) + toIntervalMillisecond(p.rule.6) as apart_at,
  arrayFilter(d -> multiIf(
      d.3 = 'proves', true,
      d.3 = 'acknowledges', false,
      isNotNull(left_at) or (d.3 = 'again_apart' and d.1 >= apart_at)),
    arrayMap(d -> (d.1, substring(d.2, 1, 2), multiIf(
      (d.2 = 'E2' and lists_blind) or (d.2 = 'E2 read' and reads_blind), 'acknowledges',
      d.2 = 'E3' and arrayExists(c -> d.1 >= c - skew and d.1 <= c + interval 60 second, r.calls),
        if(p.rule.3 = '', 'acknowledges', p.rule.3),
      p.rule.1 = '', 'proves',
      d.2 = 'E2', p.rule.1,
      d.2 = 'E2 read', p.rule.2,
      d.2 = 'E3', p.rule.4,
      d.2 = 'E4', p.rule.5,
      'proves')), ends)) as deaths,`
