import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

const findingAgeMsMax = 10 * 60_000

/**
 * A finding describes who used the session at that time; after an outage it may be the rightful
 * person again. A lifecycle cause does not age.
 */
export const guard: Guard = {
  id: 'stale-finding',
  title: 'The finding is old',
  judge: (proposal, { now }, policy) => {
    const ageMs = now - proposal.causeAt
    if (ageMs <= findingAgeMsMax || proposal.approvedBy !== '') return { judged: 'pass' }
    if (!isFindingCaused(proposal, policy)) return { judged: 'pass' }
    return {
      judged: 'approve',
      reason: `what was found happened ${Math.floor(ageMs / 60_000)} minutes ago, more than ${findingAgeMsMax / 60_000}`,
    }
  },
}
