import type { Bounds } from './fields.ts'
import { isOneOf, leaveOut, saysNothing } from './fields.ts'
import type { Reading } from './format.ts'

/** Readers of descriptions that only our own contract holds; as those of `fields.ts`. */

/** One of the words in any case; left out where it is none. */
export function describingWord<Word extends string>(
  value: unknown,
  words: ReadonlySet<Word>,
  field: string,
  reading: Reading,
): Word | '' {
  if (saysNothing(value, reading)) return ''
  if (typeof value === 'string') {
    if (isOneOf(words, value)) return value
    const word = value.trim().toLowerCase()
    if (isOneOf(words, word)) return word
  }
  leaveOut(reading, field)
  return ''
}

/** A number, or one in a string as some serializers write it; left out where it is none. */
export function describingNumber(
  value: unknown,
  field: string,
  { min, max, whole }: Bounds,
  reading: Reading,
): number | null {
  if (saysNothing(value, reading)) return null
  const text = typeof value === 'string' && value.length <= 40 ? value.trim() : ''
  const number = typeof value === 'number' ? value : decimal.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number + 0
  leaveOut(reading, field)
  return null
}

const decimal = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/

/**
 * Two letters of ISO 3166-1 in any case; left out where it is something else, or stands for a country
 * that nobody knows.
 */
export function describingCountry(value: unknown, field: string, reading: Reading): string {
  if (saysNothing(value, reading)) return ''
  const code = typeof value === 'string' ? value.trim().toUpperCase() : ''
  if (countryCode.test(code) && !noCountry.test(code)) return otherNames.get(code) ?? code
  leaveOut(reading, field)
  return ''
}

const countryCode = /^[A-Z]{2}$/
/**
 * Codes that ISO 3166-1 leaves to its users, with which databases and proxies say "unknown" (XX, ZZ);
 * Kosovo is known by one of them. EU and AP are databases' words for "somewhere on that continent".
 */
const noCountry = /^(?:AA|Q[M-Z]|X[A-JL-Z]|ZZ|EU|AP)$/
/** What a country is called beside its code; the look-ups only use the code. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['UK', 'GB'],
  ['EL', 'GR'],
])

/** The number of an autonomous system, with or without the letters AS; 0 is unassigned. */
export function describingAsn(value: unknown, field: string, reading: Reading): number {
  const number = typeof value === 'string' ? value.replace(/^\s*AS(?=\d)/i, '') : value
  return describingNumber(number, field, systems, reading) ?? 0
}

const systems = { min: 0, max: 4_294_967_295, whole: true }
