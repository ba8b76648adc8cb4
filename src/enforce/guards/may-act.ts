import type { Guard } from '../guarding/guard.ts'

/**
 * Replayed history and unverified sources are reported and never end a session: a backfill must
 * not sign people out today, and a writer to an unverified intake must not choose whom Curfew
 * signs out. No approval lifts this; an operator's order is a cause of its own.
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
