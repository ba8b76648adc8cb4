import fc from 'fast-check'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', 'a', 'acme', 'session_01JBX') },
  { weight: 2, arbitrary: fc.string({ maxLength: 80 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("x'\n\ndrop table events", '=1+1', '\u0000', 'ż'.repeat(64)),
  },
)
const time = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 })
const maybeTime = fc.option(time, { nil: null })
const degrees = (max: number) =>
  fc.option(
    fc.integer({ min: -max * 4, max: max * 4 }).map((quarter) => quarter / 4),
    { nil: null },
  )

const event: fc.Arbitrary<Partial<SessionEvent>> = fc.record({
  tenant: text,
  instance: text,
  id: fc.stringMatching(/^[0-9a-f]{32}$/),
  nativeId: text,
  type: fc.constantFrom('session.used', 'session.created', 'credential.reset'),
  occurredAt: time,
  receivedAt: time,
  lane: fc.constantFrom('live', 'historical'),
  source: text,
  partition: fc.integer({ min: 0, max: 4_294_967_295 }),
  offset: fc.maxSafeNat(),
  unknownFields: fc.integer({ min: 0, max: 65_535 }),
  sessionId: text,
  sessionKind: fc.constantFrom('online', 'offline', 'agent'),
  sessionCreatedAt: maybeTime,
  expiresAt: maybeTime,
  subjectRef: text,
  onBehalfOfRef: text,
  ip: text,
  ipOf: fc.constantFrom('subject', 'application', 'actor', 'unknown'),
  userAgent: text,
  deviceId: text,
  organizationId: text,
  tokenOrdinal: fc.option(fc.integer({ min: 0, max: 4_294_967_295 }), { nil: null }),
  tokenIssuedAt: maybeTime,
  reason: text,
  outcome: fc.constantFrom('', 'accepted', 'refused'),
  outcomeStatus: fc.integer({ min: 0, max: 999 }),
  scopeId: text,
})

/** Any event with any look-ups; places come from a few shared objects, as they do from caches. */
export const enrichedEvents: fc.Arbitrary<EnrichedEvent[]> = fc
  .array(
    fc.record({
      state: fc.constantFrom('hit', 'miss', 'not_evaluable'),
      country: text,
      region: text,
      city: text,
      latitude: degrees(90),
      longitude: degrees(180),
      accuracyKm: fc.option(fc.integer({ min: 0, max: 500 }), { nil: null }),
      saidBy: text,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .chain((places) =>
    fc.array(
      fc.record({
        event: event.map((said) => ({ ...blankEvent(), ...said })),
        place: fc.constantFrom(...places),
        network: fc.record({
          state: fc.constant('hit'),
          asn: fc.integer({ min: 0, max: 4_294_967_295 }),
          name: text,
          class: fc.constantFrom('fixed', 'mobile'),
          saidBy: text,
        }),
        device: fc.record({
          state: fc.constant('hit'),
          browser: text,
          os: text,
          type: fc.constantFrom('desktop', 'mobile', ''),
          agentClass: fc.constantFrom('browser', 'ai_agent'),
        }),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  ) as fc.Arbitrary<EnrichedEvent[]>
