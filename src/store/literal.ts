import type { AskValue, AskValues } from '../contract/ports.ts'

/**
 * The only place where text from outside becomes SQL. The embedded engine runs statements with bound parameters one at a
 * time, so values are written as typed literals instead; each type has its own encoder, and a value
 * that does not fit its type is refused.
 */

const place = /\{([a-z_][a-z0-9_]*):([A-Za-z0-9_(), ']+)\}/g

/** Elements of one array literal, at most; callers split longer lists. */
export const elementsMax = 5_000

/**
 * Fills every `{name:Type}` of a statement.
 *
 * @throws TypeError when a parameter has no value, a value has no parameter, or a value does not fit its
 *   type: all of them programming errors.
 */
export function fill(sql: string, values: AskValues = {}): string {
  const used = new Set<string>()
  const filled = sql.replace(place, (_, name: string, type: string) => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`no value for {${name}:${type}}`)
    used.add(name)
    return literal(value, type.trim(), name)
  })
  for (const name of Object.keys(values)) {
    if (!used.has(name))
      throw new TypeError(`value '${name}' has no {${name}:Type} in the statement`)
  }
  return filled
}

/** One value as a literal of the given ClickHouse type. */
export function literal(value: AskValue, type: string, name = 'value'): string {
  const nullable = inner(type, 'Nullable')
  if (nullable !== undefined) return value === null ? 'null' : literal(value, nullable, name)
  const element = inner(type, 'Array')
  if (element !== undefined) return array(value, element, type, name)
  if (type === 'String' && typeof value === 'string') return quoted(value)
  if (/^U?Int(8|16|32|64)$/.test(type)) return integer(value, type, name)
  if (type === 'Float64' && typeof value === 'number' && Number.isFinite(value)) {
    return `toFloat64(${value})`
  }
  if (type === 'Bool' && typeof value === 'boolean') return value ? 'true' : 'false'
  if (type === 'DateTime64(3)') return instant(value, type, name)
  throw misfit(value, type, name)
}

function array(value: AskValue, element: string, type: string, name: string): string {
  if (!Array.isArray(value)) throw misfit(value, type, name)
  if (value.length > elementsMax) {
    throw new TypeError(`'${name}' has ${value.length} elements, at most ${elementsMax} fit`)
  }
  // The cast keeps an empty array typed; without it `in []` has no type to compare with.
  const elements = value.map((each: string | number) => literal(each, element, name))
  return `cast([${elements.join(',')}], '${type}')`
}

function integer(value: AskValue, type: string, name: string): string {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw misfit(value, type, name)
  if (type.startsWith('U') && value < 0) throw misfit(value, type, name)
  return `to${type}(${value})`
}

function instant(value: AskValue, type: string, name: string): string {
  const ms = value instanceof Date ? value.getTime() : value
  if (typeof ms !== 'number' || !Number.isFinite(ms)) throw misfit(value, type, name)
  return `fromUnixTimestamp64Milli(toInt64(${Math.trunc(ms)}), 'UTC')`
}

/** Most texts consist of these alone and need no escaping. */
const plain = /^[\w.:-]*$/

/** A quoted string: backslash and quote escaped, control characters as \xHH. */
export function quoted(text: string): string {
  if (plain.test(text)) return `'${text}'`
  let out = "'"
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (char === '\\' || char === "'") out += `\\${char}`
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else out += char
  }
  return `${out}'`
}

function inner(type: string, wrapper: string): string | undefined {
  return type.startsWith(`${wrapper}(`) && type.endsWith(')')
    ? type.slice(wrapper.length + 1, -1)
    : undefined
}

function misfit(value: AskValue, type: string, name: string): TypeError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  return new TypeError(`'${name}' must fit ${type}; found ${found}`)
}
