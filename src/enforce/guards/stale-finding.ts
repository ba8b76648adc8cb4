import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

const findingAgeMsMax = 10 * 60_000

/**
 * A finding speaks of who held the session then; after an outage it may long be the rightful person
 * again. An old lifecycle cause is as true as on its first day and acts.
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
