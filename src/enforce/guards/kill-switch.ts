import type { Guard } from '../guarding/guard.ts'

/**
 * While the kill switch is on, nothing is dispatched and nothing is lost: orders wait and continue
 * when it is turned off. It applies to approved orders too, since the operator may not know of the
 * approval.
 */
export const guard: Guard = {
  id: 'kill-switch',
  title: 'The kill switch is on',
  judge: (_proposal, { killed }) =>
    killed ? { judged: 'wait', reason: 'the kill switch is on' } : { judged: 'pass' },
}
