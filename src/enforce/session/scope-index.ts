import type { Cause, CauseClass } from '../../contract/cause.ts'
import type { SessionFacts } from '../../verdict/session-facts.ts'

/** A session's tie to an organization, connection, device or grant, as `edge` and `value`. */
export interface Tie {
  readonly edge: string
  readonly value: string
}

/** Scopes that reach sessions by a tie, with the edge of the tie. */
export const edgeOf = {
  subject_organization: 'organization',
  organization: 'organization',
  connection: 'connection',
  device: 'device',
  grant: 'grant',
} as const

/**
 * Causes that end a subject's delegated access: a subject who has left has no agents. A new
 * password or a lost device takes nothing from an agent, which had neither.
 */
export const delegated: ReadonlySet<CauseClass> = new Set<CauseClass>([
  'subject_suspended',
  'subject_offboarded',
  'membership_deactivated',
  'access_reduced',
  'operator_order',
])

/**
 * Finds those of the causes whose scope a session is in. Time and exemption are not asked here:
 * that is the one rule that imposing inline uses too.
 */
export function makeScope(causes: readonly Cause[]) {
  const byKey = new Map<string, Cause[]>()
  for (const cause of causes) {
    const key = keyOf(cause)
    if (key === undefined) continue
    const list = byKey.get(key)
    if (list) list.push(cause)
    else byKey.set(key, [cause])
  }
  return (session: SessionFacts, ties: readonly Tie[]): readonly Cause[] => {
    const at = (key: string) => byKey.get(key) ?? []
    const { subjectRef, onBehalfOfRef } = session
    const ofSession = at(`session ${session.sessionId}`).filter(
      ({ sessionKind }) => sessionKind === '' || sessionKind === session.sessionKind,
    )
    const ofPrincipal = (key: string) =>
      onBehalfOfRef === '' ? [] : at(key).filter((cause) => delegated.has(cause.class))
    const ofSubject = subjectRef === '' ? [] : at(`subject ${subjectRef}`)
    const ofTies = ties.flatMap(({ edge, value }) => {
      const own = at(`${edge} ${value}`)
      if (edge !== 'organization') return own
      // A reference has no blank, so an organization id cannot match another subject's key.
      const members = at(`member ${subjectRef} ${value}`)
      return [...own, ...members, ...ofPrincipal(`member ${onBehalfOfRef} ${value}`)]
    })
    return [...ofSession, ...ofSubject, ...ofPrincipal(`subject ${onBehalfOfRef}`), ...ofTies]
  }
}

/** Undefined for a cause without a target: an empty scope reaches no session. */
function keyOf({ scopeKind, scopeId, subjectRef, sessionId }: Cause): string | undefined {
  switch (scopeKind) {
    case 'session':
      return sessionId === '' ? undefined : `session ${sessionId}`
    case 'subject':
      return subjectRef === '' ? undefined : `subject ${subjectRef}`
    case 'subject_organization':
      return subjectRef === '' || scopeId === '' ? undefined : `member ${subjectRef} ${scopeId}`
    case 'organization':
    case 'connection':
    case 'device':
    case 'grant':
      return scopeId === '' ? undefined : `${scopeKind} ${scopeId}`
  }
}
