import type { SessionEvent } from '../../contract/event.ts'
import {
  fieldsOf,
  nullableTime,
  requiredFields,
  requiredId,
  resultOf,
} from '../../decode/fields.ts'
import type { Format, Reading, ReadResult } from '../../decode/format.ts'
import { parsedText } from '../../decode/json.ts'
import { instantInUtc } from '../../decode/time.ts'
import { noteName, noteUnknown } from '../../decode/unread.ts'
import { workosEventTypes } from './event-types.ts'
import { readContext, readerOf } from './events.ts'
import { examples } from './examples.ts'
import { spelled } from './field-names.ts'
import { subjectKey } from './subject-key.ts'

/**
 * One WorkOS event, as a webhook's body, as one item of the Events API, or as the official SDK hands
 * it out: the same event with the same id, so copies become one. `object` may be missing, and times
 * may come without a zone, which is UTC.
 *
 * `occurredAt` is when WorkOS wrote the event. For an end that is a little later than `ended_at`,
 * never earlier, so no session is called dead before it was. Older webhooks do not say when: then
 * it is when the event was received, and nothing that began before that escapes it. A session that
 * begins says itself when it did: a webhook that was tried again for hours must not make it younger.
 */
export const format: Format = {
  id: 'workos',
  title: 'WorkOS event',
  subjectKey,
  isBare: ({ event }) => event !== undefined,
  read,
  examples,
}

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const from = spelled(fieldsOf(json))
  const name = requiredId(from.event, 'event', reading)
  if (reading.fault !== undefined) return reading.fault
  // WorkOS adds events at any time; one we do not know is none of ours, whatever it looks like.
  const reader = readerOf(name)
  noteName(reading, name)
  if (reader === undefined) {
    if (!Object.hasOwn(workosEventTypes.ignored, name)) noteUnknown(reading)
    return 'ignored'
  }
  draft.nativeId = requiredId(from.id, 'id', reading)
  const toldAt = nullableTime(from.created_at, 'created_at', reading, instantInUtc)
  draft.occurredAt = toldAt ?? draft.receivedAt
  const context = readContext(parsedText(from.context), draft, reading)
  const data = spelled(requiredFields(parsedText(from.data), 'data', reading))
  const isTold = reader(data, draft, reading, context)
  if (toldAt === null && draft.type === 'session.created') draft.occurredAt = begunAt(draft)
  return isTold || reading.fault !== undefined ? resultOf(reading) : 'ignored'
}

function begunAt({ sessionCreatedAt, receivedAt }: SessionEvent): number {
  return Math.min(sessionCreatedAt ?? receivedAt, receivedAt)
}
