import { describe, expect, it } from 'vitest'
import type { Ask } from '../../src/contract/ports.ts'
import { askIncarnations } from '../../src/verdict/incarnations.ts'
import { makeLoadFacts } from '../../src/verdict/session-facts.ts'

const name = { kind: 'online', session_id: 's' }
const begins = (ms: number, incarnation: number) => ({ ...name, incarnation, from_ms: ms })
const facts = (signed_in: boolean, ...told: readonly (readonly [number, string])[]) => ({
  ...name,
  signed_in,
  refs: told.map(([, ref]) => ref),
  ats: [told.map(([at]) => at)],
})

/** A store with a session of one id, its lives, and who was named when. */
function given(froms: readonly number[], ...named: readonly ReturnType<typeof facts>[]): Ask {
  return async (sql) => {
    if (sql.includes('from session_lives')) {
      return froms.map((from, place) => ({ ...begins(from, place), life: place, alive_ms: 0 }))
    }
    if (sql.includes('groupArray(subject_ref)')) return named
    const at = (ms: number) => new Date(ms).toISOString()
    const session = ['online', 's', 'ref-a', 'user', '', at(1), at(1), null, null, null]
    const fact = (word: string, ...ats: readonly string[]) => ['online', 's', word, ats]
    return [
      { part: 'session', cells: JSON.stringify(session) },
      { part: 'facts', cells: JSON.stringify(fact('created', at(1), at(30))) },
      { part: 'facts', cells: JSON.stringify(fact('revoked', at(20))) },
    ]
  }
}

describe('the lives of an id that is used again', () => {
  it('are of whoever signed in, and an end at the instant of the next sign-in is of the life before', async () => {
    const ask = given([0, 20], facts(false, [20, 'ref-a']), facts(true, [1, 'ref-a']))
    const [incarnations = []] = [...(await askIncarnations(ask, 't', 'i', ['s'])).values()]
    expect(incarnations.map(({ subjectRef }) => subjectRef)).toEqual(['ref-a', ''])
  })

  it("are nobody else's where several people had the id and nobody named the last", async () => {
    const signedIn = facts(true, [1, 'ref-a'], [20, 'ref-b'])
    const loadFacts = makeLoadFacts(given([0, 20, 30], signedIn))
    const [known] = [...(await loadFacts('t', 'i', ['s'])).values()]
    expect(known?.subjectRef).toBe('')
  })
})
