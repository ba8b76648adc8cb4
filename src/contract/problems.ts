import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'

/** How many problems are looked for at once; typebox stops at 8 by itself. */
const problemsMax = 1_000

/**
 * What is wrong with a value, one line for each place in it, as a JSON pointer with what is expected
 * there. Lines name places and never values, since a value may be a secret.
 */
export function problemsOf(schema: TSchema, value: unknown): readonly string[] {
  const found = errorsOf(schema, value)
  // A choice speaks for all its branches: why each of them did not fit would only confuse.
  const choices = found.filter(
    (one) =>
      one.keyword === 'anyOf' &&
      !found.some((other) => other.keyword === 'anyOf' && isWithin(one, other)),
  )
  const lines = found
    .filter((one) => !choices.some((choice) => one !== choice && isAt(one, choice.instancePath)))
    .flatMap((one) => linesOf(one, schema))
  return [...new Set(lines)]
}

type Found = ReturnType<typeof Value.Errors>[number]

function errorsOf(schema: TSchema, value: unknown): readonly Found[] {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: problemsMax })
  try {
    return Value.Errors(schema, value)
  } finally {
    Settings.Set({ maxErrors })
  }
}

/** Whether an error comes from a branch of the other's choice. */
function isWithin(one: Found, other: Found): boolean {
  return one !== other && one.schemaPath.startsWith(`${other.schemaPath}/`)
}

function isAt({ instancePath }: Found, place: string): boolean {
  return instancePath === place || instancePath.startsWith(`${place}/`)
}

function linesOf(error: Found, schema: TSchema): readonly string[] {
  const { instancePath, schemaPath, message } = error
  const place = instancePath || '/'
  switch (error.keyword) {
    // Told by the `boolean` of each field that is too much.
    case 'additionalProperties':
      return []
    case 'boolean': {
      const known = Object.keys(partOf(schema, schemaPath, 1).properties ?? {})
      return [`${place}: no such field; known are ${known.join(', ')}`]
    }
    case 'required':
      return error.params.requiredProperties.map((name) => `${instancePath}/${name}: is missing`)
    case 'const':
      return [`${place}: must be ${JSON.stringify(error.params.allowedValue)}`]
    case 'anyOf':
      return [`${place}: must be ${expectedOf(partOf(schema, schemaPath))}`]
    default:
      return [`${place}: ${message}`]
  }
}

/** What problems need to know of a part of a schema. */
interface Part {
  readonly [keyword: string]: unknown
  readonly title?: unknown
  readonly const?: unknown
  readonly type?: unknown
  readonly anyOf?: unknown
  readonly properties?: object
}

/** The part that a schema path such as `#/properties/causes` names, some steps above its end. */
function partOf(schema: TSchema, schemaPath: string, above = 0): Part {
  const steps = schemaPath.split('/').slice(1)
  let part: Part = { ...schema }
  for (const step of steps.slice(0, steps.length - above)) {
    const next = part[step]
    if (typeof next !== 'object' || next === null) return {}
    part = { ...next }
  }
  return part
}

/** What a choice takes, in its own words where it has some. */
function expectedOf({ title, anyOf }: Part): string {
  if (typeof title === 'string') return title
  const branches: readonly Part[] = Array.isArray(anyOf) ? anyOf : []
  const words = branches.map((branch) => String(branch.const ?? branch.type ?? 'something else'))
  return words.length > 1 ? `one of ${words.join(', ')}` : words.join('')
}
