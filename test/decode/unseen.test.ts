import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../src/contract/event.ts'
import type { EventField } from '../../src/contract/event-fields.ts'
import { eventFields } from '../../src/contract/event-fields.ts'
import type { Binding } from '../../src/contract/raw-message.ts'
import { sessionEventExamples } from '../../src/contract/session-event-v1-examples.ts'
import type { Json } from './arbitrary-event.ts'
import { anyEventV1, withField } from './arbitrary-event.ts'
import { anEventV1, binding, decodeHistory, decodeOne } from './given.ts'

/**
 * Whoever can write a field cannot make an event unseen: what describes never rejects it, and never
 * changes what it names.
 */

const paths = Object.keys(eventFields).filter((path): path is EventField => path in eventFields)
const ofKind = (...kinds: readonly string[]) =>
  paths.filter((path) => kinds.includes(eventFields[path]))
const describing = ofKind('text', 'description')

/** As bytes, because some of it no object can hold: half characters, keys twice, numbers past all bounds. */
const rawValue = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\ud800"',
    '"\\udfff\\ud83e x"',
    '"\\u0000"',
    '"\\u0000\\u0001"',
    '1e400',
    '-1e400',
  ),
  fc.constantFrom(
    '-0',
    '0',
    '""',
    '" \\t\\u2003"',
    'null',
    'true',
    '[]',
    '{}',
    '4294967296',
    '0.1e-9',
  ),
  fc.constantFrom(
    '{"a":1,"a":2}',
    '{"a":{"id":1,"id":2}}',
    '[{"\\ud800":1}]',
    '{"id":"x","id":"y"}',
  ),
  fc.constantFrom(
    `${'['.repeat(40)}${']'.repeat(40)}`,
    `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  ),
  fc.constantFrom('"203.0.113.9:443"', '"unknown"', '"_hidden"', '"fe80::1%eth0"', '"1.2.3.4, x"'),
  fc.constantFrom(
    '"0001-01-01T00:00:00Z"',
    '"2026-11-03T09:12:44"',
    '"9999-12-31T23:59:59Z"',
    '253402300799999',
  ),
)

/** The names of an event: what must be the same whatever describes it. */
function namesOf(event: SessionEvent | undefined) {
  return {
    id: event?.id,
    type: event?.type,
    occurredAt: event?.occurredAt,
    tenant: event?.tenant,
    session: [event?.sessionId, event?.sessionKind],
    subject: [event?.subjectId, event?.subjectRef],
    ties: [event?.organizationId, event?.connectionId, event?.deviceId, event?.grantId],
    scope: [event?.scopeKind, event?.scopeId],
    outcome: event?.outcome,
  }
}

/** The message as text, in which some fields hold raw JSON. */
function spelled(json: Json, raw: readonly (readonly [string, string])[]): string {
  const marked = raw.reduce((sum, [path], at) => withField(sum, path, `<raw ${at}>`), json)
  const text = JSON.stringify(marked)
  return raw.reduce((sum, [, value], at) => sum.replace(`"<raw ${at}>"`, () => value), text)
}

describe('a field that only describes', () => {
  it.each(describing)('%s never rejects an event, whatever JSON is in it', (path) => {
    const json = { ...anEventV1(), token: {}, initiator: {}, place: {}, network: {} }
    const without = namesOf(decodeOne(json).event)
    fc.assert(
      fc.property(rawValue, (raw) => {
        const { event, rejected } = decodeOne(spelled(json, [[path, raw]]))
        expect(rejected?.detail).toBeUndefined()
        expect(namesOf(event)).toEqual(without)
      }),
      { numRuns: 60 },
    )
  })

  it('never rejects an event of any type together with others, nor changes its names', () => {
    const field = fc.tuple(fc.constantFrom(...describing, 'x', 'unknown', 'raw'), rawValue)
    const fields = fc.uniqueArray(field, { selector: ([path]) => path, minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(anyEventV1, fields, (json, raw) => {
        const { event, rejected } = decodeHistory(spelled(json, raw))
        expect(rejected?.detail).toBeUndefined()
        expect(namesOf(event)).toEqual(namesOf(decodeHistory(json).event))
        const texts = Object.values(event ?? {}).filter((value) => typeof value === 'string')
        expect(texts.every((text) => text.isWellFormed())).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('may be there twice: then nobody knows which counts, and it is left out', () => {
    const text = JSON.stringify(anEventV1({ ip: '203.0.113.9', user_agent: 'a' }))
    const { event, leftOut } = decodeOne(
      text.replace('{', '{"ip":"198.51.100.7","user_agent":"b",'),
    )
    expect(event).toMatchObject({ sessionId: 'session_01JBX', ip: '', userAgent: '' })
    expect(leftOut).toEqual({ ip: 1, user_agent: 1 })
  })

  it('may be a whole part of another shape than the contract says', () => {
    for (const part of ['token', 'initiator', 'place', 'network']) {
      for (const odd of ['text', 7, true, [], [[1]]]) {
        const { event, leftOut } = decodeOne(anEventV1({ [part]: odd }))
        expect(event?.sessionId).toBe('session_01JBX')
        expect(leftOut).toEqual({ [part]: 1 })
      }
    }
  })

  it('may be bytes that are no text', () => {
    const text = JSON.stringify(anEventV1({ user_agent: 'opera', reason: 'reason' }))
    const bytes = Buffer.from(text, 'latin1')
    bytes[bytes.indexOf('opera') + 4] = 0xff
    bytes[bytes.indexOf('"reason"') + 12] = 0xc3
    expect(decodeOne(bytes).event).toMatchObject({
      id: expect.any(String),
      userAgent: 'oper\ufffd',
    })
  })
})

describe('null, "" and white space', () => {
  const nothings = fc.constantFrom<unknown>(null, '', ' ', '\t\n', '\u00a0', '\u2003\u3000')
  const parts = ['session', 'subject', 'token', 'initiator', 'outcome', 'scope', 'place', 'network']

  it('say the same as leaving the field out, in every field and part', () => {
    const where = fc.uniqueArray(fc.constantFrom(...paths, ...parts), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(anyEventV1, where, nothings, (json, all, nothing) => {
        const held = all.filter((path) => isIn(json, path))
        const [said, unsaid] = [nothing, undefined].map((value) =>
          decodeHistory(held.reduce((sum, path) => setIn(sum, path, value), json)),
        )
        expect(said?.event).toEqual(unsaid?.event)
        expect(said?.leftOut).toEqual(unsaid?.leftOut)
        expect(said?.rejected?.detail).toEqual(unsaid?.rejected?.detail)
      }),
      { numRuns: 1000 },
    )
  })

  it('are what serializers write for all that is not known, and no event is lost by it', () => {
    for (const json of Object.values(sessionEventExamples)) {
      const known = decodeHistory(json).event
      const nulls = paths
        .filter((path) => !isIn(Object(json), path))
        .reduce<Json>((sum, path) => setIn(sum, path, null), Object(json))
      expect(decodeHistory(nulls).event).toEqual(known)
    }
  })
})

function isIn(json: Json, path: string): boolean {
  const [part = '', name] = path.split('.')
  return name === undefined ? part in json : Object(json[part])[name] !== undefined
}

/** As `withField`, unless the part itself says nothing already. */
function setIn(json: Json, path: string, value: unknown): Json {
  const [part = ''] = path.split('.')
  const held = json[part]
  const isPart = path.includes('.') && part in json && typeof held !== 'object'
  return isPart || held === null ? json : withField(json, path, value)
}

describe('what names is strict', () => {
  const wrong = ['x'.repeat(257), 7, true, ['a'], { a: 1 }]

  it.each(ofKind('name').filter((path) => path !== 'occurred_at'))(
    '%s rejects the event',
    (path) => {
      for (const value of wrong) {
        expect([value, decodeOne(withField(anEventV1(), path, value)).event]).toEqual([
          value,
          undefined,
        ])
      }
    },
  )

  it.each([
    ['membership.deactivated', 'organization_id'],
    ['access.reduced', 'organization_id'],
    ['connection.deactivated', 'connection_id'],
    ['directory.deactivated', 'connection_id'],
    ['device.lost', 'device_id'],
    ['grant.revoked', 'grant_id'],
    ['credential.reset', 'scope.kind'],
    ['credential.reset', 'scope.id'],
  ])('of %s also %s, by which it reaches, even beside another name', (type, path) => {
    for (const value of wrong) {
      expect(decodeOne(withField(anEventV1({ type }), path, value)).event).toBeUndefined()
      // Of any other event it only describes.
      const { event, leftOut } = decodeOne(withField(anEventV1(), path, value))
      expect(event).toBeDefined()
      expect(leftOut).toEqual({ [path]: 1 })
    }
  })

  it('a use without an outcome that is one is none, and of other events an outcome describes', () => {
    for (const result of ['ok', 7, null, undefined]) {
      expect(decodeOne(anEventV1({ outcome: { result } })).event).toBeUndefined()
      expect(
        decodeOne(anEventV1({ type: 'session.ended', outcome: { result } })).event,
      ).toBeDefined()
    }
  })
})

describe('what producers really send', () => {
  it.each([
    [{ ip: '198.51.100.20:51324' }, { ip: '198.51.100.20' }],
    [{ ip: '198.51.100.21:49153, 10.0.0.6' }, { ip: '198.51.100.21' }],
    [{ ip: 'fe80::6:5605:b4d9:dfe9%eth0' }, { ip: 'fe80::6:5605:b4d9:dfe9' }],
    [{ ip: '[2001:db8::7]:443' }, { ip: '2001:db8::7' }],
    [{ ip: 'unknown' }, { ip: '' }],
    [{ place: { country: 'de' } }, { givenPlace: expect.objectContaining({ country: 'DE' }) }],
    [
      { place: { country: 'DE', latitude: '52.5', longitude: '1e3' } },
      { givenPlace: expect.objectContaining({ latitude: 52.5, longitude: null }) },
    ],
    [{ place: { country: 'Germany' } }, { givenPlace: null }],
    [{ place: { country: 'XX' } }, { givenPlace: null }],
    [{ place: { country: 'zz' } }, { givenPlace: null }],
    [{ place: { country: 'T1' } }, { givenPlace: null }],
    [{ place: { country: 'EU' } }, { givenPlace: null }],
    [{ place: { country: 'uk' } }, { givenPlace: expect.objectContaining({ country: 'GB' }) }],
    [{ place: { country: 'XK' } }, { givenPlace: expect.objectContaining({ country: 'XK' }) }],
    [{ place: { latitude: 0, longitude: 0 } }, { givenPlace: null }],
    [
      { place: { country: 'DE', latitude: 0, longitude: '0.0' } },
      { givenPlace: expect.objectContaining({ country: 'DE', latitude: null, longitude: null }) },
    ],
    [{ network: { asn: 'AS64500' } }, { givenNetwork: expect.objectContaining({ asn: 64500 }) }],
    [{ network: { asn: 0 } }, { givenNetwork: null }],
    [{ ip: ['203.0.113.9', '10.0.0.6'] }, { ip: '203.0.113.9' }],
    [{ ip: [] }, { ip: '' }],
    [
      { subject: { id: 'u', email: ' ada@example.com\n' } },
      { subjectId: 'u', subjectEmail: 'ada@example.com' },
    ],
    [{ subject: { id: 'u', email: '' } }, { subjectId: 'u', subjectEmail: '' }],
    [{ subject: { id: 'u', kind: 'ROBOT' } }, { subjectKind: 'user' }],
    [{ initiator: { kind: 'Admin', id: 7 } }, { initiatorKind: 'admin', initiatorId: '' }],
    [{ token: { ordinal: '4', kind: 'bearer' } }, { tokenOrdinal: 4, tokenKind: '' }],
    [
      { occurred_at: '2026-11-03T09:12:44.120+0000' },
      { occurredAt: Date.UTC(2026, 10, 3, 9, 12, 44, 120) },
    ],
    [{ occurred_at: 1_793_697_164_120 }, { occurredAt: Date.UTC(2026, 10, 3, 9, 12, 44, 120) }],
  ])('%j is read as %j', (said, read) => {
    expect(decodeOne(anEventV1(said)).event).toMatchObject(read)
  })

  it('takes the address by the trusted hops of the connection where it says so', () => {
    const json = anEventV1({ ip: '192.0.2.1, 198.51.100.7, 203.0.113.9' })
    const ip = (more: Partial<Binding>) =>
      decodeOne(json, { binding: { ...binding, ...more } }).event?.ip
    expect([ip({}), ip({ trustedHops: 1 }), ip({ trustedHops: 2 })]).toEqual([
      '203.0.113.9',
      '203.0.113.9',
      '198.51.100.7',
    ])
  })
})
