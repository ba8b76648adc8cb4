import type { Framing } from '../envelope.ts'
import { framed, shown, shownText } from '../envelope-examples.ts'

/**
 * JSON of a schema registry's serializer: a zero byte, the number of the schema, the JSON. Confluent's
 * number has four bytes, Apicurio's eight unless it is told to write Confluent's. No JSON text begins
 * with a zero byte (RFC 8259 section 2), and no registry numbers a schema 0.
 */
export const envelope: Framing = {
  id: 'confluent',
  title: 'Framing of a schema registry',
  kind: 'framing',
  bytesBefore: (value) => {
    if (value[0] !== 0 || value.length < 6) return 0
    return value.readUInt32BE(1) === 0 ? 9 : 5
  },
  otherwise:
    'the message has the bytes of a schema registry, and then no JSON: it looks like Avro or Protobuf; have the producer write JSON (JSON Schema serializer)',
  examples: [
    { name: 'JSON after four bytes', message: framed('000000002a'), holds: { event: shown } },
    {
      name: 'JSON after eight bytes',
      message: framed('00000000000000002a'),
      holds: { event: shown },
    },
    {
      name: 'Avro',
      message: Buffer.from('000000002a1a7573652d376633610274', 'hex'),
      holds: { rejected: 'not_json', detail: 'Avro or Protobuf' },
    },
    {
      name: 'Protobuf, whose message index comes before its fields',
      message: Buffer.from('000000002a000a08757365', 'hex'),
      holds: { rejected: 'not_json', detail: 'Avro or Protobuf' },
    },
    {
      name: 'Avro with a text that would be an event at another place',
      message: Buffer.concat([Buffer.from('000000002a9e02787878', 'hex'), Buffer.from(shownText)]),
      holds: { rejected: 'not_json', detail: 'Avro or Protobuf' },
    },
  ],
}
