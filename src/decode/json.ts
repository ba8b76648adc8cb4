import { isUtf8 } from 'node:buffer'
import type { RejectedReason } from '../contract/rejected.ts'
import { isFields, note } from './fields.ts'
import type { Reading } from './format.ts'

/** Sizes past which a message is not looked at. */
export interface JsonLimits {
  readonly bytesMax: number
  readonly depthMax: number
}

/**
 * The JSON object that a message is, or undefined with the fault noted. Strict where parsers
 * differ (encoding, repeated keys, half characters), because a message that two programs read
 * differently can pass one and act on the other.
 *
 * Two counts over the text rule nearly every message out of the closer looks at once; those are
 * done character by character, without recursion.
 */
export function parseStrictly(
  value: Buffer,
  { bytesMax, depthMax }: JsonLimits,
  reading: Reading,
): object | undefined {
  if (value.length > bytesMax) return fail(reading, 'too_large', `more than ${bytesMax} bytes`)
  if (!isUtf8(value)) return fail(reading, 'not_utf8', 'the message is not UTF-8')
  const decoded = value.toString()
  // RFC 8259 section 8.1 lets a parser pass over a byte order mark, and .NET writers like to begin with one.
  const text = decoded.charCodeAt(0) === byteOrderMark ? decoded.slice(1) : decoded
  if (isDeeperThan(text, depthMax)) {
    return fail(reading, 'too_deep', `nested deeper than ${depthMax} levels`)
  }
  const json = parseOr(text, notJson)
  if (json === notJson) return fail(reading, 'not_json', whyNotJson(text))
  if (!isFields(json)) return fail(reading, 'wrong_type', whyNoObject(json))
  if (hasLoneSurrogate(text, json)) {
    return fail(reading, 'not_utf8', 'an escape stands for half a character')
  }
  reading.fields = countFields(json)
  const repeated = repeatedKey(text, reading.fields)
  if (repeated === undefined) return json
  const name = harmlessName.test(repeated) ? repeated : 'a key'
  return fail(reading, 'duplicate_key', `${name} is there twice`)
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
const harmlessName = /^[\w.-]{1,64}$/

/** What the text parses to; `otherwise` when it is no JSON. */
export function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the payload, so it is not passed on.
    return otherwise
  }
}

function fail(reading: Reading, reason: RejectedReason, detail: string): undefined {
  note(reading, reason, detail)
}

const quote = 0x22
const backslash = 0x5c

/** Whether braces and brackets outside strings nest deeper than `max`. */
function isDeeperThan(text: string, max: number): boolean {
  return opensMoreThan(text, max) && depthExceeds(text, max)
}

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

function depthExceeds(text: string, max: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > max) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
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
 * A key that some object of valid JSON names twice, if there is one. Parsers disagree about which
 * of the two counts, so such a message could mean one thing to its producer and another to us.
 *
 * `keys` is how many there are in what the text parsed to. Every key stands before a colon that
 * follows a quote; so as many such colons as keys means that no key was lost in parsing.
 */
function repeatedKey(text: string, keys: number): string | undefined {
  return keysCouldRepeat(text, keys) ? findRepeatedKey(text) : undefined
}

function keysCouldRepeat(text: string, keys: number): boolean {
  let pairs = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) <= 0x20) before--
    if (text.charCodeAt(before) === quote) pairs++
  }
  return pairs !== keys
}

/** Names in all objects within. Recursive, but only ever called on what passed the depth check. */
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

function findRepeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x7b) open.push(new Set())
    else if (code === 0x5b) open.push(undefined)
    else if (code === 0x7d || code === 0x5d) open.pop()
    else if (code === quote) {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (keys !== undefined && isKey(text, end)) {
        const key = String(JSON.parse(text.slice(at, end + 1)))
        if (keys.has(key)) return key
        keys.add(key)
      }
      at = end
    }
  }
  return undefined
}

function isKey(text: string, closingQuote: number): boolean {
  let at = closingQuote + 1
  while (text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === 0x3a
}

/**
 * Whether an escape such as \ud800 smuggled half a surrogate pair in. Written as UTF-8 it turns
 * into a replacement character, so two different ids would become one.
 */
function hasLoneSurrogate(text: string, json: unknown): boolean {
  return text.includes('\\u') && isIllFormed(json)
}

function isIllFormed(json: unknown): boolean {
  if (typeof json === 'string') return !json.isWellFormed()
  if (typeof json !== 'object' || json === null) return false
  return Object.entries(json).some(([key, value]) => !key.isWellFormed() || isIllFormed(value))
}
