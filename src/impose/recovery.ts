import type { CauseFacts } from '../contract/event.ts'
import type { RecoveryRequest, SubjectMemory } from '../contract/memory.ts'

/** A change of a credential that was a recovery, and its exemption. */
export interface Recovery {
  /** `flow`: the session of the flow, which may be older than all that is known of it. */
  readonly exempts: 'nobody' | 'flow'
}

type Subject = Pick<SubjectMemory, 'recoveries' | 'changes' | 'sessions' | 'sessionsOverflow'>

/** How long after a request a change in another flow may still come of it: links and demands wait. */
const mailMs = 24 * 60 * 60_000
const demandMs = 30 * mailMs

/**
 * Whether a change of a credential was a recovery. A person who is signed in and changes the password
 * and one who forgot it leave the same event behind; what tells them apart came before:
 *
 * - the same flow asked for a reset, and nobody signed in with it since: whoever made the change reads
 *   the person's mail, and no session is exempt, not even one that the same browser had; or
 * - the subject asked for one, or an administrator demanded a new password or set one, and the flow of
 *   the change is no session that was seen before: the link was opened in another browser, or the
 *   change was part of signing in, as it is with a temporary password. Anybody can ask for anybody's
 *   mail, so here a request alone exempts the flow: where its session is older than all that Curfew has
 *   seen, its owner must not be signed out. A change that names no session at all counts as one in such
 *   a flow, and nobody is exempt; or
 * - an administrator demanded or set a password, and the change comes in a session that was there
 *   before: the next page that its browser opens asks for it. That session is exempt.
 *
 * A recovery answers the requests before it, and so does a reset that was told as one: the next change
 * is an ordinary one. What a flow asked for is answered by a change in that flow alone, and by one of a
 * password not for another factor.
 *
 * A pure function of what is known: the order in which it came to be known does not count.
 */
export function recoveryOf(event: CauseFacts, subject: Subject | null): Recovery | undefined {
  if (!subject || !isChange(event) || event.initiatorKind === 'admin') return undefined
  const earlier = subject.changes.filter((each) => isBefore(placeOf(each), placeOf(event)))
  const answers: CauseFacts[] = []
  for (const each of earlier.sort(inOrder)) {
    if (!isChange(each) || judge(each, subject, answers)) answers.push(each)
  }
  return judge(event, subject, answers)
}

/** Judges one change by the requests before it that none of the given recoveries has answered. */
function judge(
  change: CauseFacts,
  subject: Subject,
  answers: readonly CauseFacts[],
): Recovery | undefined {
  const flow = flowOf(change)
  const at = change.occurredAt
  const asked = subject.recoveries.filter((each) => isBefore(each, placeOf(change)))
  const alike = answers.filter((each) => isOfFactor(each) === isOfFactor(change))
  const isOpen = (request: RecoveryRequest, some: readonly CauseFacts[]) =>
    !some.some((each) => isBefore(request, placeOf(each)))
  const own = alike.filter((each) => flowOf(each) === flow)
  const isOwn = (each: RecoveryRequest) => flow !== '' && each.flowId === flow && isOpen(each, own)
  if (asked.some((each) => isOwn(each) && !signedInSince(subject, flow, each, at))) {
    return { exempts: 'nobody' }
  }
  if (isOfFactor(change)) return undefined
  const open = asked.filter((each) => isOpen(each, alike))
  if (wasSeen(subject, flow, at)) {
    const isMet = open.some(
      (each) => each.isDemand && at - each.at <= demandMs && isOlder(subject, flow, each),
    )
    return isMet ? { exempts: 'flow' } : undefined
  }
  if (open.some((each) => each.isDemand && at - each.at <= demandMs)) return { exempts: 'nobody' }
  return open.some((each) => at - each.at <= mailMs) ? { exempts: 'flow' } : undefined
}

/** A flow that led to a sign-in is over: what is changed in its session later is an ordinary change. */
function signedInSince(
  { sessions }: Pick<Subject, 'sessions'>,
  flow: string,
  { at }: RecoveryRequest,
  until: number,
): boolean {
  return sessions.some(
    ({ id, creations }) => id === flow && creations.some((born) => born > at && born < until),
  )
}

/** Whether the session of the flow was there before the demand. */
function isOlder(
  { sessions }: Pick<Subject, 'sessions'>,
  flow: string,
  { at }: RecoveryRequest,
): boolean {
  return sessions.some(({ id, firstSeenAt }) => id === flow && firstSeenAt < at)
}

/** Where sessions were forgotten the flow's may be among them: then it counts as seen. */
function wasSeen(
  { sessions, sessionsOverflow }: Pick<Subject, 'sessions' | 'sessionsOverflow'>,
  flow: string,
  at: number,
): boolean {
  if (flow === '') return false
  return sessionsOverflow || sessions.some(({ id, firstSeenAt }) => id === flow && firstSeenAt < at)
}

const none: SubjectMemory['changes'] = []

/**
 * Changes recorded before this event that happened after it and may need a correction: it is a
 * request or a change itself, or the first event of the session of a flow.
 */
export function reconsidered(
  event: CauseFacts,
  subject: SubjectMemory | null,
): SubjectMemory['changes'] {
  if (!subject || subject.changes.length === 0) return none
  const place = placeOf(event)
  const later = subject.changes.filter((each) => isChange(each) && isBefore(place, placeOf(each)))
  const bears =
    subject.recoveries.some(({ eventId }) => eventId === event.id) ||
    subject.changes.some(({ id }) => id === event.id) ||
    (event.sessionId !== '' && later.some((each) => flowOf(each) === event.sessionId))
  return bears ? later : none
}

/** Memory has resets too, since they answer requests; they are no changes. */
export function isChange({ type }: CauseFacts): boolean {
  return type === 'credential.changed' || type === 'factor.changed'
}

function isOfFactor({ type }: CauseFacts): boolean {
  return type === 'factor.changed'
}

function flowOf({ initiatorSessionId, sessionId }: CauseFacts): string {
  return initiatorSessionId || sessionId
}

type Place = Pick<RecoveryRequest, 'at' | 'eventId'>

const placeOf = ({ occurredAt, id }: CauseFacts): Place => ({ at: occurredAt, eventId: id })

function isBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.eventId < other.eventId)
}

function inOrder(one: CauseFacts, other: CauseFacts): number {
  return isBefore(placeOf(one), placeOf(other)) ? -1 : 1
}
