import type { SessionEvent } from '../../contract/event.ts'
import type { EventType } from '../../contract/event-words.ts'
import { textLengthMax, userAgentLengthMax } from '../../contract/session-event-v1.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  describingAddress,
  describingFields,
  describingId,
  describingText,
  emailIn,
  isFields,
  note,
  nullableFields,
  nullableId,
  requiredId,
} from '../../decode/fields.ts'
import type { Reading } from '../../decode/format.ts'
import { noteName, noteUnknown } from '../../decode/unread.ts'

/** Reads one event. False: it became none, for the reason that the reading notes. */
export type Reader = (from: Fields, draft: SessionEvent, reading: Reading) => boolean

/** By Okta's own names; what each of them means there is documented with the event types. */
export const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['user.session.start', readSessionStart],
  ['user.session.end', readSessionEnd],
  ['user.session.clear', causeReader('subject.signed_out')],
  ['user.authentication.sso', readSignOn],
  ['user.account.update_password', readPasswordUpdated],
  ['user.account.reset_password', causeReader('credential.reset')],
  ['user.lifecycle.suspend', causeReader('subject.suspended')],
  ['user.lifecycle.deactivate', causeReader('subject.offboarded')],
  ['user.lifecycle.delete', causeReader('subject.offboarded')],
])

/** Of which session a request was. Okta writes `unknown` where it was of none, as before a sign-in. */
function sessionIn(from: Fields, reading: Reading): string {
  const context = nullableFields(from.authenticationContext, 'authenticationContext', reading)
  const field = 'authenticationContext.externalSessionId'
  const id = nullableId(context.externalSessionId, field, reading)
  return id === 'unknown' ? '' : id
}

/** SUCCESS and FAILURE are certain; of the others (SKIPPED, CHALLENGE …) nothing is read. */
function resultIn(from: Fields, reading: Reading): string {
  const outcome = nullableFields(from.outcome, 'outcome', reading)
  return requiredId(outcome.result, 'outcome.result', reading)
}

/** A sign-in that failed has an actor without an id of its own where Okta knows nobody of that name. */
function readActor(from: Fields, draft: SessionEvent, reading: Reading): void {
  const actor = nullableFields(from.actor, 'actor', reading)
  const id = nullableId(actor.id, 'actor.id', reading)
  if (actor.type === 'User' && id !== 'unknown') draft.subjectId = id
  draft.subjectEmail = emailIn(actor.alternateId)
  readClient(from, draft, reading)
}

/** The client that sent the request: of the actor, who is the subject only of his own acts. */
function readClient(from: Fields, draft: SessionEvent, reading: Reading): void {
  const client = describingFields(from.client, 'client', reading)
  const agent = describingFields(client.userAgent, 'client.userAgent', reading)
  draft.ip = describingAddress(client.ipAddress, 'client.ipAddress', reading)
  draft.userAgent = describingText(
    agent.rawUserAgent,
    'client.userAgent.rawUserAgent',
    userAgentLengthMax,
    reading,
  )
}

function readSessionStart(from: Fields, draft: SessionEvent, reading: Reading): boolean {
  const result = resultIn(from, reading)
  readActor(from, draft, reading)
  draft.ipOf = 'subject'
  if (result === 'SUCCESS') {
    draft.sessionId = sessionIn(from, reading)
    draft.type = draft.sessionId === '' ? 'authentication.succeeded' : 'session.created'
    return true
  }
  if (result !== 'FAILURE') return noteUnknown(reading)
  const outcome = describingFields(from.outcome, 'outcome', reading)
  draft.type = 'authentication.failed'
  draft.reason = describingText(outcome.reason, 'outcome.reason', textLengthMax, reading)
  return true
}

/**
 * A sign-out by the session's own user. Where somebody else ends it, `externalSessionId` may be that of
 * whoever asked, so which session ended is not certain: such an event is counted and not read.
 */
function readSessionEnd(from: Fields, draft: SessionEvent, reading: Reading): boolean {
  if (resultIn(from, reading) !== 'SUCCESS') return false
  readActor(from, draft, reading)
  const others = usersIn(from).filter(({ id }) => id !== draft.subjectId)
  draft.sessionId = sessionIn(from, reading)
  if (draft.subjectId === '' || others.length > 0 || draft.sessionId === '') {
    noteName(reading, 'user.session.end by another')
    return noteUnknown(reading)
  }
  draft.type = 'session.ended'
  draft.ipOf = 'subject'
  draft.initiatorKind = 'user'
  return true
}

/** A user goes to an application in a session, which Okta took for good. */
function readSignOn(from: Fields, draft: SessionEvent, reading: Reading): boolean {
  if (resultIn(from, reading) !== 'SUCCESS') return false
  readActor(from, draft, reading)
  draft.sessionId = sessionIn(from, reading)
  if (draft.subjectId === '' || draft.sessionId === '') return noteUnknown(reading)
  const app = targetsIn(from).find(({ type }) => type === 'AppInstance')
  draft.type = 'session.used'
  draft.outcome = 'accepted'
  draft.observer = 'idp'
  draft.ipOf = 'subject'
  draft.applicationId = describingId(app?.id, 'target.id', reading)
  return true
}

/** Whoever changes his own password was signed in; that of somebody else is set by an administrator. */
function readPasswordUpdated(from: Fields, draft: SessionEvent, reading: Reading): boolean {
  if (!causeReader('credential.changed')(from, draft, reading)) return false
  if (draft.initiatorKind !== 'user') draft.type = 'credential.reset'
  return true
}

/** A cause that names whom it is about as the one user among its targets. */
function causeReader(type: EventType): Reader {
  return (from, draft, reading) => {
    if (resultIn(from, reading) !== 'SUCCESS') return false
    const [user, ...others] = usersIn(from)
    if (others.length > 0) {
      note(reading, 'out_of_bounds', 'target must name one user; it names several')
    }
    draft.type = type
    draft.subjectId = requiredId(user?.id, 'target.id', reading)
    draft.subjectEmail = emailIn(user?.alternateId)
    const actor = describingFields(from.actor, 'actor', reading)
    const isOwn = actor.id === draft.subjectId
    draft.initiatorId = describingId(actor.id, 'actor.id', reading)
    draft.initiatorKind = isOwn ? 'user' : actor.type === 'User' ? 'admin' : 'system'
    draft.initiatorSessionId = actor.type === 'User' ? sessionIn(from, reading) : ''
    readClient(from, draft, reading)
    draft.ipOf = isOwn ? 'subject' : 'actor'
    return true
  }
}

function targetsIn({ target }: Fields): readonly Fields[] {
  return Array.isArray(target) ? target.filter(isFields) : []
}

function usersIn(from: Fields): readonly Fields[] {
  return targetsIn(from).filter(({ type }) => type === 'User')
}

/** Whom an event is about, as the readers find it: the user among the targets of a cause, else the actor. */
export function subjectIn(event: unknown): string | undefined {
  if (!isFields(event) || typeof event.eventType !== 'string') return undefined
  const isOwn = ownActs.has(event.eventType)
  const [user] = isOwn ? [] : usersIn(event)
  const actor = isFields(event.actor) && event.actor.type === 'User' ? event.actor.id : undefined
  const id = isOwn ? actor : user?.id
  return typeof id === 'string' && id !== '' && id !== 'unknown' ? id : undefined
}

const ownActs: ReadonlySet<string> = new Set([
  'user.session.start',
  'user.session.end',
  'user.authentication.sso',
])
