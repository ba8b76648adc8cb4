import { expect, it } from 'vitest'
import { makeStopDeadline } from '../../src/runtime/stop-deadline.ts'
import { makeClock, settle, silentLog } from '../given.ts'

/** A stop at its begin, and what it said was left behind. */
function aStop() {
  const { clock, advance } = makeClock()
  const left: object[] = []
  const log = { ...silentLog, warn: (fields: object) => left.push(fields) }
  const deadline = makeStopDeadline({ clock, log })
  deadline.begin()
  return { deadline, advance, left }
}
const never = () => new Promise<void>(() => {})

it('a stop counts every wait from its one beginning: what hangs first leaves less to what hangs next', async () => {
  const { deadline, advance, left } = aStop()
  let isOver = false
  const stop = async () => {
    await deadline.within('the API', 3_000, never)
    await deadline.within('sources', 5_000, never)
    await deadline.within('notices', 6_000, never)
    isOver = true
  }
  void stop()
  await advance(5_999)
  expect([isOver, deadline.leftMs(7_000)]).toEqual([false, 1_001])
  await advance(1)
  expect([isOver, left]).toEqual([
    true,
    [{ what: 'the API' }, { what: 'sources' }, { what: 'notices' }],
  ])
})

it('a stop goes on at once where what it closes is closed, and fails as that fails', async () => {
  const { deadline, left } = aStop()
  await deadline.within('the API', 3_000, async () => {})
  const refused = deadline.within('the store', 3_000, () => Promise.reject(new Error('no room')))
  await expect(refused).rejects.toThrow('no room')
  await settle()
  expect(left).toEqual([])
})
