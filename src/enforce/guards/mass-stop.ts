import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

/** So many sessions an hour are no mass, however small the tenant. */
const sessionsFloor = 5

/**
 * Where findings affect a large share of all live sessions, the detector is broken or abused, and
 * a person approves each further order. A share of 0 lets findings end nothing without approval;
 * the floor does not lift that.
 */
export const guard: Guard = {
  id: 'mass-stop',
  title: 'Findings would end a large share of all sessions',
  judge: (proposal, { findingSessionsLastHour, liveSessions }, policy) => {
    const share = policy.guards.massStopShare
    if (proposal.approvedBy !== '' || !isFindingCaused(proposal, policy)) return { judged: 'pass' }
    const most = share > 0 ? Math.max(sessionsFloor, share * liveSessions) : 0
    // What the call takes with it is ended as well.
    if (findingSessionsLastHour + 1 + proposal.alsoEnds.length <= most) return { judged: 'pass' }
    return {
      judged: 'approve',
      reason: `findings reached ${findingSessionsLastHour} of ${liveSessions} live sessions within an hour, at most ${Math.floor(most)}`,
    }
  },
}
