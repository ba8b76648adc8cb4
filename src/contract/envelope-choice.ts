import { Type } from 'typebox'

/** Ids of the catalogue `src/decode/envelopes/`, and two choices without an envelope. */
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
  { description: 'The envelope around each event; default: auto, which detects it.' },
)
