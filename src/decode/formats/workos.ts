import type { SessionEvent } from '../../contract/event.ts'
import { fieldsOf, note, nullableTime, requiredFields, requiredId, resultOf } from '../fields.ts'
import type { Format, Reading, ReadResult } from '../format.ts'
import { noteName, noteUnknown } from '../unread.ts'
import { readContext, readerOf } from '../workos-events.ts'
import { examples } from '../workos-examples.ts'

/**
 * One WorkOS event, as a webhook's body or as one item of the Events API: the same object with the
 * same id, so both copies become one event. `object` may be missing, and times may come without a
 * zone, which is UTC.
 *
 * `occurredAt` is when WorkOS wrote the event. For an end that is a little later than `ended_at`,
 * never earlier, so no session is called dead before it was.
 */
export const format: Format = { id: 'workos', title: 'WorkOS event', read, examples }

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const from = fieldsOf(json)
  const name = requiredId(from.event, 'event', reading)
  if (reading.fault !== undefined) return reading.fault
  // WorkOS adds events at any time; one we do not know is none of ours, whatever it looks like.
  const reader = readerOf(name)
  noteName(reading, name)
  if (reader === undefined) return noteUnknown(reading) || 'ignored'
  const at = nullableTime(from.created_at, 'created_at', reading)
  if (at === null) note(reading, 'missing_field', 'created_at is missing')
  draft.nativeId = requiredId(from.id, 'id', reading)
  draft.occurredAt = at ?? 0
  const context = readContext(from.context, draft, reading)
  const data = requiredFields(from.data, 'data', reading)
  const isTold = reader(data, draft, reading, context)
  return isTold || reading.fault !== undefined ? resultOf(reading) : 'ignored'
}
