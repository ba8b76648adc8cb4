/**
 * RFC 3339 section 5.6 date-time to milliseconds since the epoch; NaN when it is none. Digits past
 * the third of the fraction are cut off. A leap second counts as the second after it.
 *
 * By hand, because `Date.parse` takes 2026-02-30 for the second of March, reads a time without an
 * offset as local, and costs several times as much.
 */
export function millisecondsOf(text: string): number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  // Digits that are none count as -1000, so that one look at the signs finds them all.
  if ((year | month | day | hour | minute | second) < 0 || !isSeparated(text)) return Number.NaN
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN
  const zoneAt = endOfFraction(text)
  const offset = offsetMinutes(text, zoneAt)
  if (zoneAt < 0 || Number.isNaN(offset)) return Number.NaN
  const minutes = hour * 60 + minute - offset
  if (second === 60 && (minutes + 2880) % 1440 !== 1439) return Number.NaN
  return (
    daysSinceEpoch(year, month, day) * 86_400_000 +
    minutes * 60_000 +
    second * 1000 +
    fraction(text, zoneAt)
  )
}

/**
 * Any time that means one instant only, in milliseconds since the epoch; NaN for what is none and for
 * a time without an offset, which means another instant in every zone. Beside RFC 3339: what
 * serializers write by default (`+0000`, `+01`, no seconds, a space, `Z[UTC]`, `UTC`), ISO 8601 without
 * separators and its 24:00, the dates of RFC 5322 and HTTP, those of web servers' logs, what languages print of a
 * time unless told otherwise, and numbers since the epoch.
 */
export function instantOf(value: string | number): number {
  if (typeof value === 'number') return sinceEpoch(value)
  const strict = value.length < shortest ? Number.NaN : millisecondsOf(value)
  return Number.isNaN(strict) ? instantSpelledOtherwise(value) : strict
}

/** As `instantOf`, for a producer that is known to write UTC where it writes no offset. */
export function instantInUtc(value: string | number): number {
  const at = instantOf(value)
  return Number.isNaN(at) && typeof value === 'string' ? instantOf(`${value.trimEnd()}Z`) : at
}

/** `2026-11-03T09:12:44Z` */
const shortest = 20
const longest = 100

function instantSpelledOtherwise(value: string): number {
  if (value.length > longest) return Number.NaN
  const text = value.trim()
  const number = epochNumber.exec(text)?.[0] ?? dotNetDate.exec(text)?.[1]
  if (number !== undefined) return sinceEpoch(Number(number))
  const iso = isoDate.exec(text)
  if (iso !== null) return instantFrom(iso)
  for (const spelling of namedMonths) {
    const groups = spelling.exec(text)?.groups
    if (groups !== undefined) return instantInWords(groups)
  }
  return Number.NaN
}

/** Java writes large numbers as `1.7E12`. */
const epochNumber = /^\d{1,19}(?:\.\d{1,15})?(?:[eE]\+?\d{1,2})?$/
/** Microsoft's JSON of old: milliseconds, and an offset that moves nothing. */
const dotNetDate = /^\\?\/Date\((\d{1,15})(?:[+-]\d{4})?\)\\?\/$/
/** What follows the offset only repeats it, or is Go's reading of another clock. */
const isoDate =
  /^(\d{4})(-?)(\d\d)\2(\d\d)[Tt ](\d\d)(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d{1,30}))?)? ?(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?: [A-Z]{3,5})?(?:\[[^[\]]{1,64}\])?(?: m=[+-][\d.]{1,24})?$/
