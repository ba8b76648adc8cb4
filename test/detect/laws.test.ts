import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import { usesMax } from '../../src/contract/memory.ts'
import type { Detector, Happening } from '../../src/detect/detector.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { happen, play } from './play.ts'

const detectors = await loadCatalog<Detector>('src/detect/detectors', 'detector')

/** A history of one subject, sparse enough for memory's slots: the laws hold within its bounds. */
const history = fc
  .array(
    fc.record({
      minute: fc.integer({ min: 0, max: 400 }).map((tenth) => tenth / 4),
      type: fc.constantFrom(
        'session.used',
        'session.used',
        'session.used',
        'session.created',
        'session.revoked',
      ),
      session: fc.constantFrom('s', 't'),
      place: fc.constantFrom('warsaw', 'lisbon', 'tokyo', undefined),
      outcome: fc.constantFrom('accepted', 'accepted', 'refused'),
      observer: fc.constantFrom('idp', 'application'),
      expires: fc.option(fc.integer({ min: 20, max: 90 }), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 14 },
  )
  .filter((drawn) =>
    ['s', 't'].every(
      (session) => drawn.filter((each) => each.session === session).length <= usesMax,
    ),
  )

type Drawn = typeof history extends fc.Arbitrary<infer T> ? T : never

function eventsOf(drawn: Drawn): EnrichedEvent[] {
  return drawn.map((each, index) => {
    const { place, expires, outcome, ...rest } = each
    const happening: Happening = {
      ...rest,
      ...(place === undefined ? {} : { from: place, ip: `192.0.2.${place.length}` }),
      ...(each.type === 'session.used' ? { outcome } : {}),
      ...(expires === undefined ? {} : { expiresMinute: expires }),
    } as Happening
    return happen(happening, index)
  })
}

async function standing(batches: readonly (readonly EnrichedEvent[])[]) {
  const findings = await play(detectors, batches, policy)
  if (findings.length > 0) shown += 1
  return findings
    .map(({ findingId, detector, severity, at, eventIds, sessionId, why, facts }) => ({
      findingId,
      detector,
      severity,
      sessionId,
      // An expiry told long after the uses that outlived it finds the earliest that memory still
      // holds, and not always the same one.
      ...(detector === 'used-after-expiry' ? {} : { at, eventIds, why, facts }),
    }))
    .sort((one, other) => (one.findingId < other.findingId ? -1 : 1))
}

const inTime = (events: readonly EnrichedEvent[]) =>
  [...events].sort(
    (one, other) =>
      one.event.occurredAt - other.event.occurredAt || (one.event.id < other.event.id ? -1 : 1),
  )

/** A history of a hundred minutes in which new things can be new. */
const policy = fillPolicy({ version: 1, timing: { settling_days: 5 / 24 / 60 } })

let shown = 0
const runs = process.env.CURFEW_SOAK === undefined ? 300 : 20_000

describe('standing findings', () => {
  it('are the same when events come up to two minutes out of order', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 0, max: 119_000 }), { minLength: 14, maxLength: 14 }),
        async (drawn, delays) => {
          const events = inTime(eventsOf(drawn))
          const arrival = (index: number) =>
            (events[index]?.event.occurredAt ?? 0) + (delays[index] ?? 0)
          const displaced = events
            .map((event, index) => ({ event, at: arrival(index) }))
            .sort((one, other) => one.at - other.at)
          expect(await standing([displaced.map(({ event }) => event)])).toEqual(
            await standing([events]),
          )
        },
      ),
      { numRuns: runs },
    )
  })

  it('are the same with copies at any later time, and with any split into batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.record({ of: fc.nat({ max: 13 }), later: fc.nat({ max: 13 }) }), {
          maxLength: 6,
        }),
        fc.integer({ min: 1, max: 5 }),
        async (drawn, copies, size) => {
          const events = inTime(eventsOf(drawn))
          const repeated = events.flatMap((event, index) => {
            const due = copies.filter(({ of, later }) => of + later === index && of <= index)
            return [event, ...due.flatMap(({ of }) => events[of] ?? [])]
          })
          const batches: EnrichedEvent[][] = []
          for (let from = 0; from < repeated.length; from += size)
            batches.push(repeated.slice(from, from + size))
          expect(await standing(batches)).toEqual(await standing([events]))
        },
      ),
      { numRuns: runs },
    )
  })

  it('were found in most of the histories that the laws were tried on', () => {
    expect(shown).toBeGreaterThan(2 * runs)
  })
})
