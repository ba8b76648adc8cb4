import type { Wrapper } from '../envelope.ts'
import { eventIn } from '../envelope.ts'
import { shown, shownText } from '../envelope-examples.ts'

const around = {
  Type: 'Notification',
  MessageId: '7f3a2b1c-0000-4000-8000-000000000001',
  TopicArn: 'arn:aws:sns:eu-central-1:123456789012:sessions',
  Timestamp: '2026-11-03T09:12:45.000Z',
}

/** A notification of Amazon SNS without raw delivery: the event is the text in its `Message`. */
export const envelope: Wrapper = {
  id: 'sns',
  title: 'Notification of Amazon SNS',
  kind: 'wrapper',
  recognises: (json, isBare) =>
    json.Type === 'Notification' &&
    typeof json.MessageId === 'string' &&
    typeof json.TopicArn === 'string' &&
    !isBare(json),
  inside: ({ Message }) => eventIn(Message, 'Message'),
  examples: [
    {
      name: 'a notification',
      message: { ...around, Message: shownText },
      holds: { event: shown },
    },
    {
      name: 'a text that is no JSON',
      message: { ...around, Message: 'hello' },
      holds: { rejected: 'not_json', detail: 'not JSON' },
    },
    {
      name: 'no message',
      message: { ...around, Subject: JSON.stringify(shown) },
      holds: { rejected: 'wrong_type', detail: 'Message must be the event' },
    },
  ],
}
