import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workosEventTypes } from '../../../src/connectors/workos/event-types.ts'
import { readerOf } from '../../../src/connectors/workos/events.ts'
import { decodeOne } from '../../decode/given.ts'

const { read, readUnasked, ignored } = workosEventTypes
const known = new Set([...read, ...readUnasked, ...Object.keys(ignored)])

/**
 * The event types that the official SDK declares: those of its `Event` union and those of its lists
 * for webhook endpoints. In its declarations both are properties whose type is the name itself, so a
 * type that a new version adds is found here.
 */
function typesIn(declarations: string): readonly string[] {
  const names = declarations.matchAll(/\w+: (["'])([a-z_]+(?:\.[a-z_]+)+)\1/g)
  return [...new Set([...names].map(([, , name = '']) => name))]
}

const declarations = readFileSync(
  new URL('../../../node_modules/@workos-inc/node/lib/', import.meta.url).pathname +
    sdkDeclarations(),
  'utf8',
)

function sdkDeclarations(): string {
  const index = readFileSync(
    new URL('../../../node_modules/@workos-inc/node/lib/index.d.mts', import.meta.url),
    'utf8',
  )
  const file = /from "\.\/(factory-[\w-]+)\.mjs"/.exec(index)?.[1]
  if (file === undefined) throw new TypeError('the SDK keeps its types somewhere else now')
  return `${file}.d.mts`
}

describe('every event type of WorkOS', () => {
  it('that the official SDK declares is read, or ignored for a reason that is written down', () => {
    const declared = typesIn(declarations)
    expect(declared.length).toBeGreaterThan(90)
    expect(declared).toContain('session.revoked')
    expect(declared.filter((type) => !known.has(type))).toEqual([])
  })

  it('that a new SDK would add is missed by this test until it is listed', () => {
    const planted = `${declarations}
      interface SessionFrozenEvent extends EventBase { event: 'session.frozen'; data: Session }`
    expect(typesIn(planted).filter((type) => !known.has(type))).toEqual(['session.frozen'])
  })

  it('stands in one list only, and a reason has words', () => {
    expect(known.size).toBe(read.length + readUnasked.length + Object.keys(ignored).length)
    for (const reason of Object.values(ignored)) expect(reason).toMatch(/^\w+ \w+/)
  })

  it.each([...read, ...readUnasked])('%s has a reader', (type) => {
    expect(readerOf(type)).toBeDefined()
  })

  it.each(Object.keys(ignored))('%s is ignored, whatever it holds', (type) => {
    const message = { id: 'event_1', event: type, data: { id: 'x', user_id: 'user_1' } }
    expect(decodeOne(message, { format: 'workos' }).ignored).toBe(1)
  })
})
