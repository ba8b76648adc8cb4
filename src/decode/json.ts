import { isUtf8 } from 'node:buffer'
import type { RejectedReason } from '../contract/rejected.ts'
import { isFields, nestedTooDeep, note, repeatedKey } from './fields.ts'
import type { Reading } from './format.ts'
import { shortened } from './shorten.ts'

/** Sizes past which a message is not looked at. */
export interface JsonLimits {
  /** A longer one is read only if it is no longer once its texts are cut: see `shorten.ts`. */
  readonly bytesMax: number
  readonly depthMax: number
}

/**
 * The JSON object that a message is, or undefined with the fault noted.
 *
 * Parsers differ about repeated keys, half characters and bytes that are no text, and a message that
 * two programs read differently can pass one and act on the other. But a value that somebody chose
 * must not make the event around it unseen. So what is odd is marked where it stands: a reader of a
 * name refuses it, a reader of a description leaves it out, and what nobody reads does not matter.
 *
 * Counts over the text rule nearly every message out of the closer looks at once; those are done
 * without recursion, or no deeper than `depthMax`.
 */
export function parseStrictly(
  value: Buffer,
  { bytesMax, depthMax }: JsonLimits,
  reading: Reading,
): object | undefined {
  const fits = value.length <= bytesMax
  const bytes = fits ? value : shortened(value, bytesMax)
  if (bytes === undefined) return fail(reading, 'too_large', `more than ${bytesMax} bytes`)
  reading.isShortened ||= !fits
  reading.hasOddBytes ||= !isUtf8(bytes)
  const decoded = bytes.toString()
  // RFC 8259 section 8.1 lets a parser pass over a byte order mark, and .NET writers like to begin with one.
  const text = decoded.charCodeAt(0) === byteOrderMark ? decoded.slice(1) : decoded
  const json = parseOr(text, notJson)
  if (json === notJson) {
    return isUtf8(bytes)
      ? fail(reading, 'not_json', whyNotJson(text))
      : fail(reading, 'not_utf8', 'the message is not UTF-8')
  }
  if (!isFields(json)) return fail(reading, 'wrong_type', whyNoObject(json))
  reading.hasOddText ||= reading.hasOddBytes || text.includes('\\u')
  if (opensMoreThan(text, depthMax)) markDeeperThan(depthMax, json)
  reading.fields = countFields(json)
  if (keysCouldRepeat(text, reading.fields)) markRepeatedKeys(text, json)
  return json
}

const byteOrderMark = 0xfeff
const notJson = Symbol('not JSON')

function whyNotJson(text: string): string {
  const first = text.slice(0, Math.max(0, text.indexOf('\n')))
  const isLines = first !== '' && isFields(parseOr(first, undefined))
  return `the message is not JSON${isLines ? ' but several lines of it; one message holds one event' : ''}`
}

function whyNoObject(json: unknown): string {
  const found = Array.isArray(json)
    ? `; found an array of ${json.length}: one message holds one event`
    : ''
  return `the message must be an object${found}`
}

/** What the text parses to; `otherwise` when it is no JSON. */
export function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the payload, so it is not passed on.
    return otherwise
  }
}

/** What a text of JSON parses to, as databases and relays keep parts of an event; all else as it is. */
export function parsedText(value: unknown): unknown {
  return typeof value === 'string' ? parseOr(value, value) : value
}

function fail(reading: Reading, reason: RejectedReason, detail: string): undefined {
  note(reading, reason, detail)
}

const quote = 0x22
const backslash = 0x5c

/** An upper bound of the depth: every opening counts as if nothing were ever closed. */
function opensMoreThan(text: string, max: number): boolean {
  let opened = 0
  for (let at = text.indexOf('{'); at !== -1 && opened <= max; at = text.indexOf('{', at + 1)) {
    opened++
  }
  for (let at = text.indexOf('['); at !== -1 && opened <= max; at = text.indexOf('[', at + 1)) {
    opened++
  }
  return opened > max
}

/** Marks what lies `levels` levels within `json`. */
function markDeeperThan(levels: number, json: object): void {
  for (const [key, value] of Object.entries(json)) {
    if (typeof value !== 'object' || value === null) continue
    if (levels > 1) markDeeperThan(levels - 1, value)
    else setOwn(json, key, nestedTooDeep)
  }
}

/** Not by assigning, which would take `__proto__` for something else. */
function setOwn(json: object, key: string, value: unknown): void {
  Object.defineProperty(json, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Index of the closing quote of the string that opens at `at`; the text's end if there is none. */
function endOfString(text: string, at: number): number {
  let end = at + 1
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === backslash) end++
    else if (code === quote) return end
  }
  return end
}

/**
 * Whether some object of valid JSON may name a key twice. `keys` is how many there are in what the
 * text parsed to. Every key stands before a colon that follows a quote; so as many such colons as
 * keys means that no key was lost in parsing.
 */
function keysCouldRepeat(text: string, keys: number): boolean {
  let pairs = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) <= 0x20) before--
    if (text.charCodeAt(before) === quote) pairs++
  }
  return pairs !== keys
}

/** Names in all objects within. Recursive, but only ever called on what is no deeper than is read. */
export function countFields(json: object): number {
  let keys = 0
  if (Array.isArray(json)) {
    for (const item of json)
      if (typeof item === 'object' && item !== null) keys += countFields(item)
    return keys
  }
  for (const key in json) {
    keys++
    // The key was just listed; the value's type is asked before it is used.
    const value: unknown = json[key as keyof typeof json]
    if (typeof value === 'object' && value !== null) keys += countFields(value)
  }
  return keys
}

/** One object or array that the text has opened: its keys so far, and what it parsed to. */
interface Opened {
  readonly keys: Set<string> | undefined
  readonly json: object | undefined
  /** Key or index of what comes next. */
  at: string | number
}

/**
 * Marks every value whose key is there twice. Parsers disagree about which of the two counts, so such
 * a field could mean one thing to its producer and another to us. Where the text opens what parsing
 * lost, the inner marks fall on the one that counts, which is marked itself later on.
 */
function markRepeatedKeys(text: string, json: object): void {
  const open: Opened[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const around = open.at(-1)
    if (code === 0x7b || code === 0x5b) {
      const keys = code === 0x7b ? new Set<string>() : undefined
      open.push({ keys, json: around ? within(around) : json, at: 0 })
    } else if (code === 0x7d || code === 0x5d) open.pop()
    else if (code === 0x2c && typeof around?.at === 'number') around.at++
    else if (code === quote) {
      const end = endOfString(text, at)
      if (around?.keys !== undefined && isKey(text, end)) {
        takeKey(around, around.keys, String(JSON.parse(text.slice(at, end + 1))))
      }
      at = end
    }
  }
}

function takeKey(object: Opened, keys: Set<string>, key: string): void {
  object.at = key
  if (keys.has(key) && object.json !== undefined && Object.hasOwn(object.json, key)) {
    setOwn(object.json, key, repeatedKey)
  }
  keys.add(key)
}

function within({ json, at }: Opened): object | undefined {
  if (json === undefined || !Object.hasOwn(json, at)) return undefined
  const inner: unknown = Reflect.get(json, at)
  const isOne = typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)
  return isOne ? inner : undefined
}

function isKey(text: string, closingQuote: number): boolean {
  let at = closingQuote + 1
  while (text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === 0x3a
}
