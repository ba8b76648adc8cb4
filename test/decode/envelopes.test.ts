import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionsFile } from '../../src/config/connections.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import type { Envelope } from '../../src/decode/envelope.ts'
import { shown, shownText } from '../../src/decode/envelope-examples.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import {
  aBatch,
  aDecode,
  aMessage,
  anEventV1,
  binding,
  decodeOne,
  envelopes,
  formats,
} from './given.ts'

const folder = join(import.meta.dirname, '../../src/decode/envelopes')
const catalog = await loadCatalog<Envelope>(folder, 'envelope')
const bare = decodeOne(shown).event
const connect = (payload: unknown) => ({ schema: { type: 'struct' }, payload })
const framed = (value: object | string) =>
  Buffer.concat([Buffer.from('000000002a', 'hex'), Buffer.from(textOf(value))])
const textOf = (value: object | string) =>
  typeof value === 'string' ? value : JSON.stringify(value)

it('the catalogue holds what the connections file may name, beside auto and plain', () => {
  const ids = catalog.map(({ id }) => id)
  expect(ids).toEqual([
    'cloudevents',
    'confluent',
    'connect',
    'debezium',
    'eventbridge',
    'glue',
    'sns',
  ])
  expect(envelopes.map(({ id }) => id)).toEqual(ids)
  const schema = JSON.stringify(ConnectionsFile)
  for (const id of ids) expect(schema).toContain(`"const":"${id}"`)
})

describe.each(catalog)('$id', ({ id, examples }) => {
  it.each(examples)('holds what is expected: $name', ({ message, holds }) => {
    for (const envelope of ['auto', id]) {
      const told = decodeOne(message, { envelope })
      if (holds === 'nothing')
        expect(told).toEqual({ ignored: 1, tombstones: 0, unread: expect.anything(), leftOut: {} })
      else if ('rejected' in holds) {
        expect(told.rejected?.reason).toBe(holds.rejected)
        expect(told.rejected?.detail).toContain(holds.detail)
      } else expect(told.event).toEqual(decodeOne(holds.event).event)
    }
  })

  it('shows an event', () => {
    expect(examples.some(({ holds }) => typeof holds === 'object' && 'event' in holds)).toBe(true)
  })

  it('is not opened where the source says plain', () => {
    for (const { message } of examples) {
      expect(decodeOne(message, { envelope: 'plain' }).event).toBeUndefined()
    }
  })

  it('rejects a bare event where the source says that it comes wrapped', () => {
    expect(decodeOne(shown, { envelope: id }).rejected).toMatchObject({
      reason: 'wrong_type',
      detail: expect.stringContaining(id),
    })
  })
})

describe('an event that was written as JSON once more, as a text', () => {
  it('is read bare and within an envelope, and not where the source says plain', () => {
    const twice = JSON.stringify(shownText)
    expect(decodeOne(twice).event).toEqual(bare)
    expect(decodeOne(connect(twice)).event).toEqual(bare)
    expect(decodeOne(JSON.stringify(textOf(connect(shown)))).event).toEqual(bare)
    expect(decodeOne(twice, { envelope: 'plain' }).rejected?.reason).toBe('wrong_type')
    expect(decodeOne(JSON.stringify(twice)).rejected?.reason).toBe('wrong_type')
  })

  it('keeps its names strict, and its long texts make it no more unseen than others', () => {
    const half = shownText.replace('use-7f3a', '\\ud83e')
    expect(decodeOne(JSON.stringify(half)).rejected?.reason).toBe('not_utf8')
    const long = anEventV1({ user_agent: '"'.repeat(300_000) })
    expect(decodeOne(JSON.stringify(textOf(long))).event?.userAgent).toHaveLength(1024)
  })
})

