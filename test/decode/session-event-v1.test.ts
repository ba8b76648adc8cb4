import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import { eventFields } from '../../src/contract/event-fields.ts'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { sessionEventExamples } from '../../src/contract/session-event-v1-examples.ts'
import { addressOf } from '../../src/decode/address.ts'
import { blankReading } from '../../src/decode/format.ts'
import { format } from '../../src/decode/formats/session-event-v1.ts'
import { parseStrictly } from '../../src/decode/json.ts'
import type { Json } from './arbitrary-event.ts'
import { anyEventV1, anyTime, rightValues, withField } from './arbitrary-event.ts'
import { anEventV1, binding, decodeHistory, decodeOne } from './given.ts'
import { fitsSchema, pathsIn } from './schema-oracle.ts'

function isJson(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

describe('the schema of session-event.v1', () => {
  it('has exactly the fields of which it is said how strict they are', () => {
    expect([...pathsIn(JSON.parse(JSON.stringify(SessionEventV1)))].sort()).toEqual(
      Object.keys(eventFields).sort(),
    )
  })

  it.each(Object.entries(sessionEventExamples))(
    'and the reader take its example of %s',
    (type, json) => {
      expect(fitsSchema(json)).toBe(true)
      const { event, leftOut } = decodeHistory(json)
      expect(event).toMatchObject({ type, unknownFields: 0 })
      expect(leftOut).toEqual({})
    },
  )

  it('and the reader refuse each example without any one of the fields that its type needs', () => {
    let refused = 0
    for (const json of Object.values(sessionEventExamples)) {
      for (const path of [
        'session',
        'subject',
        'outcome',
        'organization_id',
        'connection_id',
        'grant_id',
        'device_id',
        'id',
        'occurred_at',
        'version',
      ]) {
        for (const nothing of [undefined, null, ...(path.includes('id') ? [''] : [])]) {
          const changed = JSON.parse(JSON.stringify(withField(Object(json), path, nothing)))
          const isRead = decodeHistory(changed).event !== undefined
          expect([path, nothing, json, fitsSchema(changed)]).toEqual([path, nothing, json, isRead])
          if (!isRead) refused++
        }
      }
    }
    expect(refused).toBeGreaterThan(80)
  })

  it('refuses what the reader refuses, after any change to a valid event', () => {
    let [refused, taken] = [0, 0]
    const path = fc.constantFrom(
      ...Object.keys(eventFields),
      'session',
      'subject',
      'scope',
      'outcome',
    )
    const changes = fc.array(fc.tuple(path, oddValue), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyEventV1, changes, (json, all) => {
        const told = all.reduce((sum, [at, value]) => withField(sum, at, value), json)
        const changed = JSON.parse(JSON.stringify(told))
        const { rejected } = decodeHistory(changed)
        // Whose events it may bring and how long ago it was, no schema knows.
        if (rejected === undefined) taken++
        else if (!beyondSchema.has(rejected.reason)) {
          refused++
          expect([fitsSchema(changed), rejected.detail]).toEqual([false, rejected.detail])
        }
      }),
      { numRuns: 4000 },
    )
    expect(refused).toBeGreaterThan(500)
    expect(taken).toBeGreaterThan(500)
  })
})

const beyondSchema: ReadonlySet<string> = new Set(['foreign_tenant', 'implausible_time'])

/** What a field may hold that it should not, or should. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 0, -1, 1.5, 2 ** 70, '', ' ', 'x', 'PL', 1),
  fc.constantFrom<unknown>('x'.repeat(257), 'x'.repeat(513), 'x'.repeat(1025), [], {}, ['x']),
  fc.constantFrom<unknown>('2026-02-30T00:00:00Z', '2026-11-03T09:12:44', '203.0.113.9', '::1'),
  fc.constantFrom<unknown>('session.used', 'grant.revoked', 'membership.deactivated', 'session.x'),
  fc.constantFrom<unknown>('session', 'subject', 'grant', 'device', 'connection', 'offline'),
  fc.string({ unit: 'binary', maxLength: 600 }),
  anyTime,
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }),
)

describe('the reader of session-event.v1', () => {
  it('takes whatever the schema of the contract takes', () => {
    fc.assert(
      fc.property(anyEventV1, (json) => {
        const { event, rejected, leftOut } = decodeHistory(json)
        expect([fitsSchema(json), rejected?.detail, leftOut]).toEqual([true, undefined, {}])
        expect(event).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })

  it('says the same as the message, field by field, and nothing else', () => {
    fc.assert(
      fc.property(anyEventV1, (json) => {
        const { event } = decodeHistory(json)
        expect(event?.unknownFields).toBe(0)
        expect(event && saidAgain(event)).toEqual(normal(json))
      }),
      { numRuns: 500 },
    )
  })

  it('is tried with every field that there is', () => {
    expect(Object.keys(rightValues).sort()).toEqual(Object.keys(eventFields).sort())
  })

  it('counts every field that it does not know, in whichever part and however deep', () => {
    fc.assert(
      fc.property(anyEventV1, fc.array(fc.nat(), { maxLength: 4 }), (json, places) => {
        const message = structuredClone(json)
        const parts = [message, ...Object.values(message).filter(isJson)]
        for (const [i, place] of places.entries()) {
          Object.assign(parts[place % parts.length] ?? {}, { [`x${i}`]: [{ y: { z: i } }] })
        }
        const draft = blankEvent()
        const reading = blankReading()
        const bytes = Buffer.from(JSON.stringify(message))
        const limits = { bytesMax: 1024 * 1024, depthMax: 32 }
        const parsed = parseStrictly(bytes, limits, reading) ?? {}
        expect(format.read(parsed, draft, reading)).toBe('event')
        expect(draft.unknownFields).toBe(3 * places.length)
      }),
      { numRuns: 500 },
    )
  })

  it('counts lengths as the schema does, in characters and not in code units', () => {
    expect(decodeOne(anEventV1({ id: '\u{1f980}'.repeat(256) })).event).toBeDefined()
    expect(decodeOne(anEventV1({ id: '\u{1f980}'.repeat(257) })).rejected).toBeDefined()
  })

  it('cuts a text that is too long, and never within a character', () => {
    const agent = `${'x'.repeat(1023)}\u{1f980}`
    const { event, leftOut } = decodeOne(anEventV1({ user_agent: agent, reason: 'y'.repeat(9000) }))
    expect(event).toMatchObject({ userAgent: 'x'.repeat(1023), reason: 'y'.repeat(512) })
    expect(leftOut).toEqual({ user_agent: 1, reason: 1 })
  })

  it('takes the claim of another tenant for none where it says nothing', () => {
    const own = { ...binding, trusted: [] }
    for (const tenant of [null, '', ' ']) {
      expect(decodeOne(anEventV1({ tenant }), { binding: own }).event?.tenant).toBe('acme')
    }
  })
})

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
    ip_of: event.ipOf,
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
function normal({ version: _, tenant: _tenant, instance: _instance, ...json }: Json): Json {
  const { session, subject, outcome, initiator } = json
  const actors: readonly unknown[] = ['admin', 'system', 'curfew']
  const said = {
    ip_of: actors.includes(Object(initiator).kind) ? 'actor' : 'subject',
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
  if (name === 'email') return String(value).trim()
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
