import type { Guard } from '../guarding/guard.ts'

/**
 * An order names one session of one subject, or it is none. Automation elsewhere has read an empty
 * target as "everything"; here it means nothing. What consists of wildcards and dots alone is no id
 * either: behind some path or filter of a provider it could mean more than one session.
 */
export const guard: Guard = {
  id: 'known-target',
  title: 'The session or its subject is not named',
  judge: ({ sessionId, subjectId }) => {
    if (isNoName(sessionId)) return { judged: 'suppress', reason: 'the order names no session' }
    if (isNoName(subjectId)) return { judged: 'suppress', reason: 'the order names no subject' }
    return { judged: 'pass' }
  },
}

const isNoName = (id: string): boolean => /^[\s.*?%]*$/.test(id)
