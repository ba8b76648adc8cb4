import type { Fields } from '../../decode/fields.ts'
import { isAbsent, isFields, nestedTooDeep, repeatedKey } from '../../decode/fields.ts'
import { parsedText } from '../../decode/json.ts'

/**
 * Plug-ins write Keycloak's events with serializers of their own: as its classes `Event` and
 * `AdminEvent`, as one class for both (Phase Two: `access.LOGIN` beside `authDetails`), or as a flat
 * record. Here they come to the fields of the admin API, which the readers know; what is there
 * already stands.
 */

/**
 * Whether an object is an event of Keycloak by itself. A CloudEvent has a type and a time too, but its
 * time is a text and it is of no realm.
 */
export function isBare({ event, adminEvent, kind, time, realmId, realmName, ...types }: Fields) {
  if ([event, adminEvent, kind].some((each) => each !== undefined)) return true
  const { type, eventType, operationType } = types
  const isTyped = [type, eventType, operationType].some((each) => each !== undefined)
  const isOfRealm = [realmId, realmName].some((each) => each !== undefined)
  return isTyped && (typeof time === 'number' || isOfRealm)
}

/** The object that is the event: what its wrapping holds, also as a text of JSON; else all of the message. */
export function eventWithin(from: Fields): unknown {
  return parsedText([from.event, from.adminEvent].find((each) => !isAbsent(each)) ?? from)
}

/** Of a message that does not say it: only one of the two kinds has the field. */
export function kindOfEvent(event: Fields): 'user_event' | 'admin_event' | undefined {
  if (!isAbsent(event.operationType)) return 'admin_event'
  return isAbsent(event.type) && isAbsent(event.eventType) ? undefined : 'user_event'
}

/**
 * The name of the realm, where the message says it; a realm's id cannot be held against a name. Phase
 * Two writes the name as the id of most events.
 */
export function realmOf(message: Fields): unknown {
  const event = eventWithin(message)
  if (!isAbsent(message.realm) || !isFields(event)) return message.realm
  const { realmName, realmId, uid } = event
  if (!isAbsent(realmName) || isAbsent(uid)) return realmName
  return typeof realmId === 'string' && !uuid.test(realmId) ? realmId : realmName
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * The event in the spelling of the admin API, where absent facts are absent fields: whoever writes
 * Keycloak's classes with a serializer of their own writes null or '' for them.
 */
export function asApiWrites(event: Fields): Fields {
  const told = withoutAbsent(event)
  const { uid, resourceTypeAsString, authDetails } = told
  return withoutAbsent({
    ...(isUnified(told) && isFields(authDetails) ? callerIn(authDetails) : {}),
    id: uid,
    ...told,
    type: typeIn(told),
    operationType: inCapitals(told.operationType),
    resourceType: inCapitals(told.resourceType ?? resourceTypeAsString),
    details: partIn(told.details),
    authDetails: partIn(authDetails) ?? flatActorIn(told),
  })
}

function typeIn(event: Fields): unknown {
  if (isUnified(event)) return inCapitals(event.type.slice(unified.length))
  const other = event.operationType === undefined ? event.eventType : undefined
  return inCapitals(event.type ?? other)
}

/** Keycloak's words are names of constants; some plug-ins write them in lower case. */
function inCapitals(word: unknown): unknown {
  return typeof word === 'string' ? word.toUpperCase() : word
}

const unified = 'access.'

/** A user event in the class that Phase Two uses for admin events too. */
function isUnified(event: Fields): event is Fields & { readonly type: string } {
  return typeof event.type === 'string' && event.type.startsWith(unified)
}

function callerIn({ userId, sessionId, clientId, ipAddress }: Fields): Fields {
  return { userId, sessionId, clientId, ipAddress }
}

function flatActorIn({ authUserId, authClientId, authIpAddress }: Fields): Fields | undefined {
  const actor = { userId: authUserId, clientId: authClientId, ipAddress: authIpAddress }
  return Object.values(actor).every(isAbsent) ? undefined : actor
}

/** A map may come as a text of JSON, as databases keep it; an empty one as an empty list. */
function partIn(value: unknown): unknown {
  if (value === repeatedKey || value === nestedTooDeep) return value
  const part = parsedText(value)
  if (Array.isArray(part) && part.length === 0) return undefined
  return isFields(part) ? withoutAbsent(part) : part
}

function withoutAbsent(fields: Fields): Fields {
  if (!Object.values(fields).some(isAbsent)) return fields
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isAbsent(value)))
}
