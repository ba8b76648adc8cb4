import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankEvent } from '../../src/contract/event.ts'
import { identify } from '../../src/contract/identity.ts'
import { repeatedKey } from '../../src/decode/fields.ts'
import { blankReading } from '../../src/decode/format.ts'
import { parseStrictly } from '../../src/decode/json.ts'
import { strangeTime } from '../../src/decode/rules.ts'
import {
  aBatch,
  aDecode,
  aMessage,
  anEventV1,
  binding,
  decodeOne,
  pseudonym,
  receivedAt,
} from './given.ts'

const text = JSON.stringify(anEventV1())
const minutes = 60_000
const days = 86_400_000

function at(ms: number): object {
  return anEventV1({ occurred_at: new Date(ms).toISOString() })
}

describe('an event', () => {
  it('carries where it came from, and names made of tenant, instance and what it says', () => {
    const { event } = decodeOne(anEventV1({ subject: { id: 'agent_1', on_behalf_of: 'user_2' } }))
    expect(event).toMatchObject({
      tenant: 'acme',
      instance: 'keycloak-main',
      source: 'kafka:sessions',
      partition: 3,
      offset: 41,
      receivedAt,
      lane: 'live',
      mayAct: true,
      id: identify('acme', 'keycloak-main', 'use-7f3a'),
      subjectRef: pseudonym('acme', 'keycloak-main', 'agent_1'),
      onBehalfOfRef: pseudonym('acme', 'keycloak-main', 'user_2'),
    })
  })

  it('has no subject reference when it names no subject', () => {
    const { event } = decodeOne(anEventV1({ subject: undefined }))
    expect(event?.subjectRef).toBe('')
  })

  it('never may act when it is history', () => {
    const { event } = decodeOne(anEventV1(), { binding: { ...binding, lane: 'historical' } })
    expect(event).toMatchObject({ lane: 'historical', mayAct: false })
  })

  it('may not act when its source may not', () => {
    const { event } = decodeOne(anEventV1(), { binding: { ...binding, mayAct: false } })
    expect(event?.mayAct).toBe(false)
  })

  it('is read by the format its message names, before that of the batch', () => {
    const message = { ...aMessage(anEventV1()), format: 'session-event-v1' }
    const { events } = aDecode()(aBatch([message], { format: 'workos' }))
    expect(events).toHaveLength(1)
  })

  it('has one spelling for zero', () => {
    const { event } = decodeOne(text.replace('{', '{"token":{"ordinal":-0},'))
    expect(event?.tokenOrdinal).toBe(0)
  })

  it('keeps a user agent exactly, with its blank lines and its SQL', () => {
    const agent = "Mozilla/5.0\n\n'); DROP TABLE events; --\r\n\t\u0000 \u202eevil \u{1f980}"
    const { event } = decodeOne(anEventV1({ user_agent: agent }))
    expect(event?.userAgent).toBe(agent)
  })
})

describe('tenant and instance', () => {
  const trusted = [{ tenant: 'umbrella', instance: 'workos' }]

  it('may be said when they are those of the binding', () => {
    const { event } = decodeOne(anEventV1({ tenant: 'acme', instance: 'keycloak-main' }))
    expect(event?.tenant).toBe('acme')
  })

  it('are those of a claimed pair that the source is trusted to name, in every id too', () => {
    const claim = { tenant: 'umbrella', instance: 'workos' }
    const { event } = decodeOne(anEventV1(claim), { binding: { ...binding, trusted } })
    expect(event).toMatchObject({
      ...claim,
      id: identify('umbrella', 'workos', 'use-7f3a'),
      subjectRef: pseudonym('umbrella', 'workos', 'user_01JBX'),
    })
  })

  it('are trusted only as a pair', () => {
    const { rejected } = decodeOne(anEventV1({ tenant: 'umbrella' }), {
      binding: { ...binding, trusted },
    })
    expect(rejected?.reason).toBe('foreign_tenant')
  })
})

