import { describe, expect, it } from 'vitest'
import { batchAppends } from '../../../src/enforce/observe/batch-loader.ts'

describe('a gatherer of rows', () => {
  it('takes more rows in one call than a call can have arguments', async () => {
    const written: number[] = []
    const append = batchAppends(async (_table, rows) => {
      written.push(rows.length)
    })
    const many = Array.from({ length: 400_000 }, (_, number) => ({ number }))
    await append('curfews', many)
    expect(written).toEqual([400_000])
  })

  it('writes in the next trip what is handed over while one is under way', async () => {
    const trips: number[][] = []
    const append = batchAppends(async (_table, rows) => {
      trips.push(rows.map((row) => Number(Object.values(row)[0])))
    })
    await Promise.all([1, 2, 3].map((number) => append('evidence', [{ number }])))
    expect(trips.flat()).toEqual([1, 2, 3])
    expect(trips.length).toBeLessThan(3)
  })
})
