import { dataQualityRow, lookUpRow } from './data-quality-panels.ts'
import { defineDashboard } from './define-dashboard.ts'
import { intakeRow } from './intake-panels.ts'
import { instanceVariable, tenantVariable } from './variables.ts'

/** Whether what happens arrives, how late, and how much of it can be understood. */
export const dashboard = defineDashboard({
  id: 'pipeline',
  title: 'Pipeline',
  description:
    'Events as they arrive: how many, how late, how many could not be read, and how much the look-ups knew.',
  from: 'now-6h',
  refresh: '1m',
  variables: [tenantVariable, instanceVariable],
  rows: [intakeRow, lookUpRow, dataQualityRow],
  beside: [
    { id: 'revocation', title: 'Revocation' },
    { id: 'findings', title: 'Findings' },
  ],
})
