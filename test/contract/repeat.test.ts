import { expect, it } from 'vitest'
import { repeat } from '../../src/contract/repeat.ts'
import type { WorkDone } from '../../src/contract/work.ts'
import { makeClock, settle, silentLog } from '../given.ts'

function given(round: () => Promise<void>) {
  const time = makeClock()
  const works: WorkDone[] = []
  const logged: string[] = []
  const stop = new AbortController()
  const running = repeat(
    { of: 'conflicts', everyMs: 30_000, shareMax: 1 / 50, round },
    {
      clock: time.clock,
      log: { ...silentLog, error: (_, text) => void logged.push(text) },
      onWork: (work) => works.push(work),
    },
    stop.signal,
  )
  return { time, works, logged, stop, running }
}

it('a round that fails is said as any work that fails, and the next one is made in its time', async () => {
  let rounds = 0
  const { time, works, logged, stop, running } = given(async () => {
    rounds += 1
    if (rounds === 1) throw new Error('no room')
  })
  await settle()
  await time.advance(30_000)
  expect(works.map(({ isUnderway, error }) => [isUnderway === true, String(error)])).toEqual([
    ...[
      [true, 'undefined'],
      [true, 'undefined'],
    ],
    [false, 'Error: no room'],
    ...[
      [true, 'undefined'],
      [true, 'undefined'],
    ],
    [false, 'undefined'],
  ])
  expect(logged).toEqual(['a sweep failed; it runs again at its next interval'])
  stop.abort()
  await running
})

it('a round that hangs has said by when its next word was due', async () => {
  const { works, stop } = given(() => new Promise(() => {}))
  await settle()
  const underway = { work: 'sweeps', of: 'conflicts', isUnderway: true, withinMs: 120_000 }
  expect(works.at(-1)).toEqual(underway)
  stop.abort()
})

it('a round that is cut off by the end is no failure', async () => {
  const gate = Promise.withResolvers<void>()
  const { works, stop, running } = given(() => gate.promise)
  await settle()
  stop.abort()
  gate.reject(new Error('the store is closed'))
  await running
  expect(works.filter(({ isUnderway }) => !isUnderway)).toEqual([])
})
