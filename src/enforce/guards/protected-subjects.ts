import type { Guard } from '../guarding/guard.ts'

/**
 * Break-glass accounts, Curfew's own account and other listed subjects lose a session only with
 * approval: an attacker who can raise findings must not lock out the responders.
 */
export const guard: Guard = {
  id: 'protected-subjects',
  title: 'The subject is protected',
  judge: ({ subjectId, approvedBy }, _tally, { guards }) =>
    approvedBy !== '' || !guards.protectedSubjects.includes(subjectId)
      ? { judged: 'pass' }
      : { judged: 'approve', reason: 'the subject is on the list of protected subjects' },
}
