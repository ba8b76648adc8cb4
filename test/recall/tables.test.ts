import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Use } from '../../src/contract/memory.ts'
import { displacementMs } from '../../src/contract/memory.ts'
import type { Seen } from '../../src/recall/sightings-table.ts'
import { SightingsTable } from '../../src/recall/sightings-table.ts'
import { UsesTable } from '../../src/recall/uses-table.ts'
import { PlainSightings, PlainUses } from './plain.ts'

/** The long version of it is a soak. */
const runs = process.env.CURFEW_SOAK === undefined ? 300 : 20_000

const start = Date.parse('2026-11-03T09:00:00.000Z')

/** Few ids and few instants, so that copies and ties come up; and some far from the others. */
const moment = fc.record({
  at: fc
    .oneof(fc.nat(20), fc.nat(40 * 60))
    .map((seconds) => start + seconds * (displacementMs / 24_000)),
  eventId: fc.nat(60).map((n) => `event ${n}`),
})

/** Whose it is: neighbouring rows of one table must not touch each other. */
const row = fc.nat(3)

const use: fc.Arbitrary<Use> = fc
  .tuple(
    moment,
    fc.record({
      outcome: fc.constantFrom('accepted', 'refused'),
      observer: fc.constantFrom('idp', 'application'),
      tokenIssuedAt: fc.option(fc.nat(1_000).map((seconds) => start + seconds * 1_000)),
    }),
  )
  .map(([where, what]) => ({ ...where, ...what }))

const places = ['PL', 'PT', 'JP'].map((country, n) => ({
  country,
  city: `city ${n}`,
  latitude: 10 * n,
  longitude: -10 * n,
  accuracyKm: 20,
  saidBy: 'event',
}))

const seen: fc.Arbitrary<Seen> = fc
  .tuple(
    moment,
    fc.record({
      sessionKind: fc.constantFrom('online', 'offline'),
      sessionId: fc.constantFrom('s1', 's2'),
      // Built anew each time: an address that says the same need not be the same string.
      ip: fc.nat(2).map((n) => `192.0.2.${n}`),
      place: fc.constantFrom(...places),
    }),
  )
  .map(([where, what]) => ({ ...where, ...what }))

describe('the table of uses', () => {
  it('holds for each session what a plain list of its uses would', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, use), { maxLength: 80 }), (told) => {
        const table = new UsesTable()
        const rows = Array.from({ length: 4 }, () => table.take())
        const plain = rows.map(() => new PlainUses())
        for (const [owner, each] of told) {
          const before = plain[owner]?.overflow
          const overflowed = table.learn(rows[owner] ?? -1, each)
          plain[owner]?.learn(each)
          if (overflowed) expect(plain[owner]?.overflow).toBe(true)
          else expect(plain[owner]?.overflow).toBe(before)
        }
        for (const [owner, list] of plain.entries()) {
          expect(table.list(rows[owner] ?? -1)).toEqual(list.uses)
          expect(table.last(rows[owner] ?? -1)).toEqual(list.last)
        }
      }),
      { numRuns: runs },
    )
  })

  it('gives a row that was given back out again with nothing in it', () => {
    const table = new UsesTable()
    const first = table.take()
    table.learn(first, {
      at: start,
      eventId: 'e',
      outcome: 'accepted',
      observer: 'idp',
      tokenIssuedAt: null,
    })
    table.give(first)
    expect(table.take()).toBe(first)
    expect([table.list(first), table.last(first)]).toEqual([[], null])
  })

  it('keeps what it holds while it grows', () => {
    const table = new UsesTable()
    const rows = Array.from({ length: 5_000 }, () => table.take())
    const of = (n: number): Use => ({
      at: start + n,
      eventId: `event ${n}`,
      outcome: 'refused',
      observer: 'application',
      tokenIssuedAt: start,
    })
    for (const each of rows) {
      table.learn(each, of(each))
      table.take()
    }
    expect(rows.map((each) => table.list(each))).toEqual(rows.map((each) => [of(each)]))
  })
})

describe('the table of sightings', () => {
  it('holds for each subject what a plain list of its sightings would', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, seen), { maxLength: 80 }), (told) => {
        const table = new SightingsTable()
        const rows = Array.from({ length: 4 }, () => table.take())
        const plain = rows.map(() => new PlainSightings())
        for (const [owner, each] of told) {
          const before = plain[owner]?.overflow
          const overflowed = table.add(rows[owner] ?? -1, each)
          plain[owner]?.add(each)
          expect(plain[owner]?.overflow).toBe(overflowed ? true : before)
        }
        for (const [owner, { sightings }] of plain.entries()) {
          const held = rows[owner] ?? -1
          expect(table.list(held)).toEqual(sightings)
          expect(table.lastAt(held)).toBe(sightings.at(-1)?.at ?? Number.NaN)
          expect(table.lastIp(held)).toBe(sightings.at(-1)?.ip ?? '')
        }
      }),
      { numRuns: runs },
    )
  })
})
