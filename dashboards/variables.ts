import { CauseClass } from '../src/contract/cause.ts'
import { Severity } from '../src/contract/finding.ts'
import type { Variable } from './dashboard.ts'
import { isChosen } from './sql.ts'

/** The words of a closed list, in the order of the contract. */
function wordsOf(list: {
  readonly anyOf: readonly { readonly const: string }[]
}): readonly string[] {
  return list.anyOf.map((word) => word.const)
}

export const causeClasses = wordsOf(CauseClass)
/** From the least to the most severe. */
export const severities = wordsOf(Severity)

export const tenantVariable: Variable = {
  kind: 'query',
  name: 'tenant',
  label: 'Tenant',
  sql: `select distinct tenant
from sessions
order by tenant
limit 1000`,
}

export const instanceVariable: Variable = {
  kind: 'query',
  name: 'instance',
  label: 'Instance',
  sql: `select distinct instance
from sessions
where ${isChosen('tenant', 'tenant')}
order by instance
limit 1000`,
}

export const classVariable: Variable = {
  kind: 'words',
  name: 'class',
  label: 'Cause class',
  words: causeClasses,
}

export const severityVariable: Variable = {
  kind: 'words',
  name: 'severity',
  label: 'Severity',
  words: severities,
}

export const detectorVariable: Variable = {
  kind: 'query',
  name: 'detector',
  label: 'Detector',
  sql: `select distinct detector
from findings
where recorded_at >= $__fromTime_ms - interval 1 day
    and ${isChosen('tenant', 'tenant')}
order by detector
limit 1000`,
}

export const sessionVariable: Variable = { kind: 'text', name: 'session', label: 'Session' }

/** A subject as evidence names it: by reference, never in clear. */
export const subjectVariable: Variable = { kind: 'text', name: 'subject', label: 'Subject' }
