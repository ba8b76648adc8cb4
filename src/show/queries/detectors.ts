import type { Static } from 'typebox'
import { Type } from 'typebox'
import { DetectorMode, Severity } from '../../contract/finding.ts'
import { closedObject } from '../api/schemas.ts'

/** A detector judges single events; a sweep queries the store on a schedule. */
export const DetectorEntry = closedObject({
  id: Type.String(),
  kind: Type.Union([Type.Literal('detector'), Type.Literal('sweep')]),
  title: Type.String(),
  severity: Severity,
  mode: DetectorMode,
  attack: Type.Array(Type.String(), { description: 'Ids of MITRE ATT&CK techniques.' }),
  runbook: Type.String({ description: 'What a responder should do about a finding.' }),
})
export type DetectorEntry = Static<typeof DetectorEntry>

/** The detector's fields of a finding; empty for a detector that no longer exists. */
export function describedBy(
  detectors: readonly DetectorEntry[],
  id: string,
): Pick<DetectorEntry, 'title' | 'attack' | 'runbook'> {
  const { title = '', attack = [], runbook = '' } = detectors.find((each) => each.id === id) ?? {}
  return { title, attack: [...attack], runbook }
}
