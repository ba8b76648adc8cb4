import type { EnrichedEvent } from '../contract/enriched-event.ts'
import { noDevice, noNetwork, noPlace } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import { blankEvent } from '../contract/event.ts'
import { identify } from '../contract/identity.ts'
import type { SignOut } from '../contract/memory.ts'
import { beganAgain, signOutsMax } from '../contract/memory.ts'
import type { SessionSlot, Slots } from './slots.ts'

/**
 * A sign-out of a whole subject names no session, and yet each online one that existed then has ended.
 * So each becomes an end of its own: those that are known when the sign-out is told, and those that
 * are told of later and turn out to be older. So does a sign-out of everybody, for sessions of every
 * kind, whenever their subject is heard of: nobody else's need be looked for. The names of these ends are
 * made of what they are about, so the same ones come of it in whichever order the two are told.
 */

/** Keeps a sign-out of a subject or of everybody; the oldest of too many makes room. */
export function learnSignOut(slot: { signOuts: readonly SignOut[] }, signOut: SignOut): void {
  if (slot.signOuts.some(({ eventId }) => eventId === signOut.eventId)) return
  slot.signOuts = [...slot.signOuts, signOut]
    .sort((one, other) => other.at - one.at)
    .slice(0, signOutsMax)
}

/** What of an event is kept for the ends that it stands for. */
export function signOutOf(event: SessionEvent): SignOut {
  const { occurredAt: at, id: eventId } = event
  const { initiatorKind, initiatorId, initiatorClient, reason } = event
  return { at, eventId, initiatorKind, initiatorId, initiatorClient, reason }
}

/** The ends that are due once this event was learnt, with the slots that they belong to. */
export function endsDue(
  { event }: EnrichedEvent,
  { subject, session }: Slots,
  ofInstance: readonly SignOut[],
): readonly { readonly enriched: EnrichedEvent; readonly slots: Slots }[] {
  if (!subject || (subject.signOuts.length === 0 && ofInstance.length === 0)) return none
  const isNews = event.type === 'subject.signed_out' || subject.signOutsOfInstance !== ofInstance
  subject.signOutsOfInstance = ofInstance
  const known = session ? [session] : []
  return (isNews ? subject.sessions : known).flatMap((each) => {
    const own = each.kind === 'online' ? subject.signOuts : []
    return [...own.filter((signOut) => isOwn(each, subject.ref, signOut)), ...ofInstance]
      .filter((signOut) => isDue(each, signOut))
      .map((signOut) => ({
        enriched: endOf(event, each, signOut),
        slots: { subject, session: each },
      }))
  })
}

const none: ReturnType<typeof endsDue> = []

/**
 * Whether the session was still its subject's: where an id is used again, as in a browser that people
 * share, the last sign-in may have been somebody else's.
 */
function isOwn({ subject, creations }: SessionSlot, ref: string, { at }: SignOut): boolean {
  return (subject?.ref ?? ref) === ref || at < (creations.at(-1) ?? Number.NEGATIVE_INFINITY)
}

/** Seen before the sign-out, and not ended before it unless its id was born again in between. */
function isDue(session: SessionSlot, { at }: SignOut): boolean {
  if (session.firstSeenAt >= at) return false
  return !session.ends.some((end) => end <= at && !beganAgain(session, end, at))
}

/** It came the way of the event that brought it about, which is where a restart looks for it. */
function endOf(told: SessionEvent, session: SessionSlot, signOut: SignOut): EnrichedEvent {
  const { tenant, instance, receivedAt, lane, mayAct, source, partition, offset } = told
  const { subjectId, subjectRef, subjectKind, subjectEmail } = told
  const { at, eventId, ...initiator } = signOut
  const name = identify('signed out', eventId, session.kind, session.id)
  const event: SessionEvent = {
    ...blankEvent(),
    ...{ tenant, instance, receivedAt, lane, mayAct, source, partition, offset },
    ...{ subjectId, subjectRef, subjectKind, subjectEmail },
    ...initiator,
    id: name,
    nativeId: name,
    type: 'session.ended',
    occurredAt: at,
    sessionId: session.id,
    sessionKind: session.kind,
  }
  return { event, place: noPlace, network: noNetwork, device: noDevice }
}
