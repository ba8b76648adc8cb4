import { Type } from 'typebox'

/** Of the catalogue in `src/decode/envelopes/`, beside the two that are none. */
export const Envelope = Type.Union(
  [
    Type.Literal('auto'),
    Type.Literal('plain'),
    Type.Literal('cloudevents'),
    Type.Literal('confluent'),
    Type.Literal('connect'),
    Type.Literal('debezium'),
    Type.Literal('eventbridge'),
    Type.Literal('glue'),
    Type.Literal('sns'),
  ],
  { description: 'What producers put around each event; auto, unless said, recognises it.' },
)
