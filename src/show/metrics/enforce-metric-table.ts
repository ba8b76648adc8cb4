import type { Metric } from './metric.ts'

const work = [
  ...['enforcement', 'instances', 'orders', 'lists', 'sweeps', 'sources'],
  ...['recording', 'notices'],
] as const
const outcomes = ['ok', 'deferred', 'busy', 'unknown', 'refused'] as const

/** Metrics of the enforcer and of all recurring work. */
export const enforceMetrics: readonly Metric[] = [
  {
    name: 'curfew_enforce_unfollowed_causes_total',
    type: 'counter',
    help: 'Causes and relations that condemn nobody because their subject or scope is not clear, by reason.',
    labels: { why: 'open' },
  },
  {
    name: 'curfew_work_last_good_round_seconds',
    type: 'gauge',
    help: 'Instant up to which all work of this kind succeeded, seconds since the epoch: now, or the start of the oldest failure or hang.',
    labels: { work },
  },
  {
    name: 'curfew_work_failed_rounds_total',
    type: 'counter',
    help: 'Failed runs of this work; each is retried.',
    labels: { work },
  },
  {
    name: 'curfew_enforce_elected',
    type: 'gauge',
    help: 'Whether this process is the elected enforcer of its consumer group: 1 or 0.',
    labels: {},
  },
  {
    name: 'curfew_enforce_round_seconds',
    type: 'histogram',
    help: 'Duration of one round in which the enforcer reads changes from the store.',
    labels: {},
  },
  {
    name: 'curfew_enforce_open_orders',
    type: 'gauge',
    help: 'Orders that are not in a final state.',
    labels: {},
  },
  {
    name: 'curfew_enforce_outstanding_sessions',
    type: 'gauge',
    help: 'Condemned sessions without proof of death.',
    labels: {},
  },
  {
    name: 'curfew_enforce_call_seconds',
    type: 'histogram',
    help: 'Calls to identity providers, by operation and result.',
    labels: { call: ['list', 'read', 'revoke'], outcome: outcomes },
  },
  {
    name: 'curfew_enforce_list_failures_total',
    type: 'counter',
    help: 'Lists and reads of sessions that a provider did not answer, or answered outside its documented contract.',
    labels: {},
  },
  {
    name: 'curfew_enforce_revocations_total',
    type: 'counter',
    help: 'Calls that end a session, by result.',
    labels: { outcome: outcomes },
  },
]
