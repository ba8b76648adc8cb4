import type { Guard } from '../guarding/guard.ts'

/**
 * While the kill switch is on, nothing is dispatched and nothing is lost: orders wait as they are
 * and go on when a person turns it off. Also held against what a person approved, because whoever
 * turned it on may not know of the approval.
 */
export const guard: Guard = {
  id: 'kill-switch',
  title: 'The kill switch is on',
  judge: (_proposal, { killed }) =>
    killed ? { judged: 'wait', reason: 'the kill switch is on' } : { judged: 'pass' },
}
