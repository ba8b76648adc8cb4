import type { RejectedReason } from '../contract/rejected.ts'
import { idLengthMax } from '../contract/session-event-v1.ts'
import { clientAddressOf } from './address.ts'
import type { Reading, ReadResult } from './format.ts'
import { instantOf } from './time.ts'

/**
 * Readers of single fields, of two kinds. Those of names (`required…`, `nullable…`) note a fault, and
 * the message becomes no event: a name that is mended could be somebody else's. Those of descriptions
 * (`describing…`) never do: who signs in chooses them, and must not be able to choose one with which
 * the event goes unseen. What cannot be used is cut or left out, and counted.
 *
 * For all of them null, '' and text of nothing but white space say the same as leaving a field out.
 */

/** A JSON object whose fields are not checked yet. */
export type Fields = { readonly [name: string]: unknown }

/** Stands in parsed JSON where a key was there twice, so that readers could differ about it. */
export const repeatedKey: readonly never[] = Object.freeze([])
/** Stands in parsed JSON for what is nested deeper than is read. */
export const nestedTooDeep: readonly never[] = Object.freeze([])

export function resultOf(reading: Reading): ReadResult {
  return reading.fault ?? 'event'
}

export function note(reading: Reading, reason: RejectedReason, detail: string): void {
  reading.fault ??= { reason, detail }
}

/** Records that the value of a field is unusable, in whole or in part. */
export function leaveOut(reading: Reading, field: string): void {
  reading.leftOut ??= []
  reading.leftOut.push(field)
}

/** What `JSON.parse` made of an object is just that: names and unknown values. */
export function fieldsOf(json: object): Fields {
  return json as Fields
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is empty. */
export function isAbsent(value: unknown): value is undefined | null | string {
  return value === undefined || value === null || (typeof value === 'string' && isBlank(value))
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0)
  return !(first > 0x20 && first < 0x80) && text.trim() === ''
}

/** As `isAbsent`, and counts the field as one that a reader has found. */
export function saysNothing(value: unknown, reading: Reading): value is undefined | null | string {
  if (value === undefined) return true
  reading.taken++
  return isAbsent(value)
}

const nothing: Fields = Object.freeze({})

export function requiredFields(value: unknown, field: string, reading: Reading): Fields {
  noteMissing(value, field, reading)
  return nullableFields(value, field, reading)
}

export function nullableFields(value: unknown, field: string, reading: Reading): Fields {
  if (saysNothing(value, reading)) return nothing
  if (isFields(value)) return value
  noteWrong(value, field, 'an object', reading)
  return nothing
}

export function describingFields(value: unknown, field: string, reading: Reading): Fields {
  if (saysNothing(value, reading)) return nothing
  if (isFields(value)) return value
  leaveOut(reading, field)
  return nothing
}

/** Text of 1 to `max` characters, as it is. */
export function requiredText(value: unknown, field: string, max: number, reading: Reading): string {
  noteMissing(value, field, reading)
  return nullableText(value, field, max, reading)
}

export function requiredId(value: unknown, field: string, reading: Reading): string {
  return requiredText(value, field, idLengthMax, reading)
}

export function nullableId(value: unknown, field: string, reading: Reading): string {
  return nullableText(value, field, idLengthMax, reading)
}

function nullableText(value: unknown, field: string, max: number, reading: Reading): string {
  if (saysNothing(value, reading)) return ''
  if (typeof value !== 'string') noteWrong(value, field, 'a string', reading)
  else if (isLonger(value, max)) {
    note(reading, 'out_of_bounds', `${field} must have 1 to ${max} characters`)
  } else if (reading.hasOddText && isBroken(value, reading)) {
    note(reading, 'not_utf8', `${field} holds half a character, or bytes that are no text`)
  } else return value
  return ''
}

/** Left out where it cannot be used: ids that are cut would meet. */
export function describingId(value: unknown, field: string, reading: Reading): string {
  if (saysNothing(value, reading)) return ''
  const isOne = typeof value === 'string' && !isLonger(value, idLengthMax)
  if (isOne && !(reading.hasOddText && isBroken(value, reading))) return value
  leaveOut(reading, field)
  return ''
}

