import fc from 'fast-check'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'

/** A JSON object whose fields are not known. */
export type Json = { readonly [name: string]: unknown }

/** What of a JSON schema the contract uses. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

/** RFC 3339 in all its spellings, within years that the historical lane takes. */
export const anyTime: fc.Arbitrary<string> = fc
  .record({
    at: fc.date({
      min: new Date('2000-01-02T00:00:00Z'),
      max: new Date('2280-01-01T00:00:00Z'),
      noInvalidDate: true,
    }),
    fraction: fc.option(fc.stringMatching(/^\d{1,9}$/)),
    zone: fc.oneof(
      fc.constantFrom('Z', 'z'),
      fc.stringMatching(/^[+-](?:0\d|1\d|2[0-3]):[0-5]\d$/),
    ),
    t: fc.constantFrom('T', 't'),
  })
  .map(({ at, fraction, zone, t }) => {
    const [day = '', rest = ''] = at.toISOString().split('T')
    return `${day}${t}${rest.slice(0, 8)}${fraction === null ? '' : `.${fraction}`}${zone}`
  })

/** The contract as producers get it: as JSON. */
const published: Schema = JSON.parse(JSON.stringify(SessionEventV1))

/** Anything the schema of the contract allows, with addresses that are addresses. */
export const anyEventV1: fc.Arbitrary<Json> = fc
  .tuple(arbitraryOf(published), fc.option(fc.oneof(fc.ipV4(), fc.ipV6())))
  .map(([json, ip]) => {
    const { ip: _, ...rest } = Object(json)
    return ip === null ? rest : { ...rest, ip }
  })

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryOf))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.type === 'object') return objectOf(schema)
  if (schema.type === 'string') return textOf(schema)
  const { minimum: min = 0, maximum: max = 0 } = schema
  return schema.type === 'integer'
    ? fc.integer({ min, max })
    : fc.double({ min, max, noNaN: true }).map((number) => number + 0)
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const entries = Object.entries(properties)
  return fc.record(Object.fromEntries(entries.map(([name, each]) => [name, arbitraryOf(each)])), {
    requiredKeys: [...required],
    noNullPrototype: true,
  })
}

function textOf({ format, pattern, minLength = 0, maxLength = 0 }: Schema): fc.Arbitrary<unknown> {
  if (format === 'date-time') return anyTime
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  return fc.string({ minLength, maxLength, unit: 'binary' })
}
