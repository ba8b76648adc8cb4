import type { Dated } from './data-period.ts'

/** The rows of curfews of a tenant, for reports that count them. */
export const datedCurfews: Dated = {
  ...{ what: 'curfews', rows: 'curfews', at: 'cause_at', known: 'detected_at' },
  by: ['class', 'instance'],
}

/**
 * The sessions with a curfew of the period, the tenant and the filters: a superset of those in a report of
 * the period. The view of verdicts reads nothing about other sessions. Parameters: tenant, from,
 * to, class, instance ('' for any).
 */
export const sessionsOfPeriod = `
  ours as
  (
    select session_key, session_id
    from curfews
    where tenant = {tenant:String}
      and cause_at >= {from:DateTime64(3)} and cause_at < {to:DateTime64(3)}
      and ({class:String} = '' or class = {class:String})
      and ({instance:String} = '' or instance = {instance:String})
  )`
