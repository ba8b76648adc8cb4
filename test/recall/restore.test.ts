import { expect, it } from 'vitest'
import type { MemoryRow } from '../../src/recall/load-memory.ts'
import { restore } from '../../src/recall/restore.ts'
import { SightingsTable } from '../../src/recall/sightings-table.ts'
import { SessionSlot, SubjectSlot } from '../../src/recall/slots.ts'
import { UsesTable } from '../../src/recall/uses-table.ts'

const of = { tenant: 'acme', instance: 'one' }
const fact = (
  part: MemoryRow['part'],
  text: MemoryRow['text'],
  number: MemoryRow['number'],
  ref = 'ada',
): MemoryRow => ({
  ...{ part, ref, text, number },
})

it('brings back all that the store tells but facts on which code throws, and says what is known in part', () => {
  const sightings = new SightingsTable()
  const [ada, bob] = ['ada', 'bob'].map((ref) => new SubjectSlot(of, ref, sightings))
  const session = new SessionSlot(of, { sessionKind: 'online', sessionId: 's1' }, new UsesTable())
  const failed: string[] = []
  restore(
    [
      fact('first', ['country', 'PL', 'e1'], [1, 1]),
      fact('first', ['country', 'PT', 'e2'], [2, 0]),
      fact('act', ['instance.signed_out', 'e3'], [3], ''),
      fact('first', ['country', 'JP', 'e4'], [4, 0], 'bob'),
      fact('session', ['online', 's1'], [5, 5, null, null, null, 5, 0]),
      fact('turn', ['ended', 'online', 's1'], [9]),
    ],
    {
      subject: (ref) => (ref === 'ada' ? ada : bob),
      resident: () => undefined,
      asked: () => session,
      blank: () => session,
      signOut: () => {
        throw new TypeError('planted')
      },
      // Called for the one fact that is stale.
      stale: () => {
        throw new RangeError('planted')
      },
      failed: ({ part, text }, error) => failed.push(`${part} ${text.join(' ')}: ${error}`),
    },
  )
  expect(failed).toEqual([
    'first country PL e1: RangeError: planted',
    'act instance.signed_out e3: TypeError: planted',
  ])
  expect(ada?.countries).toMatchObject({ overflow: true, seen: [{ value: 'PL' }, { value: 'PT' }] })
  expect(bob?.countries).toMatchObject({ overflow: false, seen: [{ value: 'JP' }] })
  expect(session.ends).toEqual([9])
})
