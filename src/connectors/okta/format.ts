import type { SessionEvent } from '../../contract/event.ts'
import { fieldsOf, requiredId, requiredTime, resultOf } from '../../decode/fields.ts'
import type { Format, Reading, ReadResult } from '../../decode/format.ts'
import { at } from '../../decode/subject-key.ts'
import { noteName, noteUnknown } from '../../decode/unread.ts'
import { ignoredTypes } from './event-types.ts'
import { readers, subjectIn } from './events.ts'
import { examples } from './examples.ts'

/**
 * One event of Okta's System Log (LogEvent), as the API, a log stream and an event hook's list give it:
 * `uuid` names it, `published` says when it happened, `eventType` what.
 */
export const format: Format = {
  id: 'okta',
  title: 'Okta System Log event',
  subjectKey: (event) => {
    const key = subjectIn(event)
    if (key !== undefined) return key
    const session = at(event, ['authenticationContext', 'externalSessionId'])
    return typeof session === 'string' && session !== 'unknown' ? session : undefined
  },
  isBare: ({ uuid, eventType }) => uuid !== undefined && eventType !== undefined,
  read,
  examples,
}

function read(json: object, draft: SessionEvent, reading: Reading): ReadResult {
  const from = fieldsOf(json)
  const type = requiredId(from.eventType, 'eventType', reading)
  if (reading.fault !== undefined) return reading.fault
  noteName(reading, type)
  const reader = readers.get(type)
  if (reader === undefined) {
    if (!Object.hasOwn(ignoredTypes, type)) noteUnknown(reading)
    return 'ignored'
  }
  draft.nativeId = requiredId(from.uuid, 'uuid', reading)
  draft.occurredAt = requiredTime(from.published, 'published', reading)
  const isTold = reader(from, draft, reading)
  return isTold || reading.fault !== undefined ? resultOf(reading) : 'ignored'
}
