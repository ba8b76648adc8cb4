import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankEvent } from '../../src/contract/event.ts'
import { EventType } from '../../src/contract/event-words.ts'
import { RejectedReason } from '../../src/contract/rejected.ts'
import { blankReading } from '../../src/decode/format.ts'
import { loadFormats } from '../../src/runtime/ingest.ts'
import { binding, decodeOne } from './given.ts'

const catalog = await loadFormats()
const shape = Object.keys(blankEvent())
const types: readonly string[] = EventType.anyOf.map((word) => word.const)
const reasons: readonly string[] = RejectedReason.anyOf.map((word) => word.const)

it('the catalogues hold each format once, our own contract among them', () => {
  const ids = catalog.map(({ id }) => id)
  expect(ids).toContain('session-event-v1')
  expect(new Set(ids).size).toBe(ids.length)
})

describe.each(catalog)('$id', (format) => {
  // The lane of history has no bounds that the examples' own dates could break some day.
  const batch = { format: format.id, binding: { ...binding, lane: 'historical' } } as const

  it('shows at least one event and one fault', () => {
    const results = format.examples.map(({ becomes }) => becomes)
    expect(results.some((result) => typeof result === 'object' && 'type' in result)).toBe(true)
    expect(results.some((result) => typeof result === 'object' && 'rejected' in result)).toBe(true)
  })

  it.each(format.examples)('reads $name', ({ message, becomes }) => {
    const { event, rejected, ignored, unread } = decodeOne(message, batch)
    if (becomes === 'ignored') expect({ rejected, ignored }).toEqual({ ignored: 1 })
    else if ('ignored' in becomes) expect(unread[0]).toMatchObject({ why: becomes.ignored })
    else if ('rejected' in becomes) expect(rejected?.reason).toBe(becomes.rejected)
    else {
      expect(rejected).toBeUndefined()
      expect(event).toMatchObject(becomes)
    }
  })

  it('never throws, and never changes the shape of an event', () => {
    const example = fc.constantFrom(...format.examples).map(({ message }) => message)
    fc.assert(
      fc.property(fc.oneof(fc.object(), example.chain(mutated)), (json) => {
        const draft = blankEvent()
        const message = JSON.parse(JSON.stringify(json))
        format.claims?.(message)
        const result = format.read(message, draft, blankReading())
        expect(Object.keys(draft)).toEqual(shape)
        if (result === 'event') expect(types).toContain(draft.type)
        else if (result !== 'ignored') {
          expect(reasons).toContain(result.reason)
          expect(result.detail).not.toBe('')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

/** The same message with something else in one place. */
function mutated(message: object): fc.Arbitrary<object> {
  const paths = pathsOf(message)
  // The last one cannot be turned into a text.
  const odd = fc.constantFrom<unknown>(
    ...[null, 0, -1, 1.5, '', 'x'.repeat(2000), [], {}, true, { toString: '' }],
  )
  return fc
    .tuple(fc.constantFrom(...paths), fc.oneof(odd, fc.jsonValue()))
    .map(([path, value]) => replaced(message, path, value))
}

function pathsOf(json: unknown): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, value]) => [
    [key],
    ...pathsOf(value).map((path) => [key, ...path]),
  ])
}

function replaced(json: object, path: readonly string[], value: unknown): object {
  const [key = '', ...rest] = path
  const inner: unknown = Object.entries(json).find(([name]) => name === key)?.[1]
  const next = rest.length > 0 && typeof inner === 'object' && inner ? inner : undefined
  return { ...json, [key]: next === undefined ? value : replaced(next, rest, value) }
}