const namedMonths = [
  // RFC 5322 and HTTP: Tue, 03 Nov 2026 09:12:44 GMT
  /^(?:[A-Z][a-z]{2}, )?(?<day>\d{1,2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<clock>\d\d:\d\d(?::\d\d)?) (?<zone>GMT|UTC|[+-]\d{4})(?: \([^()]{1,64}\))?$/,
  // JavaScript: Tue Nov 03 2026 10:12:44 GMT+0100 (Central European Standard Time)
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>\d\d) (?<year>\d{4}) (?<clock>\d\d:\d\d:\d\d) GMT(?<zone>[+-]\d{4})(?: \([^()]{1,64}\))?$/,
  // Java, date(1), Ruby: Tue Nov  3 09:12:44 UTC 2026. Of other zones' names several share one.
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) {1,2}(?<day>\d{1,2}) (?<clock>\d\d:\d\d:\d\d) (?<zone>GMT|UTC|[+-]\d{4}) (?<year>\d{4})$/,
  // Logs of Apache and nginx: 03/Nov/2026:09:12:44 +0000
  /^(?<day>\d\d)\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<clock>\d\d:\d\d:\d\d) (?<zone>[+-]\d{4})$/,
]
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

function instantInWords(parts: { readonly [name: string]: string }): number {
  const { year = '', month = '', day = '', clock = '', zone = '' } = parts
  const index = String(months.indexOf(month) / 3 + 1).padStart(2, '0')
  const seconds = clock.length === 5 ? ':00' : ''
  return millisecondsOf(
    `${year}-${index}-${day.padStart(2, '0')}T${clock}${seconds}${offsetFrom(zone)}`,
  )
}

function instantFrom(iso: RegExpExecArray): number {
  const [, year, , month, day, hour, , minute, second = '00', rest, zone = ''] = iso
  const fraction = rest === undefined ? '' : `.${rest}`
  // ISO 8601-1:2019 section 4.3.8: 24:00 is the end of its day, and the beginning of the next.
  const isMidnight = hour === '24' && Number(`${minute}${second}${rest ?? ''}`) === 0
  const at = millisecondsOf(
    `${year}-${month}-${day}T${isMidnight ? '00' : hour}:${minute}:${second}${fraction}${offsetFrom(zone)}`,
  )
  return isMidnight ? at + 86_400_000 : at
}

/** `+01`, `+0100` and `+01:00` in the last spelling; every name of UTC as `Z`. */
function offsetFrom(zone: string): string {
  if (zone.length < 3 || zone === 'UTC' || zone === 'GMT') return 'Z'
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
}

/** Years for which seconds, milliseconds, microseconds and nanoseconds cannot be taken for each other. */
const epochFrom = Date.UTC(2000, 0, 1)
const epochUntil = Date.UTC(2300, 0, 1)
const unitsMs = [1_000, 1, 1e-3, 1e-6] as const

function sinceEpoch(value: number): number {
  for (const unitMs of unitsMs) {
    const at = value * unitMs
    // A fraction of a second is not exact in binary: what lies this close below counts as reached.
    if (at >= epochFrom && at < epochUntil) return Math.floor(at + 0.0005)
  }
  return Number.NaN
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1000
}

function isSeparated(text: string): boolean {
  const t = text.charCodeAt(10)
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    (t === 0x54 || t === 0x74) &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  )
}

/** Where the zone begins; -1 for a dot that no digit follows. */
function endOfFraction(text: string): number {
  if (text.charCodeAt(19) !== 0x2e) return 19
  let at = 20
  while (isDigit(text.charCodeAt(at))) at++
  return at === 20 ? -1 : at
}

function fraction(text: string, zoneAt: number): number {
  let ms = 0
  for (let at = 20, weight = 100; at < zoneAt && weight >= 1; at++, weight /= 10) {
    ms += (text.charCodeAt(at) - 0x30) * weight
  }
  return ms
}

function offsetMinutes(text: string, at: number): number {
  const sign = text.charCodeAt(at)
  if (sign === 0x5a || sign === 0x7a) return text.length === at + 1 ? 0 : Number.NaN
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN
  const hours = twoDigits(text, at + 1)
  const minutes = twoDigits(text, at + 4)
  if ((hours | minutes) < 0 || hours > 23 || minutes > 59) return Number.NaN
  if (text.charCodeAt(at + 3) !== 0x3a || text.length !== at + 6) return Number.NaN
  const offset = hours * 60 + minutes
  return sign === 0x2d ? -offset : offset
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Counts years from March, so that the leap day is the last of its year. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const m = month <= 2 ? month + 9 : month - 3
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leaps + Math.floor((153 * m + 2) / 5) + day - 719_469
}
