import { isUtf8 } from 'node:buffer'
import type { Envelope, Framing, IsBare, Wrapper } from './envelope.ts'
import type { Fields } from './fields.ts'
import { isFields, note } from './fields.ts'
import type { Format, Reading } from './format.ts'
import type { JsonLimits } from './json.ts'
import { countFields, parseOr, parseStrictly } from './json.ts'
import { isLookedThrough } from './shorten.ts'
import { noteName } from './unread.ts'

/**
 * Reads the JSON object of the event in a message, out of what is around it. Undefined with a fault
 * noted where there is none, and without one where the message rightly holds no event.
 *
 * `choice`: `auto` opens what it recognises, at most one framing and one wrapper; `plain` opens nothing;
 * the id of an envelope opens that one, and rejects what does not have it.
 */
export type Unwrap = (value: Buffer, choice: string, reading: Reading) => object | undefined

/** Limits hold for the whole message, and once more for a text within it. */
export function makeUnwrap(
  envelopes: readonly Envelope[],
  formats: readonly Pick<Format, 'isBare'>[],
  limits: JsonLimits,
): Unwrap {
  const framings = envelopes.filter((each): each is Framing => each.kind === 'framing')
  const wrappers = envelopes.filter((each): each is Wrapper => each.kind === 'wrapper')
  const isBare: IsBare = (json) => formats.some((format) => format.isBare(json))
  return (value, choice, reading) => {
    if (choice === 'plain') return parseStrictly(value, limits, reading)
    const given = choice === 'auto' ? undefined : envelopes.find(({ id }) => id === choice)
    const framing = framingOf(value, given?.kind === 'framing' ? [given] : framings)
    const json = framing
      ? parseFramed(value, framing, limits, reading)
      : parseOnceEncoded(value, limits, reading)
    if (json === undefined || !isFields(json)) return json
    const wrapper = (given?.kind === 'wrapper' ? [given] : wrappers).find(({ recognises }) =>
      recognises(json, isBare),
    )
    if (choice !== 'auto' && given !== framing && given !== wrapper) {
      const detail = `the message is not wrapped as its source's envelope says: ${choice}`
      note(reading, 'wrong_type', detail)
      return undefined
    }
    return wrapper ? open(json, wrapper, limits, reading) : json
  }
}

/** JSON begins with no control character but white space, so for nearly every message nothing is asked. */
function framingOf(value: Buffer, framings: readonly Framing[]): Framing | undefined {
  const isText = (value[0] ?? 0) > 0x08
  return isText ? undefined : framings.find(({ bytesBefore }) => bytesBefore(value) > 0)
}

function parseFramed(
  value: Buffer,
  { bytesBefore, otherwise }: Framing,
  limits: JsonLimits,
  reading: Reading,
): object | undefined {
  const rest = value.subarray(bytesBefore(value))
  // Anything but an object right here may be a text that somebody chose, within a binary message.
  if (rest[0] === openingBrace || value.length > limits.bytesMax) {
    return parseStrictly(rest, limits, reading)
  }
  note(reading, 'not_json', otherwise)
  return undefined
}

const openingBrace = 0x7b

function open(
  json: Fields,
  { inside }: Wrapper,
  limits: JsonLimits,
  reading: Reading,
): object | undefined {
  const within = inside(json)
  if (within === 'nothing') {
    noteName(reading, 'empty envelope')
    return undefined
  }
  if ('fault' in within) {
    reading.fault ??= within.fault
    return undefined
  }
  if ('text' in within) {
    return parseOnceEncoded(bytesOf(within.text, reading), limits, reading)
  }
  reading.fields = countFields(within.json)
  return within.json
}

/**
 * As `parseStrictly`, also where the object was written as JSON once more, as a text: a serializer that
 * was handed JSON does that. What is encoded three times is not opened.
 */
function parseOnceEncoded(value: Buffer, limits: JsonLimits, reading: Reading): object | undefined {
  if (value[0] !== quote || !isLookedThrough(value, limits.bytesMax)) {
    return parseStrictly(value, limits, reading)
  }
  const text = parseOr(value.toString(), undefined)
  if (typeof text !== 'string' || !text.trimStart().startsWith('{')) {
    return parseStrictly(value, limits, reading)
  }
  reading.hasOddBytes ||= !isUtf8(value)
  return parseStrictly(bytesOf(text, reading), limits, reading)
}

const quote = 0x22

/** As bytes, half a character is replaced: two names could become one. */
function bytesOf(text: string | Buffer, reading: Reading): Buffer {
  if (typeof text === 'string') reading.hasOddBytes ||= !text.isWellFormed()
  return Buffer.from(text)
}
