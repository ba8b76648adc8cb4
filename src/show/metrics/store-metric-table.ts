import { CauseClass } from '../../contract/cause.ts'
import type { Metric } from './metric.ts'

export const causeClasses: readonly string[] = CauseClass.anyOf.map((each) => each.const)
export const verdictNames = ['kept', 'broken', 'open', 'unproven'] as const
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const

/** What is read from the store for the page, at most every 30 s: of all tenants together. */
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
    help: 'Of the certain curfews whose deadline passed within the last hour, the share proven dead in time; NaN without any.',
    labels: { class: causeClasses },
  },
  {
    name: 'curfew_findings',
    type: 'gauge',
    help: 'Standing findings of the last day.',
    labels: { severity: severities },
  },
  {
    name: 'curfew_approvals_waiting',
    type: 'gauge',
    help: 'Orders that wait for a person.',
    labels: {},
  },
  {
    name: 'curfew_kill_switch_on',
    type: 'gauge',
    help: 'Whether all enforcement is stopped: 1 or 0.',
    labels: {},
  },
  {
    name: 'curfew_list_complete_seconds',
    type: 'gauge',
    help: 'When the last complete list of sessions came in, by instance, seconds since the epoch; of several tenants the oldest.',
    labels: { instance: 'open' },
  },
  {
    name: 'curfew_list_late_seconds',
    type: 'gauge',
    help: 'For how long a curfew has waited for the first complete list after it was found, by instance; 0 while none does. Of several tenants the longest.',
    labels: { instance: 'open' },
  },
  {
    name: 'curfew_figures_read_seconds',
    type: 'gauge',
    help: 'When these figures were read from the store for the last time, seconds since the epoch.',
    labels: {},
  },
]
