import { isChange, isConnect } from '../change-record.ts'
import type { Wrapper } from '../envelope.ts'
import { eventIn } from '../envelope.ts'
import { shown, shownText } from '../envelope-examples.ts'

/**
 * What Kafka Connect's JsonConverter writes with `schemas.enable`: an object of exactly `schema` and
 * `payload`. The payload is the event, or a text that is its JSON where the schema says string.
 */
export const envelope: Wrapper = {
  id: 'connect',
  title: 'Schema and payload of Kafka Connect',
  kind: 'wrapper',
  recognises: (json) => isConnect(json) && !isChange(json.payload),
  inside: ({ payload }) => (payload === null ? 'nothing' : eventIn(payload, 'payload')),
  examples: [
    {
      name: 'a struct',
      message: { schema: { type: 'struct', fields: [], optional: false }, payload: shown },
      holds: { event: shown },
    },
    {
      name: 'a text that is JSON',
      message: { schema: { type: 'string', optional: false }, payload: shownText },
      holds: { event: shown },
    },
    {
      name: 'a payload without a schema',
      message: { schema: null, payload: shown },
      holds: { event: shown },
    },
    {
      name: 'no payload',
      message: { schema: { type: 'struct' }, payload: null },
      holds: 'nothing',
    },
    {
      name: 'a list',
      message: { schema: { type: 'array' }, payload: [shown] },
      holds: { rejected: 'wrong_type', detail: 'payload must be the event' },
    },
    {
      name: 'a text that is no JSON',
      message: { schema: { type: 'string' }, payload: 'hello' },
      holds: { rejected: 'not_json', detail: 'not JSON' },
    },
    {
      name: 'an envelope within it, which is not opened as well',
      message: { schema: { type: 'struct' }, payload: { schema: null, payload: shown } },
      holds: { rejected: 'missing_field', detail: 'version' },
    },
  ],
}
