import { isIP } from 'node:net'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { addressOf } from '../../src/decode/address.ts'
import { blankReading } from '../../src/decode/format.ts'
import { format } from '../../src/decode/formats/session-event-v1.ts'
import { parseStrictly } from '../../src/decode/json.ts'
import type { Json } from './arbitrary-event.ts'
import { anyEventV1, anyTime } from './arbitrary-event.ts'
import { aBatch, aDecode, anEventV1, binding, decodeOne } from './given.ts'

const oracle = Compile(SessionEventV1)

/** What the reader asks beyond the schema: an address that is one, and that means one host. */
function hasGoodAddress({ ip }: Json): boolean {
  return ip === undefined || (typeof ip === 'string' && isIP(ip) !== 0 && !ip.includes('%'))
}

function isJson(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function reads(json: Json): boolean {
  return format.read(json, blankEvent(), blankReading()) === 'event'
}

describe('the reader of session-event.v1', () => {
  it('takes whatever the schema of the contract takes', () => {
    fc.assert(
      fc.property(anyEventV1, (json) => {
        expect(oracle.Check(json)).toBe(true)
        expect(reads(json)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('takes and refuses exactly what the schema does, after any change to a valid event', () => {
    let refused = 0
    fc.assert(
      fc.property(anyEventV1.chain(changed), (json) => {
        const expected = oracle.Check(json) && hasGoodAddress(json)
        if (!expected) refused++
        expect(reads(json)).toBe(expected)
      }),
      { numRuns: 4000 },
    )
    expect(refused).toBeGreaterThan(500)
  })

  it('says the same as the message, field by field, and nothing else', () => {
    fc.assert(
      fc.property(anyEventV1.map(complete), (json) => {
        const value = Buffer.from(JSON.stringify(json))
        const receivedAt = Date.UTC(2290, 0, 1)
        const { events, rejected } = aDecode()(
          aBatch([{ value, offset: 0, receivedAt }], {
            binding: { ...binding, lane: 'historical' },
          }),
        )
        expect(rejected).toEqual([])
        expect(events[0]?.unknownFields).toBe(0)
        expect(events.map(saidAgain)).toEqual([normal(json)])
      }),
      { numRuns: 500 },
    )
  })

  it('counts every field that it does not know, in whichever part and however deep', () => {
    fc.assert(
      fc.property(
        anyEventV1.map(complete),
        fc.array(fc.nat(), { maxLength: 4 }),
        (json, places) => {
          const message = structuredClone(json)
          const parts = [message, ...Object.values(message).filter(isJson)]
          for (const [i, place] of places.entries()) {
            Object.assign(parts[place % parts.length] ?? {}, { [`x${i}`]: [{ y: { z: i } }] })
          }
          const draft = blankEvent()
          const reading = blankReading()
          const bytes = Buffer.from(JSON.stringify(message))
          const limits = { bytesMax: 1024 * 1024, depthMax: 32 }
          expect(format.read(parseStrictly(bytes, limits, reading) ?? {}, draft, reading)).toBe(
            'event',
          )
          expect(draft.unknownFields).toBe(3 * places.length)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('counts lengths as the schema does, in characters and not in code units', () => {
    expect(decodeOne(anEventV1({ id: '\u{1f980}'.repeat(256) })).event).toBeDefined()
    expect(decodeOne(anEventV1({ id: '\u{1f980}'.repeat(257) })).rejected).toBeDefined()
    const email = '\u{1f980}@'
    expect(decodeOne(anEventV1({ subject: { id: 'u', email } })).rejected).toBeDefined()
  })

  it('refuses a time with the suffix of RFC 9557, which the contract does not name', () => {
    const suffixed = anEventV1({ occurred_at: '2026-11-03T09:12:44Z[Europe/Paris]' })
    expect(oracle.Check(suffixed)).toBe(true)
    expect(decodeOne(suffixed).rejected?.reason).toBe('out_of_bounds')
  })
})

/** Something else, or nothing, in one place, or one place more. */
function changed(json: Json): fc.Arbitrary<Json> {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, true, 0, -1, 1.5, 2 ** 70, Infinity, '', 'x', 'PL'),
    fc.constantFrom<unknown>('x'.repeat(257), 'x'.repeat(513), 'x'.repeat(1025), [], {}, ['x']),
    fc.constantFrom<unknown>('2026-02-30T00:00:00Z', '2026-11-03T09:12:44', '203.0.113.9', '::1'),
    fc.string({ unit: 'binary', maxLength: 600 }),
    anyTime,
    fc.integer(),
    fc.jsonValue().filter((value) => !JSON.stringify(value).includes('[')),
  )
  return fc
    .tuple(fc.constantFrom(...pathsOf(json), ['unknown']), odd)
    .map(([path, value]) => replaced(json, path, value))
}

function pathsOf(json: unknown): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, value]) => [
    [key],
    ...pathsOf(value).map((path) => [key, ...path]),
  ])
}

function replaced(json: object, [key = '', ...rest]: readonly string[], value: unknown): Json {
  const inner: unknown = Object.entries(json).find(([name]) => name === key)?.[1]
  if (rest.length > 0) return { ...json, [key]: replaced(Object(inner), rest, value) }
  if (value !== undefined) return { ...json, [key]: value }
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key))
}

/** With all that its type asks for, of its own tenant, and without half characters. */
function complete({ tenant: _tenant, instance: _instance, ...json }: Json): Json {
  return {
    ...json,
    session: json.session ?? { id: 's' },
    subject: json.subject ?? { id: 'u' },
    outcome: json.outcome ?? { result: 'accepted' },
    ...(json.scope === undefined ? {} : { scope: { id: 'x', ...Object(json.scope) } }),
  }
}

/** The message as the event tells it, in the words of the contract. */
function saidAgain(event: SessionEvent): Json {
  return dense({
    id: event.nativeId,
    type: event.type,
    occurred_at: event.occurredAt,
    session: dense({
      id: event.sessionId,
      kind: event.sessionKind,
      created_at: event.sessionCreatedAt,
    }),
    subject: dense({
      id: event.subjectId,
      kind: event.subjectKind,
      email: event.subjectEmail,
      on_behalf_of: event.onBehalfOf,
    }),
    ip: event.ip,
    user_agent: event.userAgent,
    device_id: event.deviceId,
    client_fingerprint: event.clientFingerprint,
    auth_method: event.authMethod,
    organization_id: event.organizationId,
    connection_id: event.connectionId,
    application_id: event.applicationId,
    grant_id: event.grantId,
    expires_at: event.expiresAt,
    token: dense({
      id: event.tokenId,
      family: event.tokenFamily,
      ordinal: event.tokenOrdinal,
      kind: event.tokenKind,
      issued_at: event.tokenIssuedAt,
      expires_at: event.tokenExpiresAt,
    }),
    initiator: dense({
      kind: event.initiatorKind,
      id: event.initiatorId,
      client_id: event.initiatorClient,
      session_id: event.initiatorSessionId,
    }),
    reason: event.reason,
    outcome: dense({
      result: event.outcome,
      status: event.outcomeStatus,
      refusal_reason: event.refusalReason,
      observer: event.observer,
    }),
    scope: dense({ kind: event.scopeKind, id: event.scopeId }),
    place: dense({
      ...event.givenPlace,
      accuracy_km: event.givenPlace?.accuracyKm,
      accuracyKm: '',
    }),
    network: dense({ ...event.givenNetwork, asn: event.givenNetwork?.asn || '' }),
  })
}

/** The message in one spelling: times in milliseconds, one form of address, defaults said. */
function normal({ version: _, ...json }: Json): Json {
  const { session, subject, outcome } = json
  const said = {
    ...json,
    ip: typeof json.ip === 'string' ? addressOf(json.ip) : '',
    session: { kind: 'online', ...Object(session) },
    subject: { kind: 'user', ...Object(subject) },
    outcome: { observer: 'application', status: 0, ...Object(outcome) },
  }
  return dense(
    Object.fromEntries(
      Object.entries(said).map(([name, value]) => [name, inOneSpelling(name, value)]),
    ),
  )
}

function inOneSpelling(name: string, value: unknown): unknown {
  if (name.endsWith('_at')) return instant(String(value))
  if (typeof value !== 'object' || value === null) return value
  return dense(
    Object.fromEntries(
      Object.entries(value).map(([inner, each]) => [inner, inOneSpelling(inner, each)]),
    ),
  )
}

/** By another way than the reader's: the language's own, once digits past the third are cut off. */
function instant(time: string): number {
  return Date.parse(time.toUpperCase().replace(/(\.\d{3})\d+/, '$1'))
}

/** Without what says nothing. */
function dense(json: Json): Json {
  return Object.fromEntries(
    Object.entries(json).filter(
      ([, value]) =>
        value !== '' &&
        value !== null &&
        value !== undefined &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  )
}
