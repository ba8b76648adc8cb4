import { expect, it } from 'vitest'
import type { ListSnapshot } from '../../../src/enforce/observe/recent-lists.ts'
import { RecentLists } from '../../../src/enforce/observe/recent-lists.ts'

const subject = (tenant: string, each: number) => ({
  ...{ tenant, instance: 'idp', subjectRef: `user-${each}` },
})
const aList = (startedAt: number, sessions: number): ListSnapshot => ({
  ...{ startedAt, finishedAt: startedAt, complete: true },
  names: new Set(Array.from({ length: sessions }, (_, each) => `online s${each}`)),
})

it('lists are remembered within bounds that instances share: one that lists many forgets its own', () => {
  const lists = new RecentLists(1_000)
  lists.add(subject('acme', 0), aList(1, 9))
  for (let each = 0; each < 5_000; each += 1) lists.add(subject('globex', each), aList(2, 9))
  expect(lists.of(subject('acme', 0))).toHaveLength(1)
  const of = (each: number) => lists.of(subject('globex', each)).length
  const held = Array.from({ length: 5_000 }, (_, each) => of(each)).filter((count) => count > 0)
  expect([of(4_999), of(0), held.length]).toEqual([1, 0, 99])
})

it('the last three lists of a subject are remembered, and the newest even where it is larger than all the room', () => {
  const lists = new RecentLists(10)
  for (const at of [1, 2, 3, 4]) lists.add(subject('acme', 0), aList(at, 100))
  expect(lists.of(subject('acme', 0)).map(({ startedAt }) => startedAt)).toEqual([2, 3, 4])
})
