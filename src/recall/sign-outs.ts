import type { Device, EnrichedEvent, Network, Place } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import { identify } from '../contract/identity.ts'
import type { SignOut } from '../contract/memory.ts'
import { signOutsMax } from '../contract/memory.ts'
import type { SessionSlot, Slots, SubjectSlot } from './slots.ts'

/**
 * A sign-out of a whole subject names no session, and yet each online one that existed then has ended.
 * So each becomes an end of its own: those that are known when the sign-out is told, and those that
 * are told of later and turn out to be older. The names of these ends are made of what they are about,
 * so the same ones come of it in whichever order the two are told.
 */

/** Keeps a sign-out; the oldest of too many makes room. */
export function learnSignOut(slot: SubjectSlot, signOut: SignOut): void {
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
): readonly { readonly enriched: EnrichedEvent; readonly slots: Slots }[] {
  if (!subject || subject.signOuts.length === 0) return none
  const known = session ? [session] : []
  const sessions = event.type === 'subject.signed_out' ? subject.sessions : known
  return sessions.flatMap((each) =>
    subject.signOuts
      .filter((signOut) => isDue(each, signOut))
      .map((signOut) => ({
        enriched: endOf(event, each, signOut),
        slots: { subject, session: each },
      })),
  )
}

const none: ReturnType<typeof endsDue> = []

/** Seen before the sign-out, and not ended before it unless its id was born again in between. */
function isDue({ kind, firstSeenAt, ends, creations }: SessionSlot, { at }: SignOut): boolean {
  if (kind !== 'online' || firstSeenAt >= at) return false
  return !ends.some((end) => end <= at && !creations.some((born) => born > end && born <= at))
}

/** It came the way of the event that brought it about, which is where a restart looks for it. */
function endOf(told: SessionEvent, session: SessionSlot, signOut: SignOut): EnrichedEvent {
  const { at, eventId, ...initiator } = signOut
  const name = identify('signed out', eventId, session.kind, session.id)
  const event: SessionEvent = {
    ...told,
    ...blanked,
    ...initiator,
    id: name,
    nativeId: name,
    type: 'session.ended',
    occurredAt: at,
    sessionId: session.id,
    sessionKind: session.kind,
  }
  return { event, ...nowhere }
}

/** What the event that brought it about says of itself, and the end does not. */
const blanked = {
  unknownFields: 0,
  sessionCreatedAt: null,
  expiresAt: null,
  onBehalfOf: '',
  onBehalfOfRef: '',
  ip: '',
  userAgent: '',
  deviceId: '',
  clientFingerprint: '',
  authMethod: '',
  organizationId: '',
  connectionId: '',
  applicationId: '',
  grantId: '',
  tokenId: '',
  tokenFamily: '',
  tokenOrdinal: null,
  tokenKind: '',
  tokenIssuedAt: null,
  tokenExpiresAt: null,
  initiatorSessionId: '',
  outcome: '',
  outcomeStatus: 0,
  refusalReason: '',
  observer: '',
  scopeKind: '',
  scopeId: '',
  givenPlace: null,
  givenNetwork: null,
} as const satisfies Partial<SessionEvent>

/** Nobody was anywhere: a provider ended it. */
const nowhere: {
  readonly place: Place
  readonly network: Network
  readonly device: Device
} = {
  place: {
    state: 'not_evaluable',
    country: '',
    region: '',
    city: '',
    latitude: null,
    longitude: null,
    accuracyKm: null,
    saidBy: '',
  },
  network: { state: 'not_evaluable', asn: 0, name: '', class: 'unknown', saidBy: '' },
  device: { state: 'not_evaluable', browser: '', os: '', type: '', agentClass: 'none' },
}
