import { Type } from 'typebox'
import { attributions } from '../../contract/attribution.ts'
import { Severity } from '../../contract/finding.ts'
import type { Row } from '../../contract/ports.ts'
import { Name } from '../api/schemas.ts'
import type { Report } from '../reporting/report.ts'

/** Number of findings of each detector; of each finding, the version that was valid at `as_of`. */
export const report: Report = {
  id: 'findings',
  title: 'Findings',
  description:
    'Findings by detector, severity and mode: active ones, and those that later facts withdrew. Detectors in shadow mode are counted in rows of their own.',
  parameters: {
    detector: Type.Optional(Name('Only this detector.')),
    severity: Type.Optional(Severity),
    instance: Type.Optional(Name('Only findings of this instance.')),
  },
  dated: {
    ...{ what: 'findings', rows: 'findings', at: 'at' },
    known: 'fromUnixTimestamp64Milli(toInt64(version))',
    by: ['detector', 'severity', 'instance'],
  },
  sql: `
select
  told.1 as detector, told.2 as severity, told.3 as mode,
  countIf(told.4) as standing,
  countIf(not told.4) as withdrawn,
  uniqExactIf((instance, told.6), told.6 != '') as subjects,
  uniqExactIf((instance, told.7, told.8), told.8 != '') as sessions,
  min(told.5) as first_at,
  max(told.5) as last_at
from
(
  select
    instance, finding_id,
    argMax(
      (f.detector, f.severity, f.mode, f.standing, f.at, f.subject_ref, f.session_kind, f.session_id),
      (f.version, f.row_commit, f.severity, f.standing)) as told
  from findings as f
  where tenant = {tenant:String}
    and f.version <= toUnixTimestamp64Milli({as_of:DateTime64(3)})
    and ({instance:String} = '' or instance = {instance:String})
  group by instance, finding_id
)
where told.5 >= {from:DateTime64(3)} and told.5 < {to:DateTime64(3)}
  and ({detector:String} = '' or told.1 = {detector:String})
  and ({severity:String} = '' or told.2 = {severity:String})
group by detector, severity, mode
order by detector, indexOf(['critical', 'high', 'medium', 'low', 'info'], severity), mode`,
  columns: [
    { name: 'detector', type: 'text', description: 'Which detector.' },
    { name: 'severity', type: 'text', description: 'How severe.' },
    { name: 'mode', type: 'text', description: 'Mode of the detector at the evaluation.' },
    { name: 'standing', type: 'count', description: 'Findings that stand.' },
    { name: 'withdrawn', type: 'count', description: 'Findings that later facts withdrew.' },
    { name: 'subjects', type: 'count', description: 'Distinct subjects.' },
    { name: 'sessions', type: 'count', description: 'Distinct sessions.' },
    { name: 'first_at', type: 'time', description: 'Instant of the earliest.' },
    { name: 'last_at', type: 'time', description: 'Instant of the latest.' },
  ],
  // Journeys, new countries and new networks depend on where addresses are.
  attribution: attributions.map(({ text }) => text),
  summary: (rows: readonly Row[]) => {
    const total = (column: string) =>
      rows.reduce((sum, row) => sum + (typeof row[column] === 'number' ? row[column] : 0), 0)
    return { standing: total('standing'), withdrawn: total('withdrawn') }
  },
}
