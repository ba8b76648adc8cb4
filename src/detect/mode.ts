import type { DetectorMode } from '../contract/finding.ts'
import type { Policy } from '../contract/policy.ts'

/** lifecycle: a fact about state, the same in any order. behaviour: a judgement about habits. */
export type Family = 'lifecycle' | 'behaviour'

const imposing: ReadonlySet<DetectorMode> = new Set<DetectorMode>(['propose', 'act'])

/**
 * The mode that policy gives a detector or sweep, else its own. A lifecycle finding reports a curfew
 * and never imposes a second one, whatever policy says.
 */
export function modeOf(
  {
    id,
    family,
    mode,
  }: { readonly id: string; readonly family: Family; readonly mode: DetectorMode },
  policy: Pick<Policy, 'detectors'>,
): DetectorMode {
  const chosen = policy.detectors[id]?.mode ?? mode
  return family === 'lifecycle' && imposing.has(chosen) ? 'inform' : chosen
}
