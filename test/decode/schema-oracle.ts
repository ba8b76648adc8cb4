import { Ajv2020 } from 'ajv/dist/2020.js'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { millisecondsOf } from '../../src/decode/time.ts'

/** The contract as producers get it: as JSON. */
const published: Schema = JSON.parse(JSON.stringify(SessionEventV1))

interface Schema {
  readonly properties?: { readonly [name: string]: Schema }
}

const ajv = new Ajv2020({
  strict: true,
  formats: { 'date-time': (text: string) => !Number.isNaN(millisecondsOf(text)) },
})
const check = ajv.compile(published)

/** Whether a validator that asserts formats takes an event. */
export function fitsSchema(json: unknown): boolean {
  return check(json)
}

/** The fields of a schema: `id`, `session.id`. */
export function pathsIn({ properties = {} }: Schema): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const inner = pathsIn(schema).map((each) => `${name}.${each}`)
    return inner.length === 0 ? [name] : inner
  })
}
