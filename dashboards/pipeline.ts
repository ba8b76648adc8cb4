import { dataQualityRow, lookUpRow } from './data-quality-panels.ts'
import { defineDashboard } from './define-dashboard.ts'
import { intakeRow } from './intake-panels.ts'
import { instanceVariable, tenantVariable } from './variables.ts'

/** Whether events arrive, how late, and how much of them can be read and enriched. */
export const dashboard = defineDashboard({
  id: 'pipeline',
  title: 'Pipeline',
  description:
    'Incoming events: how many, how late, how many could not be read, and the results of look-ups.',
  from: 'now-6h',
  refresh: '1m',
  variables: [tenantVariable, instanceVariable],
  rows: [intakeRow, lookUpRow, dataQualityRow],
  beside: [
    { id: 'revocation', title: 'Revocation' },
    { id: 'findings', title: 'Findings' },
  ],
})
