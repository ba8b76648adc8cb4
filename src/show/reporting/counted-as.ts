/**
 * The category of a curfew in the statements of `coverage` and `population`: one text for both, so that
 * the rows of one add up to the figures of the other.
 */

/** The last complete list of the provider, by instance and subject. */
export const readsStep = `
  reads as
  (
    select instance, subject_ref, max(started_at) as last_at
    from listings
    where tenant = {tenant:String} and complete and finished_at <= {as_of:DateTime64(3)}
    group by instance, subject_ref
  )`

/** Of `verdicts` as v with `reads` as r: the category, its severity, and the population. */
export const countedAs = `
      multiIf(
        v.certainty != 'certain', v.certainty,
        v.deadline_at >= {as_of:DateTime64(3)}, 'open',
        v.outcome) as told,
      transform(told,
        ['still_alive', 'unknown', 'expired', 'contained_late', 'ended_otherwise_late',
         'contained_in_time', 'ended_otherwise_in_time', 'open', 'ambiguous', 'creation_unknown'],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10) as rank,
      multiIf(
        v.instance not in (
          select instance from listings
          where tenant = {tenant:String} and finished_at <= {as_of:DateTime64(3)}), 'no_list',
        r.last_at < v.cause_at, 'events_only',
        'listed') as seen`

/** Verdicts of the period, the tenant and the filters, with `ours` from curfews-of-period.ts. */
export const curfewsOfPeriod = `
    from verdicts(as_of = {as_of:DateTime64(3)}, among = ours) as v
    left join reads as r on v.instance = r.instance and v.subject_ref = r.subject_ref
    where v.tenant = {tenant:String}
      and v.cause_at >= {from:DateTime64(3)} and v.cause_at < {to:DateTime64(3)}
      and ({class:String} = '' or v.class = {class:String})
      and ({instance:String} = '' or v.instance = {instance:String})`
