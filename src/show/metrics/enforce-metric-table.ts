import type { Metric } from './metric.ts'

const work = [
  ...['enforcement', 'instances', 'orders', 'lists', 'sweeps', 'sources'],
  ...['recording', 'notices'],
] as const
const went = ['well', 'nowhere', 'busy', 'unknown', 'refused'] as const

/** Metrics of the enforcer, and of whatever else is done over and over. */
export const enforceMetrics: readonly Metric[] = [
  {
    name: 'curfew_enforce_unfollowed_causes_total',
    type: 'counter',
    help: 'Causes and ties that condemn nobody because it is not clear whom or what they are about, by why.',
    labels: { why: 'open' },
  },
  {
    name: 'curfew_work_last_good_round_seconds',
    type: 'gauge',
    help: 'Up to when all work of this kind went well, seconds since the epoch: now, or since when the first of it fails or hangs.',
    labels: { work },
  },
  {
    name: 'curfew_work_failed_rounds_total',
    type: 'counter',
    help: 'Times that this work failed; it is tried again.',
    labels: { work },
  },
  {
    name: 'curfew_enforce_elected',
    type: 'gauge',
    help: 'Whether this process is the one of those on a broker that enforces.',
    labels: {},
  },
  {
    name: 'curfew_enforce_round_seconds',
    type: 'histogram',
    help: 'Time of one look of the enforcer at the store.',
    labels: {},
  },
  {
    name: 'curfew_enforce_open_orders',
    type: 'gauge',
    help: 'Orders that are not settled.',
    labels: {},
  },
  {
    name: 'curfew_enforce_outstanding_sessions',
    type: 'gauge',
    help: 'Condemned sessions whose end is not proven.',
    labels: {},
  },
  {
    name: 'curfew_enforce_call_seconds',
    type: 'histogram',
    help: 'Calls to identity providers, by what was asked and how it went.',
    labels: { call: ['list', 'read', 'revoke'], went },
  },
  {
    name: 'curfew_enforce_list_failures_total',
    type: 'counter',
    help: 'Lists and reads of sessions that a provider did not answer, or not as it documents.',
    labels: {},
  },
  {
    name: 'curfew_enforce_revocations_total',
    type: 'counter',
    help: 'Calls that end a session, by how they went.',
    labels: { went },
  },
]
