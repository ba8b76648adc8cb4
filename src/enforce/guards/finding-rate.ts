import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

/**
 * Findings can be wrong many times at once, and an attacker can provoke them; at so many a minute
 * somebody can still look before the damage is large. What is over the rate waits for the next
 * minute. An order a person approved is that person's.
 */
export const guard: Guard = {
  id: 'finding-rate',
  title: 'Findings have ended as many sessions this minute as they may',
  judge: (proposal, { findingOrdersLastMinute }, policy) => {
    const most = policy.guards.findingOrdersPerMinuteMax
    if (proposal.approvedBy !== '' || !isFindingCaused(proposal, policy)) return { judged: 'pass' }
    if (findingOrdersLastMinute < most) return { judged: 'pass' }
    return {
      judged: 'wait',
      reason: `${findingOrdersLastMinute} orders caused by findings within a minute, at most ${most}`,
    }
  },
}
