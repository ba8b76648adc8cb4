import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeAskedTypes } from '../../../src/source/feeds/asked-types.ts'

const hourMs = 60 * 60_000
const { signal } = new AbortController()

/** A provider that refuses some types, and counts how often it was asked for one alone. */
function makeProvider(types: readonly string[], refuses: ReadonlySet<string>) {
  const told: string[] = []
  const probed: string[] = []
  const time = { now: 0 }
  const asked = makeAskedTypes({
    types,
    now: () => time.now,
    isRefused: async (type) => {
      probed.push(type)
      return refuses.has(type)
    },
    onRefused: (type) => told.push(type),
  })
  return { asked, told, probed, time }
}

/** Asks until it is answered, as a feed does; how often it was refused. */
async function askUntilAnswered(
  asked: ReturnType<typeof makeAskedTypes>,
  refuses: ReadonlySet<string>,
  textOf: (refused: readonly string[]) => string,
): Promise<number | 'refused'> {
  for (let times = 0; times < 100; times += 1) {
    const refused = asked.current().filter((type) => refuses.has(type))
    if (refused.length === 0) return times
    if (!(await asked.leaveOut(textOf(refused), signal))) return 'refused'
  }
  return 'refused'
}

const all = ['session.created', 'agent.session.created', 'session.revoked', 'user.deleted', 'user']

describe('the types of events that a feed asks for', () => {
  test('are in the end exactly those that are not refused, whatever the refusals say', async () => {
    const phrase = fc.constantFrom(
      (refused: readonly string[]) => `Invalid name parameter, received: '${refused[0]}'.`,
      (refused: readonly string[]) => JSON.stringify({ errors: refused }),
      () => '',
      () => 'Bad Request',
      () => `Expected one of ${all.join(', ')}.`,
      () => 'You must pass session.created or user.deleted',
    )
    await fc.assert(
      fc.asyncProperty(fc.subarray(all, { maxLength: all.length - 1 }), phrase, async (no, say) => {
        const refuses = new Set(no)
        const { asked, told, probed } = makeProvider(all, refuses)
        expect(await askUntilAnswered(asked, refuses, say)).not.toBe('refused')
        expect(asked.current()).toEqual(all.filter((type) => !refuses.has(type)))
        expect([...told].sort()).toEqual([...no].sort())
        expect(probed.length).toBeLessThanOrEqual(3 * all.length)
      }),
      { numRuns: 200 },
    )
  })

  test('cost one more request each where the refusal names them', async () => {
    const refuses = new Set(['agent.session.created', 'user'])
    const { asked, probed } = makeProvider(all, refuses)
    const say = (refused: readonly string[]) => `received: '${refused[0]}'. Pass valid names.`
    expect(await askUntilAnswered(asked, refuses, say)).toBe(2)
    expect(probed).toEqual(['agent.session.created', 'user'])
  })

  test('all stay when all are refused, and are tried one by one once an hour at most', async () => {
    const refuses = new Set(all)
    const { asked, told, probed, time } = makeProvider(all, refuses)
    for (let minute = 0; minute < 60; minute += 1) {
      time.now = minute * 60_000
      expect(await asked.leaveOut('Bad Request', signal)).toBe(false)
    }
    expect([asked.current(), told, probed.length]).toEqual([all, [], all.length])
    time.now = hourMs
    await asked.leaveOut('Bad Request', signal)
    expect(probed).toHaveLength(2 * all.length)
  })

  test('are asked for again after a day, since what is refused today may be switched on', async () => {
    const refuses = new Set(['user'])
    const { asked, told, time } = makeProvider(all, refuses)
    await askUntilAnswered(asked, refuses, () => '')
    time.now = 24 * hourMs - 1
    expect(asked.current()).not.toContain('user')
    time.now = 24 * hourMs
    expect(asked.current()).toEqual(all)
    expect(told).toEqual(['user'])
  })
})
