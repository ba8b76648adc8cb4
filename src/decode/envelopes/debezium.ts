import { isChange, isConnect } from '../change-record.ts'
import type { Inside, Wrapper } from '../envelope.ts'
import { eventIn } from '../envelope.ts'
import { shown, shownText } from '../envelope-examples.ts'
import type { Fields } from '../fields.ts'
import { isFields } from '../fields.ts'

const source = { connector: 'postgresql', db: 'app', table: 'outbox' }
const row = { id: 'o-1', aggregatetype: 'session', aggregateid: 'u-1', type: 'used' }

/**
 * A change record of Debezium over an outbox table, as it comes without the outbox event router: the
 * event is the column `payload` of the row that was inserted. Other changes hold no event.
 */
export const envelope: Wrapper = {
  id: 'debezium',
  title: 'Change record of Debezium over an outbox table',
  kind: 'wrapper',
  recognises: (json, isBare) => {
    const record = isConnect(json) ? json.payload : json
    return isChange(record) && !isBare(record)
  },
  inside: (json) => {
    const record = isConnect(json) ? json.payload : json
    return isChange(record) ? insideOf(record) : 'nothing'
  },
  examples: [
    {
      name: 'an inserted row',
      message: { before: null, after: { ...row, payload: shownText }, source, op: 'c', ts_ms: 1 },
      holds: { event: shown },
    },
    {
      name: 'a row of a snapshot, its payload expanded',
      message: { before: null, after: { ...row, payload: shown }, source, op: 'r', ts_ms: 1 },
      holds: { event: shown },
    },
    {
      name: 'with its schema',
      message: {
        schema: { type: 'struct' },
        payload: { after: { payload: shown }, source, op: 'c' },
      },
      holds: { event: shown },
    },
    {
      name: 'a deleted row',
      message: { before: row, after: null, source, op: 'd', ts_ms: 1 },
      holds: 'nothing',
    },
    {
      name: 'a row of a table that is no outbox',
      message: { before: null, after: { id: 1, name: 'Ada' }, source, op: 'c', ts_ms: 1 },
      holds: { rejected: 'missing_field', detail: 'after.payload' },
    },
  ],
}

/** Outbox rows are deleted as soon as they were written, and never changed. */
function insideOf({ op, after }: Fields): Inside {
  if ((op !== 'c' && op !== 'r') || !isFields(after)) return 'nothing'
  if (after.payload !== undefined) return eventIn(after.payload, 'after.payload')
  const detail = 'after.payload is missing: the row is of no outbox table'
  return { fault: { reason: 'missing_field', detail } }
}
