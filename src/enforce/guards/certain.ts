import type { Guard } from '../guarding/guard.ts'

/**
 * A session may be younger than its cause, within clock uncertainty or because no event reports
 * its creation. It may then be the rightful person's new session, so a person decides.
 */
export const guard: Guard = {
  id: 'certain',
  title: 'It is not certain that the session is older than its cause',
  judge: ({ certainty, approvedBy }) =>
    certainty === 'certain' || approvedBy !== ''
      ? { judged: 'pass' }
      : { judged: 'approve', reason: reasons[certainty] },
}

const reasons = {
  ambiguous: 'the session began so close to its cause that clocks cannot say which came first',
  creation_unknown: 'no event says when the session began, so it may be newer than its cause',
} as const
