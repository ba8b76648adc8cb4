import type { Static } from 'typebox'
import { Type } from 'typebox'
import { DetectorMode, Severity } from '../../contract/finding.ts'
import { closedObject } from '../api/schemas.ts'

/** What looks for something: a detector sees it in one event, a sweep in the passing of time. */
export const DetectorEntry = closedObject({
  id: Type.String(),
  kind: Type.Union([Type.Literal('detector'), Type.Literal('sweep')]),
  title: Type.String(),
  severity: Severity,
  mode: DetectorMode,
  attack: Type.Array(Type.String(), { description: 'Ids of MITRE ATT&CK techniques.' }),
  runbook: Type.String({ description: 'What a responder does about a finding.' }),
})
export type DetectorEntry = Static<typeof DetectorEntry>

/** What a finding says of the detector that made it; empty for one that is no longer there. */
export function describedBy(
  detectors: readonly DetectorEntry[],
  id: string,
): Pick<DetectorEntry, 'title' | 'attack' | 'runbook'> {
  const { title = '', attack = [], runbook = '' } = detectors.find((each) => each.id === id) ?? {}
  return { title, attack: [...attack], runbook }
}
