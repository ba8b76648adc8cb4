import type { Guard } from '../guarding/guard.ts'

/**
 * Break-glass accounts, Curfew's own and whoever else the policy lists lose a session only when a
 * person says so: an attacker who can raise findings must not lock out those who would stop him.
 */
export const guard: Guard = {
  id: 'protected-subjects',
  title: 'The subject is protected',
  judge: ({ subjectId, approvedBy }, _tally, { guards }) =>
    approvedBy !== '' || !guards.protectedSubjects.includes(subjectId)
      ? { judged: 'pass' }
      : { judged: 'approve', reason: 'the subject is on the list of protected subjects' },
}
