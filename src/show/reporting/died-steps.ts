import { causesOnce } from './causes-once.ts'

/**
 * Steps of the report `revocations`: of each life in `lived` the one word or proof of its end that stands
 * (`one`), and what had condemned it. Named places: tenant, as_of, ended; steps: `ending`, `lived`; `skew`.
 */
export const diedSteps = `caused as
  (
    select
      v.session_key as session_key, v.incarnation as incarnation,
      min(v.dead_at) as proven_at, argMin(v.dead_by, v.dead_at) as proven_by,
      argMin(v.verdict, indexOf(['broken', 'unproven', 'open', 'kept'], v.verdict)) as worst,
      groupUniqArrayIf(
        (c.at, toString(c.class), c.initiator_id, c.reason, c.cause_id, v.mode), c.cause_id != '') as causes
    from
    (
      select session_key, instance, incarnation, dead_at, dead_by, verdict, toString(mode) as mode,
        arrayJoin(cause_ids) as cause_id
      from verdicts(as_of = {as_of:DateTime64(3)}, among = ending)
    ) as v
    left join
    (
      ${causesOnce}
    ) as c on v.instance = c.instance and v.cause_id = c.cause_id
    group by session_key, incarnation
  ),
  -- One step after the other: the engine resolves an alias anew wherever it is named.
  outlived as
  (
    select
      l.* except (session_key, incarnation), l.session_key as session_key, l.incarnation as incarnation,
      k.causes as causes, k.worst as worst, k.proven_at as proven_at, k.proven_by as proven_by,
      -- A further sign-in is a sign of life; the first one is the birth.
      if(l.seen_at > l.born_at, l.seen_at, toDateTime64(0, 3, 'UTC')) as alive_at,
      arrayReverse(arrayMap(c -> (fromUnixTimestamp64Milli(-c.1, 'UTC'), c.2, c.3, c.4, c.5, c.6),
        arrayFilter(c -> fromUnixTimestamp64Milli(-c.1, 'UTC') + skew >= alive_at, l.claims))) as proofs
    from lived as l
    left join caused as k on l.session_key = k.session_key and l.incarnation = k.incarnation
  ),
  died as
  (
    select
      p.* except claims,
      length(p.claims) - length(p.proofs) as refuted,
      arrayConcat(
        arrayFilter(c -> c.3 = 'revoked', p.proofs),
        arrayFilter(
          c -> c.2 = 'E1' and not arrayExists(e -> e.2 = 'E3' and e.1 >= c.1 - interval 1 minute
            and (e.3 = 'revoked' or {ended:String} = 'include'), p.proofs), p.proofs),
        arrayFilter(c -> c.3 = 'ended' and {ended:String} = 'include', p.proofs),
        -- Nobody told of it.
        if(p.proven_by in ('E2', 'E4') and not arrayExists(c -> c.2 = 'E3', p.proofs),
          [(assumeNotNull(p.proven_at), p.proven_by, if(p.proven_by = 'E2', 'gone', 'refused'),
            if(p.proven_by = 'E2', p.read.1, p.refusal.1), ('', '', '', ''),
            if(p.proven_by = 'E2', p.read.2, p.refusal.2))],
          []))[1] as one
    from outlived as p
    where one.3 != ''
  )`
