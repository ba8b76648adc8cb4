import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SimulatedEvent } from '../../../src/simulate/outbox.ts'
import { makeCollectingSink } from '../../../src/simulate/sinks/collecting.ts'

describe('the gathering sink', () => {
  it('loses nothing, changes no order, and sends few at a time only at the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9)), fc.integer({ min: 1, max: 12 }), async (sizes, max) => {
        const sent: (readonly SimulatedEvent[])[] = []
        const sink = makeCollectingSink({ send: async (lines) => void sent.push(lines) }, max)
        const lines = sizes.map((size, at) =>
          Array.from({ length: size }, (_, n) => ({ key: String(at), json: String(n) })),
        )
        for (const some of lines) await sink.send(some)
        expect(sent.every(({ length }) => length >= max)).toBe(true)
        await sink.close()
        expect(sent.flat()).toEqual(lines.flat())
      }),
    )
  })
})
