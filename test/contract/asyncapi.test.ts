import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { version } from '../../src/config/version.ts'
import { asyncapi } from '../../src/contract/asyncapi.ts'
import { EventType } from '../../src/contract/event-words.ts'

/** The specification's own schema: `schemas/3.0.0-without-$id.json` of @asyncapi/specs 6.11.1. */
const official: object = JSON.parse(readFileSync('test/fixtures/asyncapi-3.0.0.json', 'utf8'))

/** The document, as far as the tests look into it. */
interface Described {
  readonly components: {
    readonly messages: {
      readonly sessionEvent: {
        readonly payload: { readonly schema: object }
        readonly examples: readonly { readonly name: string; readonly payload: object }[]
      }
    }
  }
}

const text = `${JSON.stringify(asyncapi({ version }), null, 2)}\n`
const described: Described = JSON.parse(text)
const { payload, examples } = described.components.messages.sessionEvent

describe('the AsyncAPI document', () => {
  it('is valid by the schema of the specification, which refuses another one', () => {
    const check = new Ajv({ strict: false, validateFormats: false }).compile(official)
    check(described)
    expect(check.errors ?? []).toEqual([])
    expect(check({ ...described, channels: { x: { address: 7 } } })).toBe(false)
  })

  it('is the one in schemas/', () => {
    expect(readFileSync('schemas/asyncapi.json', 'utf8')).toBe(text)
  })

  it('gives an example of every type of event that its schema takes, as draft-07', () => {
    const ajv = new Ajv({ strict: false, formats: { 'date-time': true } })
    const takes = ajv.compile(payload.schema)
    expect(examples.map(({ name }) => name).sort()).toEqual(
      EventType.anyOf.map((word) => word.const).sort(),
    )
    for (const each of examples) expect([each.name, takes(each.payload)]).toEqual([each.name, true])
    expect(takes({ ...examples[0]?.payload, session: null })).toBe(false)
  })
})
