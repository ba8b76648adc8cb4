import type { SessionEvent } from '../../contract/event.ts'
import { identify } from '../../contract/identity.ts'
import type { Fields } from '../../decode/fields.ts'
import {
  fieldsOf,
  isAbsent,
  isFields,
  note,
  nullableId,
  requiredFields,
  requiredId,
  requiredTime,
  resultOf,
} from '../../decode/fields.ts'
import type { Format, Reading, ReadResult } from '../../decode/format.ts'
import { noteName } from '../../decode/unread.ts'
import { readAdminEvent } from './admin-events.ts'
import { adminExamples } from './admin-examples.ts'
import { bareExamples } from './bare-examples.ts'
import { changeExamples } from './change-examples.ts'
import { asApiWrites, eventWithin, isBare, kindOfEvent, realmOf } from './message-shapes.ts'
import { subjectKey } from './subject-key.ts'
import { readUserEvent } from './user-events.ts'
import { userExamples } from './user-examples.ts'

/**
 * One user event or admin event of Keycloak. It comes as the admin API returns it, wrapped by the feed
 * that fetched it: `{ "kind": "user_event" | "admin_event", "realm": "…", "event": { … } }`, or as a
 * plug-in writes it, bare or in a wrapping of its own: see `keycloak-shapes.ts`.
 *
 * Since 26 every event has an id of its own. Older servers give none; there the event is named by
 * all that it says, so that the same event read twice is still one.
 */
export const format: Format = {
  id: 'keycloak',
  title: 'Keycloak event',
  claims: (json) => ({ realm: realmOf(fieldsOf(json)) }),
  subjectKey,
  isBare,
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
  draft.occurredAt = requiredTime(event.time, 'event.time', reading)
  draft.nativeId = nullableId(event.id, 'event.id', reading) || nameOf(kind, event)
  return resultOf(reading)
}

/** The event and its kind: as the wrapping says, or as only one of the two kinds has the field. */
function unwrapped(
  from: Fields,
  reading: Reading,
): { readonly kind: string; readonly event: Fields } {
  const within = eventWithin(from)
  const told = isFields(within) && isAbsent(from.kind) ? kindOfEvent(within) : undefined
  if (told !== undefined && isFields(within)) return { kind: told, event: asApiWrites(within) }
  const kind = requiredId(from.kind, 'kind', reading)
  const event = requiredFields(within === from ? undefined : within, 'event', reading)
  if (kind !== 'user_event' && kind !== 'admin_event') {
    note(reading, 'out_of_bounds', 'kind must be user_event or admin_event')
  }
  return { kind, event: asApiWrites(event) }
}

/** Keycloak's own name for what happened: `UPDATE_EMAIL`, or `UPDATE USER` for an admin's act. */
function kindOf({ type, operationType, resourceType }: Fields): string {
  const words = operationType === undefined ? [type] : [operationType, resourceType]
  return words.filter((word) => typeof word === 'string').join(' ')
}

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
