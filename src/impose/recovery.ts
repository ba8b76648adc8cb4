import type { CauseFacts } from '../contract/event.ts'
import type { RecoveryRequest, SubjectMemory } from '../contract/memory.ts'

/** A change of a credential that was a recovery, and whom it exempts. */
export interface Recovery {
  /** `flow`: the session of the flow, which may be older than all that is known of it. */
  readonly exempts: 'nobody' | 'flow'
}

/** How long after a request a change in another flow may still come of it: links and demands wait. */
const mailMs = 24 * 60 * 60_000
const demandMs = 30 * mailMs

/**
 * Whether a change of a credential was a recovery. A person who is signed in and changes the password
 * and one who forgot it leave the same event behind; what tells them apart came before:
 *
 * - the same flow asked for a reset: whoever made the change reads the person's mail, and no session
 *   is exempt, not even one that the same browser had; or
 * - the subject asked for one, or an administrator demanded a new password or set one, and the flow of
 *   the change is no session that was seen before: the link was opened in another browser, or the
 *   change was part of signing in, as it is with a temporary password. Anybody can ask for anybody's mail, so here a request alone exempts the flow:
 *   where its session is older than all that Curfew has seen, its owner must not be signed out.
 *   A change that names no session at all counts as one in such a flow, and nobody is exempt.
 *
 * A pure function of what is known: the order in which it came to be known does not count.
 */
export function recoveryOf(
  event: CauseFacts,
  subject: Pick<SubjectMemory, 'recoveries' | 'sessions' | 'sessionsOverflow'> | null,
): Recovery | undefined {
  const isChange = event.type === 'credential.changed' || event.type === 'factor.changed'
  const flow = event.initiatorSessionId || event.sessionId
  if (!isChange || event.initiatorKind === 'admin' || !subject) return undefined
  const { id, occurredAt: at } = event
  const earlier = subject.recoveries.filter((each) => isBefore(each, { at, eventId: id }))
  if (flow !== '' && earlier.some(({ flowId }) => flowId === flow)) return { exempts: 'nobody' }
  if (event.type !== 'credential.changed' || wasSeen(subject, flow, at)) return undefined
  if (earlier.some((each) => each.flowId === '' && at - each.at <= demandMs)) {
    return { exempts: 'nobody' }
  }
  return earlier.some((each) => at - each.at <= mailMs) ? { exempts: 'flow' } : undefined
}

/** Where sessions were forgotten the flow's may be among them: then it counts as seen. */
function wasSeen(
  { sessions, sessionsOverflow }: Pick<SubjectMemory, 'sessions' | 'sessionsOverflow'>,
  flow: string,
  at: number,
): boolean {
  if (flow === '') return false
  return sessionsOverflow || sessions.some(({ id, firstSeenAt }) => id === flow && firstSeenAt < at)
}

/**
 * The earlier changes that this event, if it is a request, makes recoveries: those that happened after
 * it and were heard of before. Each is told anew, as the stronger cause that it is.
 */
export function recoveredBy(
  event: CauseFacts,
  subject: SubjectMemory | null,
): readonly { readonly change: CauseFacts; readonly recovery: Recovery }[] {
  const { id: eventId, occurredAt: at } = event
  if (!subject?.recoveries.some((each) => each.eventId === eventId)) return []
  return subject.changes.flatMap((change) => {
    if (!isBefore({ at, eventId }, { at: change.occurredAt, eventId: change.id })) return []
    const recovery = recoveryOf(change, subject)
    return recovery === undefined ? [] : [{ change, recovery }]
  })
}

function isBefore(
  one: Pick<RecoveryRequest, 'at' | 'eventId'>,
  other: Pick<RecoveryRequest, 'at' | 'eventId'>,
): boolean {
  return one.at < other.at || (one.at === other.at && one.eventId < other.eventId)
}
