import type { Guard } from '../guarding/guard.ts'

/**
 * In approve mode a person approves each order. Observe is no objection: the whole chain runs and
 * only the call is left out, so its report shows what enforcing would have done.
 */
export const guard: Guard = {
  id: 'mode',
  title: 'The policy asks for approval',
  judge: ({ mode, approvedBy }) =>
    mode === 'approve' && approvedBy === ''
      ? {
          judged: 'approve',
          reason: 'policy asks a person first: the mode of its strongest curfew is approve',
        }
      : { judged: 'pass' },
}
