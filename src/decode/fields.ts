import type { RejectedReason } from '../contract/rejected.ts'
import { idLengthMax } from '../contract/session-event-v1.ts'
import { addressOf } from './address.ts'
import type { Reading, ReadResult } from './format.ts'
import { millisecondsOf, millisecondsOfLoose } from './time.ts'

/** A JSON object whose fields nobody has looked at yet. */
export type Fields = { readonly [name: string]: unknown }

export function resultOf(reading: Reading): ReadResult {
  return reading.fault ?? 'event'
}

export function note(reading: Reading, reason: RejectedReason, detail: string): void {
  reading.fault ??= { reason, detail }
}

/** What `JSON.parse` made of an object is just that: names and unknown values. */
export function fieldsOf(json: object): Fields {
  return json as Fields
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function requiredFields(value: unknown, field: string, reading: Reading): Fields {
  if (isFields(value)) {
    reading.taken++
    return value
  }
  noteMissingOr(value, `${field} must be an object`, field, reading)
  return nothing
}

export function optionalFields(value: unknown, field: string, reading: Reading): Fields {
  return value === undefined ? nothing : requiredFields(value, field, reading)
}

/** As optional, and null says the same as leaving it out. */
export function nullableFields(value: unknown, field: string, reading: Reading): Fields {
  return value === undefined || value === null ? nothing : requiredFields(value, field, reading)
}

const nothing: Fields = Object.freeze({})

export function requiredText(value: unknown, field: string, max: number, reading: Reading): string {
  if (typeof value === 'string') {
    reading.taken++
    if (value.length !== 0 && !isLonger(value, max)) return value
    note(reading, 'out_of_bounds', `${field} must have 1 to ${max} characters`)
  } else noteMissingOr(value, `${field} must be a string`, field, reading)
  return ''
}

export function requiredId(value: unknown, field: string, reading: Reading): string {
  return requiredText(value, field, idLengthMax, reading)
}

export function optionalId(value: unknown, field: string, reading: Reading): string {
  return value === undefined ? '' : requiredText(value, field, idLengthMax, reading)
}

export function optionalText(value: unknown, field: string, max: number, reading: Reading): string {
  return value === undefined ? '' : requiredText(value, field, max, reading)
}

/** As optional, and null or '' say the same as leaving it out. */
export function nullableId(value: unknown, field: string, reading: Reading): string {
  return value === null || value === '' ? '' : optionalId(value, field, reading)
}

/**
 * Text that describes and names nothing, from a provider's own feed. It is cut at `max`, because
 * who signs in chooses it, and must not be able to choose one with which the sign-in goes unseen.
 */
export function describingText(
  value: unknown,
  field: string,
  max: number,
  reading: Reading,
): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') {
    note(reading, 'wrong_type', `${field} must be a string`)
    return ''
  }
  if (value.length <= max) return value
  const cut = value.slice(0, max)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

export function requiredWord<Word extends string>(
  value: unknown,
  words: ReadonlySet<Word>,
  field: string,
  reading: Reading,
): Word | '' {
  if (typeof value === 'string') {
    reading.taken++
    if (isOneOf(words, value)) return value
    note(reading, 'out_of_bounds', `${field} must be one of the words of the contract`)
  } else noteMissingOr(value, `${field} must be a string`, field, reading)
  return ''
}

export function optionalWord<Word extends string>(
  value: unknown,
  words: ReadonlySet<Word>,
  field: string,
  reading: Reading,
): Word | '' {
  return value === undefined ? '' : requiredWord(value, words, field, reading)
}

/** The words of a closed list of the contract. */
export function wordsOf<Word extends string>(union: {
  readonly anyOf: readonly { readonly const: Word }[]
}): ReadonlySet<Word> {
  return new Set(union.anyOf.map((member) => member.const))
}

function isOneOf<Word extends string>(words: ReadonlySet<Word>, value: string): value is Word {
  const all: ReadonlySet<string> = words
  return all.has(value)
}

export function requiredTime(value: unknown, field: string, reading: Reading): number {
  const at = optionalTime(value, field, reading)
  if (at === null) note(reading, 'missing_field', `${field} is missing`)
  return at ?? 0
}

/** RFC 3339, in milliseconds; null when it was not said. */
export function optionalTime(value: unknown, field: string, reading: Reading): number | null {
  if (value === undefined) return null
  if (typeof value !== 'string') {
    note(reading, 'wrong_type', `${field} must be a string`)
    return null
  }
  reading.taken++
  const at = value.length < 20 || value.length > 40 ? Number.NaN : millisecondsOf(value)
  if (!Number.isNaN(at)) return at
  note(reading, 'out_of_bounds', `${field} must be an RFC 3339 time with an offset`)
  return null
}

/** As optional, null says nothing, and a time without a zone is UTC. */
export function nullableTime(value: unknown, field: string, reading: Reading): number | null {
  if (value === undefined || value === null) return null
  const at = typeof value === 'string' ? millisecondsOfLoose(value) : Number.NaN
  if (!Number.isNaN(at)) return at
  const reason = typeof value === 'string' ? 'out_of_bounds' : 'wrong_type'
  note(reading, reason, `${field} must be an ISO 8601 time`)
  return null
}

export function optionalNumber(
  value: unknown,
  field: string,
  { min, max, whole }: { readonly min: number; readonly max: number; readonly whole: boolean },
  reading: Reading,
): number | null {
  if (value === undefined) return null
  if (typeof value !== 'number') {
    note(reading, 'wrong_type', `${field} must be a number`)
    return null
  }
  reading.taken++
  // Infinity is what JSON.parse makes of 1e999. Adding 0 turns -0 into 0: two spellings, one value.
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value + 0
  const what = whole ? 'a whole number' : 'a number'
  note(reading, 'out_of_bounds', `${field} must be ${what} from ${min} to ${max}`)
  return null
}

export function optionalAddress(value: unknown, field: string, reading: Reading): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') {
    note(reading, 'wrong_type', `${field} must be a string`)
    return ''
  }
  reading.taken++
  const address = addressOf(value)
  if (address === '') note(reading, 'out_of_bounds', `${field} must be an IPv4 or IPv6 address`)
  return address
}

/** '' for what is no address: a proxy's `unknown` must not make a provider's event unreadable. */
export function describingAddress(value: unknown): string {
  return typeof value === 'string' ? addressOf(value) : ''
}

/** An e-mail address describes its subject; what cannot be one is left out. */
export function describingEmail(value: unknown): string {
  const isOne = typeof value === 'string' && value.includes('@') && !isLonger(value, 320)
  return isOne && value.length >= 3 ? value : ''
}

/** JSON Schema counts code points, so a length in UTF-16 units decides only when it is small. */
export function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || codePoints(text) > max)
}

export function isShorter(text: string, min: number): boolean {
  return text.length < 2 * min && codePoints(text) < min
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function noteMissingOr(value: unknown, wrong: string, field: string, reading: Reading): void {
  if (value === undefined) note(reading, 'missing_field', `${field} is missing`)
  else note(reading, 'wrong_type', wrong)
}
