import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRecall } from '../../src/recall/recall.ts'
import { idleMeter } from '../given.ts'
import type { Happening, Told } from '../journey/world.ts'
import { minute, second, start, tell } from '../journey/world.ts'
import { eventsOf } from './judge.ts'

/** The ends that a history leads to beside those that it tells, told in so many batches. */
async function endsOf(history: readonly Told[], size = history.length) {
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35 * second, expiryMs: 5 * second },
    subjectsMax: 100,
    sessionsMax: 100,
    storeIsEmpty: true,
    settled: async () => {},
  })
  const ends: string[] = []
  for (let first = 0; first < history.length; first += size) {
    const recalled = await recall(eventsOf('acme', history.slice(first, first + size)))
    const seen = [...recalled.inOrder()].length
    const derived = recalled.close().events.slice(Math.min(size, history.length - first))
    expect(seen).toBe(Math.min(size, history.length - first) + derived.length)
    for (const { event } of derived) {
      const { id, type, sessionKind, sessionId, occurredAt, initiatorKind } = event
      ends.push([id, type, sessionKind, sessionId, occurredAt - start, initiatorKind].join(' '))
    }
  }
  return new Set(ends)
}

const begun = (session: string, at: number, more: Partial<Happening> = {}): Happening => ({
  at,
  type: 'session.created',
  session,
  subject: 'ada',
  ...more,
})

const signedOut = (at: number): Happening => ({
  at,
  type: 'subject.signed_out',
  subject: 'ada',
  initiator: { kind: 'admin' },
})

const everybodyOut = (at: number): Happening => ({
  ...{ at, type: 'instance.signed_out', initiator: { kind: 'admin' } },
})

const sessionsIn = (ends: ReadonlySet<string>) => [...ends].map((end) => end.split(' ')[3])

describe('a sign-out of a subject', () => {
  it('is an end, by who signed out, of each online session that existed then', async () => {
    const ends = await endsOf(
      tell([
        begun('s1', 0),
        begun('s2', minute),
        begun('s3', minute, { kind: 'offline' }),
        begun('s4', minute, { subject: 'grace' }),
        signedOut(10 * minute),
        begun('s5', 11 * minute),
      ]),
    )
    expect(sessionsIn(ends).sort()).toEqual(['s1', 's2'])
    expect([...ends][0]).toMatch(/ session.ended online s1 600000 admin$/)
  })

  it('ends nothing that was over before, unless its id began another life', async () => {
    const over = { at: 5 * minute, type: 'session.ended', session: 's1', subject: 'ada' } as const
    expect(await endsOf(tell([begun('s1', 0), over, signedOut(10 * minute)]))).toEqual(new Set())
    const again = [begun('s1', 0), over, begun('s1', 7 * minute), signedOut(10 * minute)]
    expect(sessionsIn(await endsOf(tell(again)))).toEqual(['s1'])
  })

  it('ends no life that somebody else has begun on the id meanwhile', async () => {
    const over = { at: 5 * minute, type: 'session.ended', session: 's1', subject: 'ada' } as const
    const shared = [begun('s1', 0), over, begun('s1', 7 * minute, { subject: 'grace' })]
    expect(await endsOf(tell([...shared, signedOut(10 * minute)]))).toEqual(new Set())
    const hers = { ...signedOut(10 * minute), subject: 'grace' }
    expect(sessionsIn(await endsOf(tell([...shared, hers])))).toEqual(['s1'])
    // What ended before the other sign-in is heard of late, and was the session of its subject.
    const untold = [begun('s1', 0), begun('s1', 7 * minute, { subject: 'grace' })]
    const late = tell([...untold, signedOut(5 * minute)])
    expect(sessionsIn(await endsOf(late))).toEqual(['s1'])
  })

  it('leads to the same ends in any order and any split', async () => {
    const history = tell([
      begun('s1', 0),
      begun('s2', 2 * minute),
      signedOut(10 * minute),
      { ...begun('s1', 3 * minute), type: 'session.used' },
      begun('s3', 12 * minute),
      signedOut(20 * minute),
    ])
    const whole = await endsOf(history)
    expect(sessionsIn(whole).sort()).toEqual(['s1', 's2', 's3'])
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...history], { minLength: history.length }),
        fc.integer({ min: 1, max: 6 }),
        async (order, size) => {
          const ends = await endsOf(order, size)
          // A later sign-out may be heard of first and then end what an earlier one had ended.
          for (const end of whole) expect(ends).toContain(end)
          expect(new Set(sessionsIn(ends))).toEqual(new Set(sessionsIn(whole)))
        },
      ),
    )
  })
})

describe('a sign-out of everybody', () => {
  const history = [
    begun('s1', 0),
    begun('s2', minute, { kind: 'offline' }),
    begun('s3', minute, { subject: 'grace' }),
    everybodyOut(10 * minute),
    begun('s4', 11 * minute),
    begun('s5', 12 * minute, { subject: 'grace' }),
  ]

  it('is an end of each session that existed then, of either kind, once its subject is heard of', async () => {
    const ends = await endsOf(tell(history))
    expect(sessionsIn(ends).sort()).toEqual(['s1', 's2', 's3'])
    expect(sessionsIn(await endsOf(tell(history.slice(0, 5)))).sort()).toEqual(['s1', 's2'])
  })

  it('leads to the same ends in any order and any split', async () => {
    const told = tell(history)
    const whole = await endsOf(told)
    const last = tell([
      ...history,
      begun('s6', 13 * minute),
      begun('s7', 13 * minute, { subject: 'grace' }),
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...told], { minLength: told.length }),
        fc.integer({ min: 1, max: 6 }),
        async (order, size) => {
          // Both are heard of once more, after everything else.
          const ends = await endsOf([...order, ...last.slice(-2)], size)
          expect(ends).toEqual(whole)
        },
      ),
    )
  })
})
