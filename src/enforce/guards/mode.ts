import type { Guard } from '../guarding/guard.ts'

/**
 * In approve mode a person says yes to each order. Observe is not an objection: the whole chain is
 * run for it, so that its report is what enforcing would have done, and only the call is left out.
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
