import { CauseClass } from '../../contract/cause.ts'
import type { Metric } from './metric.ts'

export const causeClasses: readonly string[] = CauseClass.anyOf.map((each) => each.const)
export const verdictNames = ['kept', 'broken', 'open', 'unproven'] as const
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const

/** Metrics that are read from the store at most every 30 s, over all tenants. */
export const storeMetrics: readonly Metric[] = [
  {
    name: 'curfew_verdicts',
    type: 'gauge',
    help: 'Curfews whose cause lies within the last day, by verdict.',
    labels: { class: causeClasses, verdict: verdictNames },
  },
  {
    name: 'curfew_coverage_ratio',
    type: 'gauge',
    help: 'Share of certain curfews with a deadline in the last hour whose session was proven dead in time; NaN without any.',
    labels: { class: causeClasses },
  },
  {
    name: 'curfew_findings',
    type: 'gauge',
    help: 'Active findings of the last day.',
    labels: { severity: severities },
  },
  {
    name: 'curfew_approvals_waiting',
    type: 'gauge',
    help: 'Orders that wait for approval.',
    labels: {},
  },
  {
    name: 'curfew_kill_switch_on',
    type: 'gauge',
    help: 'Whether the kill switch stops all enforcement: 1 or 0.',
    labels: {},
  },
  {
    name: 'curfew_list_complete_seconds',
    type: 'gauge',
    help: 'Instant of the last complete list of sessions, by instance, seconds since the epoch; the oldest of several tenants.',
    labels: { instance: 'open' },
  },
  {
    name: 'curfew_list_late_seconds',
    type: 'gauge',
    help: 'Longest time a curfew has waited for the first complete list after its detection, by instance; 0 while none waits. The longest of several tenants.',
    labels: { instance: 'open' },
  },
  {
    name: 'curfew_figures_read_seconds',
    type: 'gauge',
    help: 'Instant at which these figures were last read from the store, seconds since the epoch.',
    labels: {},
  },
]
