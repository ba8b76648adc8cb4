/** Example values by field name; the people are invented. */
const told: { readonly [field: string]: unknown } = {
  tenant: 'acme',
  instance: 'sso',
  session_kind: 'online',
  kind: 'online',
  session_id: '7c1f4e2a-58a5-4c0e-9a37-0d6a1c4b2f10',
  subject_ref: '9b0e6f3a2c7d41c58e1f0a6b7c8d9e0f',
  subject_id: 'f3a1c2d4',
  email: 'ada@example.com',
  reason: 'Laptop lost on a train',
  ip: '203.0.113.9',
  country: 'PL',
  city: 'Warsaw',
  browser: 'Firefox',
  os: 'Linux',
  detector: 'new-country',
  class: 'credential_reset',
  verdict: 'kept',
  outcome: 'contained_in_time',
  level: 'E2',
  mode: 'enforce',
  certainty: 'certain',
  scope_kind: 'subject',
  initiator_kind: 'admin',
  initiator: 'admin',
  dead_by: 'E2',
  order_state: 'contained',
  state_by: 'E2',
  means: 'listing',
  source: 'feed:sso',
  principal: 'grace',
  lane: 'live',
  title: 'A person is in a country for the first time',
  severity: 'high',
  attack: 'T1078',
  because: '',
  next: null,
}

/**
 * An example value that fits a schema of the API; the same schema always gives the same value.
 *
 * @param schema JSON Schema as the routes write it; unsupported parts become an empty object.
 */
export function exampleOf(schema: unknown, name = ''): unknown {
  const {
    type,
    properties,
    items,
    anyOf,
    allOf,
    enum: words,
    const: only,
    format,
    examples,
    ...rest
  } = fieldsOf(schema)
  const { minimum = 0, default: otherwise, minItems = 1, required = [] } = rest
  if (only !== undefined) return only
  if (Array.isArray(examples)) return examples[0]
  const choice = Array.isArray(words) ? words : undefined
  if (choice) return choice.includes(told[name]) ? told[name] : choice[0]
  if (Array.isArray(anyOf)) return told[name] === null ? null : exampleOf(anyOf[0], name)
  if (Array.isArray(allOf)) return exampleOf(allOf[0], name)
  if (otherwise !== undefined) return otherwise
  if (type === 'object' || properties !== undefined) return objectIn(properties, required)
  if (type === 'array') return minItems === 0 ? [] : [exampleOf(items, name)]
  if (type === 'integer' || type === 'number') return Math.max(1, Number(minimum))
  if (type === 'boolean') return true
  if (type !== 'string') return null
  if (format === 'date-time') return '2026-11-03T09:00:00.000Z'
  if (format === 'date') return '2026-11-03'
  if (typeof told[name] === 'string') return told[name]
  return /(^|_)ids?$/.test(name) ? '5f2c0c9e41d7a3b8' : name
}

function objectIn(properties: unknown, required: unknown): object {
  const wanted: readonly unknown[] = Array.isArray(required) ? required : []
  const entries = Object.entries(fieldsOf(properties)).filter(([name]) => wanted.includes(name))
  return Object.fromEntries(entries.map(([name, schema]) => [name, exampleOf(schema, name)]))
}

function fieldsOf(schema: unknown): { readonly [name: string]: unknown } {
  return typeof schema === 'object' && schema !== null ? { ...schema } : {}
}