/** Cut at `max` UTF-16 units, never within a character; half a character is replaced. */
export function describingText(
  value: unknown,
  field: string,
  max: number,
  reading: Reading,
): string {
  if (saysNothing(value, reading)) return ''
  if (typeof value !== 'string') {
    leaveOut(reading, field)
    return ''
  }
  const text = reading.hasOddText ? value.toWellFormed() : value
  if (text.length <= max) return text
  leaveOut(reading, field)
  const cut = text.slice(0, max)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

export function requiredWord<Word extends string>(
  value: unknown,
  words: ReadonlySet<Word>,
  field: string,
  reading: Reading,
): Word | '' {
  noteMissing(value, field, reading)
  return nullableWord(value, words, field, reading)
}

/** One of the words, spelled as it is: it decides what the event means. */
export function nullableWord<Word extends string>(
  value: unknown,
  words: ReadonlySet<Word>,
  field: string,
  reading: Reading,
): Word | '' {
  if (saysNothing(value, reading)) return ''
  if (typeof value !== 'string') noteWrong(value, field, 'a string', reading)
  else if (isOneOf(words, value)) return value
  else note(reading, 'out_of_bounds', `${field} must be one of the words of the contract`)
  return ''
}

/** The words of a closed list of the contract. */
export function wordsOf<Word extends string>(union: {
  readonly anyOf: readonly { readonly const: Word }[]
}): ReadonlySet<Word> {
  return new Set(union.anyOf.map((member) => member.const))
}

export function isOneOf<Word extends string>(
  words: ReadonlySet<Word>,
  value: string,
): value is Word {
  const all: ReadonlySet<string> = words
  return all.has(value)
}

/** Any spelling of one instant, in milliseconds since the epoch: see `instantOf`. */
export function requiredTime(value: unknown, field: string, reading: Reading): number {
  noteMissing(value, field, reading)
  return nullableTime(value, field, reading) ?? 0
}

/** `read` says what a time without an offset is: none, unless it is `instantInUtc`. */
export function nullableTime(
  value: unknown,
  field: string,
  reading: Reading,
  read: ReadTime = instantOf,
): number | null {
  if (saysNothing(value, reading)) return null
  const at = timeIn(value, read)
  if (!Number.isNaN(at)) return at
  if (typeof value === 'string' || typeof value === 'number') {
    note(reading, 'out_of_bounds', `${field} must be a time with an offset from UTC`)
  } else noteWrong(value, field, 'a time', reading)
  return null
}

export function describingTime(
  value: unknown,
  field: string,
  reading: Reading,
  read: ReadTime = instantOf,
): number | null {
  if (saysNothing(value, reading)) return null
  const at = timeIn(value, read)
  if (!Number.isNaN(at)) return at
  leaveOut(reading, field)
  return null
}

type ReadTime = (value: string | number) => number

function timeIn(value: unknown, read: ReadTime): number {
  return typeof value === 'string' || typeof value === 'number' ? read(value) : Number.NaN
}

/** `whole` asks for an integer. */
export interface Bounds {
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

/**
 * The address of a client, in the spellings that `clientAddressOf` knows. Frameworks hand a header out
 * as an array of its values, which together are one list (RFC 9110 section 5.3).
 */
export function describingAddress(value: unknown, field: string, reading: Reading): string {
  if (saysNothing(value, reading)) return ''
  const isHeader = Array.isArray(value) && value.every((each) => typeof each === 'string')
  const text = isHeader ? value.join(',') : value
  const address = typeof text === 'string' ? clientAddressOf(text, reading.trustedHops) : ''
  if (address === '') leaveOut(reading, field)
  return address
}

export function describingEmail(value: unknown, field: string, reading: Reading): string {
  if (saysNothing(value, reading)) return ''
  const email = emailIn(value)
  if (email === '') leaveOut(reading, field)
  return email
}

/**
 * The e-mail address that a field of another meaning may hold, a user name for one; else ''. Without
 * white space around it, since people of a directory are found by it.
 */
export function emailIn(value: unknown): string {
  if (typeof value !== 'string' || !value.includes('@') || isLonger(value, 320)) return ''
  const email = value.trim()
  return email.length >= 3 ? email.toWellFormed() : ''
}

/** JSON Schema counts code points, so a length in UTF-16 units decides only when it is small. */
function isLonger(text: string, max: number): boolean {
  return text.length > max && (text.length > 2 * max || codePoints(text) > max)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

function isBroken(text: string, { hasOddBytes }: Reading): boolean {
  return !text.isWellFormed() || (hasOddBytes && text.includes('\ufffd'))
}

function noteMissing(value: unknown, field: string, reading: Reading): void {
  if (isAbsent(value)) note(reading, 'missing_field', `${field} is missing`)
}

function noteWrong(value: unknown, field: string, wanted: string, reading: Reading): void {
  if (value === repeatedKey) note(reading, 'duplicate_key', `${field} is there twice`)
  else note(reading, 'wrong_type', `${field} must be ${wanted}`)
}
