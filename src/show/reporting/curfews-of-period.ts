import type { Dated } from './data-period.ts'

/** Where the curfews of a tenant lie, for reports that count them. */
export const datedCurfews: Dated = {
  ...{ what: 'curfews', rows: 'curfews', at: 'cause_at', known: 'detected_at' },
  by: ['class', 'instance'],
}

/**
 * The sessions that have a curfew of the period, the tenant and the filters: at least those that a report of
 * the period tells of, so that the view of verdicts reads nothing about others. Named places: tenant, from,
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
