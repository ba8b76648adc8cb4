import { isFindingCaused } from '../guarding/finding-only.ts'
import type { Guard } from '../guarding/guard.ts'

/**
 * The number of subjects that findings may sign out within an hour before a person is asked.
 * Further sessions of a subject that was already signed out do not count: half a sign-out protects
 * no subject.
 */
export const guard: Guard = {
  id: 'finding-subjects',
  title: 'Findings have reached as many subjects this hour as they may',
  judge: (proposal, { findingSubjectsLastHour }, policy) => {
    const most = policy.guards.findingSubjectsPerHourMax
    if (proposal.approvedBy !== '' || !isFindingCaused(proposal, policy)) return { judged: 'pass' }
    if (findingSubjectsLastHour.has(proposal.subjectRef)) return { judged: 'pass' }
    if (findingSubjectsLastHour.size < most) return { judged: 'pass' }
    return {
      judged: 'approve',
      reason: `findings reached ${findingSubjectsLastHour.size} subjects within an hour, at most ${most}`,
    }
  },
}
