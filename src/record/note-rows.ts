import type { SessionEvent } from '../contract/event.ts'
import type { EdgeNote, FirstSightNote } from '../contract/notes.ts'

/** Notes → rows of the small tables beside the events. Pure. */

/** The forms that a Tuple of a time and a text takes in a JSON row. */
const timeText = (ms: number): string => new Date(ms).toISOString()

export function edgeRow({ event, edge, value }: EdgeNote) {
  return {
    tenant: event.tenant,
    instance: event.instance,
    edge,
    value,
    session_kind: event.sessionKind,
    session_id: event.sessionId,
    first_seen_at: timeText(event.occurredAt),
  }
}

export function firstSightRow({
  tenant,
  instance,
  subjectRef,
  attribute,
  value,
  at,
  eventId,
}: FirstSightNote) {
  return {
    tenant,
    instance,
    subject_ref: subjectRef,
    attribute,
    value,
    first: [timeText(at), eventId],
  }
}

export function identityRow(event: SessionEvent) {
  return {
    tenant: event.tenant,
    instance: event.instance,
    subject_ref: event.subjectRef,
    subject_id: event.subjectId,
    subject_kind: event.subjectKind,
    // An event that gives no address must not outdo one that did: its time counts as none.
    email: [timeText(event.subjectEmail === '' ? 0 : event.occurredAt), event.subjectEmail],
    last_at: timeText(event.occurredAt),
  }
}
