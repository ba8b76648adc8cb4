import type { Guard } from '../guarding/guard.ts'

/**
 * Replayed history and sources that nobody vouches for are reported and never end a session: a
 * backfill must not sign people out of today's sessions, and whoever can write to an unverified
 * intake must not choose whom Curfew signs out. No approval lifts it; a person who wants the
 * session ended orders that, which is a cause of its own.
 */
export const guard: Guard = {
  id: 'may-act',
  title: 'No cause came by a lane and source that may act',
  judge: ({ mayAct }) =>
    mayAct
      ? { judged: 'pass' }
      : {
          judged: 'suppress',
          reason: 'every cause is replayed history, or came from a source that may not act',
        },
}
