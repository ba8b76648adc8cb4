import { expect, it } from 'vitest'
import { makeRecentIdsByInstance } from '../../../src/enforce/paging/recent-ids-by-instance.ts'

it('a flood of one instance makes it forget its own names, and never those of another', () => {
  const seen = makeRecentIdsByInstance(1_000)
  for (let each = 0; each < 100; each += 1) seen.add('acme', `a${each}`)
  for (let each = 0; each < 50_000; each += 1) seen.add('globex', `g${each}`)
  const kept = Array.from({ length: 100 }, (_, each) => seen.has('acme', `a${each}`))
  expect(kept).not.toContain(false)
  expect([seen.has('globex', 'g49999'), seen.has('globex', 'g0')]).toEqual([true, false])
  const all = Array.from({ length: 50_000 }, (_, each) => seen.has('globex', `g${each}`))
  expect(all.filter((is) => is).length).toBeLessThanOrEqual(900)
})
