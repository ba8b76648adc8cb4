import type { Guard } from '../guarding/guard.ts'

/**
 * A session that may be younger than its cause, by a clock's uncertainty or because nobody told
 * its creation, may be the one the rightful person opened afterwards. A person decides.
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
