import type { Finding } from '../contract/finding.ts'
import type { Append, Ask } from '../contract/ports.ts'
import { causeRow, findingRow } from '../contract/rows.ts'
import { promoteFindings } from '../impose/promote-findings.ts'

/**
 * Records findings of sweeps with the causes of those that policy promotes. The causes come first: a
 * crash between the two leaves a cause whose finding is made again, never a finding without its cause.
 *
 * @throws CurfewError of the store; nothing is notified then.
 */
export function makeRecordFindings({
  ask,
  append,
  notify,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly notify: (findings: readonly Finding[]) => void
}): (findings: readonly Finding[]) => Promise<void> {
  return async (findings) => {
    const causes = await promoteFindings(findings, { ask })
    if (causes.length > 0) await append('causes', causes.map(causeRow))
    await append('findings', findings.map(findingRow))
    notify(findings)
  }
}
