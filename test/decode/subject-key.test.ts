import { describe, expect, it } from 'vitest'
import { makeDecode } from '../../src/decode/decode.ts'
import { makeKeyOf } from '../../src/decode/subject-key.ts'
import { loadFormats } from '../../src/runtime/ingest.ts'

const formats = await loadFormats()
const keyOf = makeKeyOf(formats)
const own = 'session-event-v1'
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
        expect(keyOf(value, format) ?? '').toBe(subjectId || sessionId)
      }
    },
  )

  it('is found within what producers put around an event', () => {
    const event = { subject: { id: 'ada' } }
    expect(keyOf(json({ schema: null, payload: event }), own)).toBe('ada')
    expect(keyOf(json({ specversion: '1.0', data: event }), own)).toBe('ada')
    expect(keyOf(json({ schema: null, payload: JSON.stringify(event) }), own)).toBe('ada')
    expect(keyOf(Buffer.from(JSON.stringify(JSON.stringify(event))), own)).toBe('ada')
  })

  it('is found in most of what the formats read', () => {
    const keyed = examples.filter(([format, , value]) => keyOf(value, format) !== null)
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
    for (const { id } of formats) expect(keyOf(Buffer.from(text), id)).toBeNull()
  })
})
