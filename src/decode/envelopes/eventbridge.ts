import type { Wrapper } from '../envelope.ts'
import { eventIn } from '../envelope.ts'
import { shown } from '../envelope-examples.ts'

const around = {
  id: 'eb-1',
  'detail-type': 'session.used',
  source: 'com.example.sessions',
  account: '123456789012',
  time: '2026-11-03T09:12:45Z',
  region: 'eu-central-1',
  resources: [],
}

/**
 * An event of Amazon EventBridge, as its targets get it: the event is its `detail`. The bus writes
 * `version` as the text "0", which no event of ours has.
 */
export const envelope: Wrapper = {
  id: 'eventbridge',
  title: 'Event of Amazon EventBridge',
  kind: 'wrapper',
  recognises: ({ version, ...json }, isBare) =>
    version === '0' &&
    typeof json['detail-type'] === 'string' &&
    typeof json.source === 'string' &&
    json.detail !== undefined &&
    !isBare(json),
  inside: ({ detail }) => eventIn(detail, 'detail'),
  examples: [
    {
      name: 'an event of a bus',
      message: { version: '0', ...around, detail: shown },
      holds: { event: shown },
    },
    {
      name: 'a detail that is no event',
      message: { version: '0', ...around, detail: [shown] },
      holds: { rejected: 'wrong_type', detail: 'detail must be the event' },
    },
  ],
}
