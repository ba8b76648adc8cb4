import { expect, it } from 'vitest'
import type { Happening } from '../../src/detect/detector.ts'
import { detector } from '../../src/detect/detectors/used-after-revoked.ts'
import { happen, play } from './play.ts'

it('a use after two ends is counted from the earlier one, in whichever order they were told', async () => {
  const history: readonly Happening[] = [
    { minute: 10, type: 'session.ended' },
    { minute: 10.5, type: 'session.revoked' },
    { minute: 12, outcome: 'accepted', observer: 'idp' },
  ]
  const events = history.map(happen)
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 2, 0],
    [2, 1, 0],
  ]) {
    const told = order.flatMap((index) => events[index] ?? [])
    const standing = await play([detector], [told])
    expect(standing.map(({ facts }) => facts)).toEqual([{ kind: 'breach', secondsAfterEnd: 120 }])
  }
})

it('a sign-in in the same instant as the end of an older session begins a life that may be used', async () => {
  const history: readonly Happening[] = [
    { minute: 0, type: 'session.created' },
    { minute: 10, type: 'session.ended' },
    { minute: 10, type: 'session.created' },
    { minute: 12, outcome: 'accepted', observer: 'idp' },
  ]
  for (const order of [
    [0, 1, 2, 3],
    [0, 2, 1, 3],
    [3, 2, 1, 0],
  ]) {
    const told = order.flatMap((index) => history.map(happen)[index] ?? [])
    expect(await play([detector], [told])).toEqual([])
  }
})

it('an end in the same instant as the only sign-in is the end of that session', async () => {
  const history: readonly Happening[] = [
    { minute: 10, type: 'session.created' },
    { minute: 10, type: 'session.ended' },
    { minute: 12, outcome: 'accepted', observer: 'idp' },
  ]
  const standing = await play([detector], [history.map(happen)])
  expect(standing.map(({ facts }) => facts)).toEqual([{ kind: 'breach', secondsAfterEnd: 120 }])
})
