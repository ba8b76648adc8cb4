import type { Format } from './format.ts'

/** Where a message names something: the names from the outside in. */
export type KeyPath = readonly string[]

/** The first text that is not empty at any of these places, in their order. */
export function textAt(json: unknown, paths: readonly KeyPath[]): string | undefined {
  for (const path of paths) {
    const text = at(json, path)
    if (typeof text === 'string' && text !== '') return text
  }
  return undefined
}

/**
 * What stands there, also within texts of JSON; undefined for nothing and for null.
 *
 * @throws SyntaxError for a text that only begins like JSON.
 */
export function at(json: unknown, path: KeyPath): unknown {
  let part: unknown = json
  for (const name of path) {
    if (typeof part === 'string' && part.startsWith('{')) part = JSON.parse(part)
    if (typeof part !== 'object' || part === null) return undefined
    part = Object.getOwnPropertyDescriptor(part, name)?.value
  }
  return part ?? undefined
}

/** The key of a message of this format. */
export type KeyOf = (value: Buffer, format: string) => string | null

/**
 * Makes the keys by which messages go into Kafka: events of one subject must stay in order in one
 * partition. Null where nobody is named, of a format that there is not, and of what is no JSON: decode
 * rejects those wherever they land.
 */
export function makeKeyOf(formats: readonly Pick<Format, 'id' | 'subjectKey'>[]): KeyOf {
  const keys = new Map(formats.map(({ id, subjectKey }) => [id, subjectKey]))
  return (value, format) => {
    const subjectKey = keys.get(format)
    if (subjectKey === undefined) return null
    try {
      const json: unknown = JSON.parse(value.toString())
      for (const around of wrappings) {
        const event = at(json, around)
        const key = event === undefined ? undefined : subjectKey(event)
        if (key !== undefined) return key
      }
      return null
    } catch {
      return null
    }
  }
}

/** The event itself, and within what producers put around it. */
const wrappings: readonly KeyPath[] = [[], ['payload'], ['data']]
