/**
 * Replaces a union of single literals by one `enum`: documentation shows it as a list, and client
 * generators make one type of it.
 *
 * @param description JSON Schema, or a document that contains it; it is not changed.
 */
export function enumerate(description: unknown): unknown {
  if (Array.isArray(description)) return description.map(enumerate)
  if (!isObject(description)) return description
  const { anyOf, ...rest } = description
  const words = Array.isArray(anyOf) ? anyOf.map(literalOf) : []
  const isChoice = words.length > 0 && words.every((word) => word !== undefined)
  const told = isChoice ? { ...rest, type: 'string', enum: words } : description
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, enumerate(value)]))
}

/** The one literal that a schema allows; undefined for any other schema. */
function literalOf(schema: unknown): string | undefined {
  if (!isObject(schema) || schema.type !== 'string') return undefined
  const words = Array.isArray(schema.enum) ? schema.enum : [schema.const]
  const [word] = words
  return words.length === 1 && typeof word === 'string' ? word : undefined
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null
}
