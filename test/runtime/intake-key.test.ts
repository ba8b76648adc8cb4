import { describe, expect, it } from 'vitest'
import { makeDecode } from '../../src/decode/decode.ts'
import type { Format } from '../../src/decode/format.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'
import { keyOf } from '../../src/runtime/intake.ts'

const formats = await loadCatalog<Format>(catalogs.formats, 'format')
const receivedAt = 1_793_697_164_111
const batch = {
  source: 'feed',
  partition: 0,
  binding: { tenant: 'acme', instance: 'sso', lane: 'historical', mayAct: true, trusted: [] },
  redelivered: false,
  commit: async () => {},
} as const
const json = (value: object) => Buffer.from(JSON.stringify(value))

describe('the key of a message', () => {
  const decode = makeDecode({ formats, envelopes: [], pseudonym: () => 'ref' })
  const examples = formats.flatMap(({ id, examples }) =>
    examples.map(({ name, message }) => [id, name, json(message)] as const),
  )

  it.each(examples)(
    'is the subject that decode finds, else the session: %s, %s',
    (format, _, value) => {
      const { events } = decode({ ...batch, format, messages: [{ value, offset: 0, receivedAt }] })
      for (const { subjectId, sessionId } of events) {
        expect(keyOf(value) ?? '').toBe(subjectId || sessionId)
      }
    },
  )

  it('is found within what producers put around an event', () => {
    const event = { subject: { id: 'ada' } }
    expect(keyOf(json({ schema: null, payload: event }))).toBe('ada')
    expect(keyOf(json({ specversion: '1.0', data: event }))).toBe('ada')
    expect(keyOf(json({ schema: null, payload: JSON.stringify(event) }))).toBe('ada')
    expect(keyOf(Buffer.from(JSON.stringify(JSON.stringify(event))))).toBe('ada')
  })

  it('is found in most of what the formats read', () => {
    const keyed = examples.filter(([, , value]) => keyOf(value) !== null)
    expect(keyed.length).toBeGreaterThan(0.6 * examples.length)
  })

  it.each([
    '',
    'null',
    '[]',
    '3',
    '"x"',
    '{"subject":null}',
    '{"subject":{"id":7}}',
    '{"data":{}}',
  ])('is none where nobody is named: %s', (text) => {
    expect(keyOf(Buffer.from(text))).toBeNull()
  })
})
