import type { SessionEvent } from '../../contract/event.ts'
import { identify } from '../../contract/identity.ts'
import type { Fields } from '../fields.ts'
import {
  fieldsOf,
  isFields,
  note,
  nullableId,
  optionalNumber,
  requiredFields,
  requiredId,
  resultOf,
} from '../fields.ts'
import type { Format, Reading, ReadResult } from '../format.ts'
import { readAdminEvent } from '../keycloak-admin-events.ts'
import { adminExamples } from '../keycloak-admin-examples.ts'
import { bareExamples } from '../keycloak-bare-examples.ts'
import { changeExamples } from '../keycloak-change-examples.ts'
import { readUserEvent } from '../keycloak-user-events.ts'
import { userExamples } from '../keycloak-user-examples.ts'
import { noteName } from '../unread.ts'

/**
 * One user event or admin event of Keycloak. It comes as the admin API returns it, wrapped by the feed
 * that fetched it: `{ "kind": "user_event" | "admin_event", "realm": "…", "event": { … } }`, or bare,
 * as plug-ins write Keycloak's own classes `Event` and `AdminEvent` with Jackson, null for absent.
 *
 * Since 26 every event has an id of its own. Older servers give none; there the event is named by
 * all that it says, so that the same event read twice is still one.
 */
export const format: Format = {
  id: 'keycloak',
  title: 'Keycloak event',
  read,
  examples: [
    {
      name: 'a third kind of event',
      message: { kind: 'event', realm: 'staff', event: {} },
      becomes: { rejected: 'out_of_bounds' },
    },
    {
      name: 'an object that is neither kind of event',
      message: { id: 'b4d8ff06', time: 1_793_697_164_111 },
      becomes: { rejected: 'missing_field' },
    },
    ...bareExamples,
    ...userExamples,
    ...changeExamples,
    ...adminExamples,
  ],
}

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const { kind, event } = unwrapped(fieldsOf(json), reading)
  if (reading.fault !== undefined) return reading.fault
  const readEvent = kind === 'user_event' ? readUserEvent : readAdminEvent
  noteName(reading, kindOf(event))
  const isTold = readEvent(event, draft, reading)
  if (!isTold) return reading.fault ?? 'ignored'
  draft.occurredAt = optionalNumber(event.time, 'event.time', times, reading) ?? 0
  if (event.time === undefined) note(reading, 'missing_field', 'event.time is missing')
  draft.nativeId = nullableId(event.id, 'event.id', reading) || nameOf(kind, event)
  return resultOf(reading)
}

/** The event and its kind: as the wrapping says, or as only one of the two kinds has the field. */
function unwrapped(
  from: Fields,
  reading: Reading,
): { readonly kind: string; readonly event: Fields } {
  if (isAbsent(from.kind) && isAbsent(from.event)) {
    if (!isAbsent(from.operationType)) return { kind: 'admin_event', event: withoutNulls(from) }
    if (!isAbsent(from.type)) return { kind: 'user_event', event: withoutNulls(from) }
  }
  const kind = requiredId(from.kind, 'kind', reading)
  requiredId(from.realm, 'realm', reading)
  const event = requiredFields(from.event, 'event', reading)
  if (kind !== 'user_event' && kind !== 'admin_event') {
    note(reading, 'out_of_bounds', 'kind must be user_event or admin_event')
  }
  return { kind, event: withoutNulls(event) }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/**
 * The same event where absent facts are absent fields: Keycloak's API leaves them out, and whoever
 * writes its classes with a serializer of their own writes null or ''.
 */
function withoutNulls(event: Fields): Fields {
  const hasNull = (fields: Fields) => Object.values(fields).some(isAbsent)
  const clean = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => !isAbsent(value)))
  const { details, authDetails } = event
  const inner = Object.entries({ details, authDetails }).flatMap(([name, fields]) =>
    isFields(fields) && hasNull(fields) ? [[name, clean(fields)]] : [],
  )
  if (inner.length === 0 && !hasNull(event)) return event
  return { ...clean(event), ...Object.fromEntries(inner) }
}

/** Keycloak's own name for what happened: `UPDATE_EMAIL`, or `UPDATE USER` for an admin's act. */
function kindOf({ type, operationType, resourceType }: Fields): string {
  return typeof type === 'string' ? type : `${operationType} ${resourceType}`
}

/** Milliseconds, exact; the bound is that of a date in JavaScript. */
const times = { min: 0, max: 8.64e15, whole: true }

function nameOf(kind: string, event: Fields): string {
  const actor = isFields(event.authDetails) ? event.authDetails : {}
  return identify(
    kind,
    ...named.map((name) => textOf(event[name])),
    ...named.map((name) => textOf(actor[name])),
    ...(isFields(event.details) ? sorted(event.details) : []),
  )
}

const named = [
  'time',
  'type',
  'operationType',
  'realmId',
  'clientId',
  'userId',
  'sessionId',
  'ipAddress',
  'error',
  'resourceType',
  'resourcePath',
  'representation',
]

function sorted(details: Fields): readonly string[] {
  return Object.keys(details)
    .sort()
    .flatMap((key) => [key, textOf(details[key])])
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
