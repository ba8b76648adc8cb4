import type { Framing } from '../envelope.ts'
import { framed, shown } from '../envelope-examples.ts'

const uuid = '0f3c1d2e4b5a69788796a5b4c3d2e1f0'

/** JSON of the AWS Glue serializer: version 3, how it is compressed, and the UUID of the schema. */
export const envelope: Framing = {
  id: 'glue',
  title: 'Framing of the AWS Glue schema registry',
  kind: 'framing',
  bytesBefore: (value) => (value[0] === 3 && (value[1] === 0 || value[1] === 5) ? 18 : 0),
  otherwise:
    'the message has the bytes of the AWS Glue schema registry, and then no JSON; have the producer write JSON without compression',
  examples: [
    {
      name: 'JSON after the UUID of its schema',
      message: framed(`0300${uuid}`),
      holds: { event: shown },
    },
    {
      name: 'what is compressed',
      message: Buffer.from(`0305${uuid}789c4b4c4a06`, 'hex'),
      holds: { rejected: 'not_json', detail: 'without compression' },
    },
  ],
}
