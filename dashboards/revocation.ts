import { coverageRow } from './coverage-panels.ts'
import { defineDashboard } from './define-dashboard.ts'
import { enforcerRow } from './enforcer-panels.ts'
import { latencyRow } from './latency-panels.ts'
import { exposureRow, outstandingRow } from './outstanding-panels.ts'
import { chosenInstances, where, words } from './sql.ts'
import {
  classVariable,
  instanceVariable,
  sessionVariable,
  subjectVariable,
  tenantVariable,
} from './variables.ts'

/** Causes with a wide scope explain most steps in the curves. */
const wideCauses = `select
    min(at) as time,
    concat(class, ' over a ', scope_kind) as text,
    [tenant, instance] as tags
from causes
${where([
  '$__timeFilter_ms(at)',
  ...chosenInstances,
  `scope_kind in (${words(['organization', 'connection', 'device', 'grant'])})`,
])}
group by tenant, instance, cause_id, class, scope_kind
order by time
limit 200`

/** Whether condemned sessions died: how many, how soon, by which evidence, and which did not. */
export const dashboard = defineDashboard({
  id: 'revocation',
  title: 'Revocation',
  description:
    'Sessions condemned by a cause in this range: how many were proven dead in time, how long each step took, and which are outstanding.',
  from: 'now-7d',
  refresh: '5m',
  variables: [tenantVariable, instanceVariable, classVariable, sessionVariable, subjectVariable],
  annotations: [{ name: 'Wide causes', color: 'orange', sql: wideCauses }],
  rows: [coverageRow, latencyRow, outstandingRow, exposureRow, enforcerRow],
  beside: [
    { id: 'findings', title: 'Findings' },
    { id: 'pipeline', title: 'Pipeline' },
    { id: 'session', title: 'One session' },
  ],
})