describe('a message', () => {
  const bares = formats.flatMap(({ id, examples }) =>
    examples
      .filter(
        ({ becomes }) =>
          typeof becomes === 'object' && !('rejected' in becomes) && !('ignored' in becomes),
      )
      .map(({ message }) => ({ format: id, message })),
  )
  const wrappers = catalog
    .flatMap(({ examples }) => examples.map(({ message }) => message))
    .filter((message) => !Buffer.isBuffer(message))

  it('that is a bare event is read as that one, whatever fields of envelopes it has besides', () => {
    const historical: Partial<Batch> = { binding: { ...binding, lane: 'historical' } }
    fc.assert(
      fc.property(
        fc.constantFrom(...bares),
        fc.constantFrom(...wrappers),
        fc.boolean(),
        ({ format, message }, wrapper, first) => {
          const both = first
            ? { ...wrapper, ...message }
            : { ...message, ...fresh(wrapper, message) }
          const plain = decodeOne(both, { ...historical, format, envelope: 'plain' })
          if (plain.event === undefined) return
          expect(decodeOne(both, { ...historical, format }).event).toEqual(plain.event)
        },
      ),
    )
  })

  it('is an event, ignored or rejected whatever is around it, and nothing is thrown', () => {
    const inner = fc.oneof(fc.constant(shown), fc.constant(shownText), fc.jsonValue())
    const message = fc.oneof(
      fc
        .tuple(
          fc.constantFrom(...wrappers),
          fc.constantFrom('payload', 'data', 'after', 'data_base64', 'schema'),
          inner,
        )
        .map(([wrapper, field, value]) =>
          Buffer.from(JSON.stringify({ ...wrapper, [field]: value })),
        ),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([0, ...bytes])),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([3, 0, ...bytes])),
    )
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.constantFrom('auto', 'plain', 'connect', 'confluent'),
        (values, envelope) => {
          const told = aDecode()(aBatch(values.map(aMessage), { envelope }))
          const { events, rejected, ignored } = told
          expect(events.length + rejected.length + ignored).toBe(values.length)
        },
      ),
    )
  })

  it('is taken out of a framing and a wrapper, and out of no second wrapper', () => {
    expect(decodeOne(framed(connect(shown))).event).toEqual(bare)
    expect(decodeOne(connect(connect(shown))).rejected?.reason).toBe('missing_field')
  })

  it('that is wrapped is held to its tenant, to the limits and to every rule of JSON', () => {
    const reason = (value: object | string | Buffer) => decodeOne(value).rejected?.reason
    const rival = anEventV1({ tenant: 'umbrella' })
    const deep = `${'[['.repeat(20)}${']]'.repeat(20)}`
    expect(reason(connect(rival))).toBe('foreign_tenant')
    expect(reason(framed(rival))).toBe('foreign_tenant')
    expect(reason(connect(`{"version":1,"version":1}`))).toBe('duplicate_key')
    // What lies too deep is left out, within an envelope as without one.
    expect(reason(connect(`{"version":${deep}}`))).toBe('unknown_version')
    expect(reason(framed(`{"version":${deep}}`))).toBe('unknown_version')
    expect(reason(framed(`{"a":"${'x'.repeat(256 * 1024)}"}`))).toBe('too_large')
    expect(reason(framed('{"version":1,"version":1}'))).toBe('duplicate_key')
  })

  it('that is wrapped is counted for the fields of the event and not for those around it', () => {
    expect(decodeOne(connect({ ...shown, extra: { a: 1 } })).event?.unknownFields).toBe(2)
  })

  it('whose payload looks like a fault of ours is read like any other', () => {
    const { rejected } = decodeOne(connect({ reason: 'empty', detail: 'x' }))
    expect(rejected?.reason).toBe('missing_field')
  })

  it('is shown in a reject as it came, with what is around it', () => {
    expect(decodeOne(framed('{"version":2}')).rejected).toMatchObject({
      reason: 'unknown_version',
      excerpt: '\\u0000\\u0000\\u0000\\u0000*{\\u0022version\\u0022:2}',
      bytes: 18,
    })
  })

  it.each(formats)(
    'of the format $id is read out of every envelope',
    ({ id: format, examples }) => {
      const one = examples.find(({ becomes }) => typeof becomes === 'object' && 'type' in becomes)
      const message = one?.message ?? {}
      const given = { format, binding: { ...binding, lane: 'historical' } } as const
      const ce = { specversion: '1.0', id: 'x', source: '/x', type: 'x', data: message }
      const outbox = { after: { payload: message }, source: {}, op: 'c' }
      const plain = decodeOne(message, given).event
      for (const wrapped of [connect(message), framed(message), ce, outbox]) {
        expect(decodeOne(wrapped, given).event).toEqual(plain)
      }
    },
  )
})

describe('a value', () => {
  it('may begin with a byte order mark', () => {
    expect(decodeOne(`\ufeff${shownText}`).event).toEqual(bare)
  })

  it.each([
    [
      'an array',
      `[${shownText},${shownText}]`,
      'wrong_type',
      'array of 2: one message holds one event',
    ],
    ['an array of one', `[${shownText}]`, 'wrong_type', 'array of 1'],
    ['lines', `${shownText}\n${shownText}`, 'not_json', 'one message holds one event'],
  ])('holds one event: %s is rejected, and says so', (_, value, reason, detail) => {
    expect(decodeOne(value).rejected).toMatchObject({
      reason,
      detail: expect.stringContaining(detail),
    })
  })
})

/** The fields of one object that another does not have. */
function fresh(of: object, beside: object): object {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !(name in beside)))
}
