import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

/**
 * Findings can be wrong in numbers, and an attacker can provoke them. The rate leaves time to
 * react; orders above it wait for the next minute. An approved order is exempt.
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