describe('a time', () => {
  it('may lie five minutes after receipt and thirty days before it, and no further', () => {
    const reason = (ms: number) => decodeOne(at(ms)).rejected?.reason
    expect(reason(receivedAt + 5 * minutes)).toBeUndefined()
    expect(reason(receivedAt + 5 * minutes + 1)).toBe('implausible_time')
    expect(reason(receivedAt - 30 * days)).toBeUndefined()
    expect(reason(receivedAt - 30 * days - 1)).toBe('implausible_time')
  })

  it('that is none is rejected, in every lane', () => {
    for (const lane of ['live', 'historical'] as const) {
      const event = { ...blankEvent(), lane, receivedAt, occurredAt: Number.NaN }
      expect(strangeTime(event, { futureMs: 1, pastMs: 1 })?.reason).toBe('implausible_time')
    }
  })

  it('may be old in the historical lane, though neither absurd nor ahead', () => {
    const historical = { binding: { ...binding, lane: 'historical' } } as const
    const reason = (ms: number) => decodeOne(at(ms), historical).rejected?.reason
    expect(reason(Date.UTC(2000, 0, 1))).toBeUndefined()
    expect(reason(Date.UTC(2000, 0, 1) - 1)).toBe('implausible_time')
    expect(reason(receivedAt + 5 * minutes + 1)).toBe('implausible_time')
  })

  it('of a session that begins in the future is left out, as it would escape every cause', () => {
    const session = { id: 's', created_at: '2026-11-03T10:15:00Z' }
    const { event, leftOut } = decodeOne(anEventV1({ session }))
    expect(event).toMatchObject({ sessionId: 's', sessionCreatedAt: null })
    expect(leftOut).toEqual({ 'session.created_at': 1 })
  })

  it('of an end lies within the calendar of the store', () => {
    const expiry = (expires_at: string) => decodeOne(anEventV1({ expires_at })).event?.expiresAt
    expect(expiry('2027-01-01T00:00:00Z')).toBe(Date.UTC(2027, 0, 1))
    expect(expiry('0001-01-01T00:00:00Z')).toBeNull()
  })

  it('may expire on the last day of any calendar: that says never', () => {
    const expires_at = '9999-12-31T23:59:59Z'
    const { event, rejected } = decodeOne(anEventV1({ expires_at, token: { expires_at } }))
    expect(rejected).toBeUndefined()
    const never = Date.UTC(2299, 11, 31)
    expect(event).toMatchObject({ expiresAt: never, tokenExpiresAt: never })
  })
})

describe('dangerous keys', () => {
  it('named __proto__ or constructor.prototype change nothing but the count of unknown fields', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const evil =
      '"__proto__":{"tenant":"x","admin":true},"constructor":{"prototype":{"admin":true}}'
    const { event } = decodeOne(text.replace('{', `{${evil},`))
    expect(event).toMatchObject({ tenant: 'acme', unknownFields: 6 })
    expect(event).not.toHaveProperty('admin')
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype)
  })

  it('do not stand in for fields that are missing', () => {
    const evil = text.replace('"id":"use-7f3a",', '"__proto__":{"id":"use-7f3a"},')
    expect(decodeOne(evil).rejected?.reason).toBe('missing_field')
  })
})

describe('whatever comes', () => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((json) => Buffer.from(json)),
    fc.jsonValue().map((json) => Buffer.from(JSON.stringify(anEventV1({ subject: json })))),
    fc.constant(null),
  )

  it('each message is an event, ignored, a tombstone or rejected, and nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 8 }),
        fc.constantFrom('session-event-v1', 'workos', 'keycloak'),
        (values, format) => {
          const told = aDecode()(aBatch(values.map(aMessage), { format }))
          const { events, rejected, ignored, tombstones, unread } = told
          expect(events.length + rejected.length + ignored + tombstones).toBe(values.length)
          expect(unread.reduce((sum, { messages }) => sum + messages, 0)).toBe(ignored)
        },
      ),
    )
  })

  it('a repeated key is always marked, wherever it is, and never one that is there once', () => {
    const key = fc.constantFrom('a', 'b', '":', '\\u0061', 'c"d', '{', '', '__proto__')
    const spaces = fc.constantFrom('', ' ', '\n\t')
    const value = fc.constantFrom('1', '"\\":"', '{"a":1}', '[[],"a",{"a":[2]}]', '"a"')
    const pairs = fc.array(fc.tuple(key, spaces, value))
    const around = fc.constantFrom('', '{"x":', '[', '{"y":[0,"a",', '[{"z":1},')
    fc.assert(
      fc.property(pairs, around, (list, before) => {
        const spelled = ([name, space, json]: readonly [string, string, string]) =>
          `${name.includes('\\') ? `"${name}"` : JSON.stringify(name)}${space}:${json}`
        const names = list.map(([name]) => (name === '\\u0061' ? 'a' : name))
        const close = [...before].reverse().flatMap((c) => ({ '{': '}', '[': ']' })[c] ?? [])
        const inside = `{${list.map(spelled).join(',')}}${before === '[{"z":1},' ? ']' : close.join('')}`
        const reading = blankReading()
        const text = `{"in":${before}${inside}}`
        const json = parseStrictly(Buffer.from(text), { bytesMax: 9999, depthMax: 32 }, reading)
        const repeated = new Set(names.filter((name, at) => names.indexOf(name) !== at))
        expect(markedIn(json)).toEqual([...repeated].sort())
      }),
      { numRuns: 500 },
    )
  })

  it('what is nested deeper than is read is marked, however deep, and nothing else is', () => {
    for (const levels of [1, 31, 32, 33, 100_000]) {
      const reading = blankReading()
      const text = `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"y":[{}]}`
      const limits = { bytesMax: 1e6, depthMax: 32 }
      const json = parseStrictly(Buffer.from(text.replace(':,', ':1,')), limits, reading)
      let depth = 0
      for (let at: unknown = json; typeof at === 'object' && at !== null; depth++) {
        at = Object.values(at)[0]
      }
      expect(depth).toBe(Math.min(levels, 33))
      expect(json).toMatchObject({ y: [{}] })
    }
  })
})

/** Keys that are marked as being there twice, at any depth. */
function markedIn(json: unknown): readonly string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json)
    .flatMap(([key, value]) => (value === repeatedKey ? [key] : markedIn(value)))
    .sort()
}
