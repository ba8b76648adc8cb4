/**
 * One metric of the page. Label values come from the closed list given; `open` lists are those of a
 * catalogue or the settings, which are small, and past a bound everything else counts as `other`.
 */
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: { readonly [label: string]: readonly string[] | 'open' }
}

const caches = ['address', 'agent'] as const
const states = ['hit', 'miss', 'not_evaluable'] as const

/**
 * Every metric there is: whoever counts under another name has a typing mistake that no dashboard
 * would show. Times are in seconds, as is the custom of Prometheus; no label names a person, a
 * session or a tenant.
 */
export const metrics: readonly Metric[] = [
  {
    name: 'curfew_http_requests_total',
    type: 'counter',
    help: 'Requests answered, by route pattern and status.',
    labels: { method: 'open', route: 'open', status: 'open' },
  },
  {
    name: 'curfew_http_request_seconds',
    type: 'histogram',
    help: 'Time from the first byte of a request to the end of its answer.',
    labels: { route: 'open' },
  },
  {
    name: 'curfew_notices_total',
    type: 'counter',
    help: 'Outbound webhooks: delivered, given up, dropped from a full queue, or told before.',
    labels: { result: ['delivered', 'given_up', 'dropped', 'repeated'] },
  },
  {
    name: 'curfew_notice_attempts_total',
    type: 'counter',
    help: 'Calls made to the webhook address.',
    labels: { result: ['accepted', 'refused', 'unreachable'] },
  },
  {
    name: 'curfew_enrich_lookups_total',
    type: 'counter',
    help: 'Look-ups of place, network and device, by what they found.',
    labels: { about: ['place', 'network', 'device'], state: states },
  },
  {
    name: 'curfew_enrich_cache_hits_total',
    type: 'counter',
    help: 'Look-ups answered from memory.',
    labels: { cache: caches },
  },
  {
    name: 'curfew_enrich_cache_misses_total',
    type: 'counter',
    help: 'Look-ups that had to be made.',
    labels: { cache: caches },
  },
  {
    name: 'curfew_enrich_agents_postponed_total',
    type: 'counter',
    help: 'User agents not parsed because the budget for new ones was spent.',
    labels: {},
  },
  {
    name: 'curfew_enrich_faults_total',
    type: 'counter',
    help: 'Look-ups in which a database failed.',
    labels: { database: ['place', 'network'] },
  },
]
