const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const lineFeed = 0x0a

/**
 * Cuts a body into the bytes of its JSON objects: one object, an array of objects, or objects one
 * after the other, as in NDJSON. The bytes are not parsed and printed again, so that whoever reads
 * them sees what was sent, keys named twice included; whether each is valid is for that reader.
 *
 * Undefined when the body is none of these; `too_many` beyond `max` objects.
 */
export function objectsIn(body: Buffer, max: number): readonly Buffer[] | 'too_many' | undefined {
  const objects: Buffer[] = []
  let at = afterSpace(body, 0)
  const isArray = body[at] === openBracket
  if (isArray) at = afterSpace(body, at + 1)
  if (isArray && body[at] === closeBracket) return isEmptyFrom(body, at + 1) ? objects : undefined
  while (at < body.length) {
    const end = endOfObject(body, at)
    if (end === undefined) return undefined
    if (objects.length === max) return 'too_many'
    objects.push(body.subarray(at, end))
    at = afterSpace(body, end)
    if (!isArray) continue
    if (body[at] === closeBracket) return isEmptyFrom(body, at + 1) ? objects : undefined
    if (body[at] !== comma) return undefined
    at = afterSpace(body, at + 1)
  }
  return isArray || objects.length === 0 ? undefined : objects
}

/**
 * Cuts a body into the bytes of its lines, whatever they hold; blank ones are left out. Undefined
 * when there is no line, `too_many` beyond `max`.
 */
export function linesIn(body: Buffer, max: number): readonly Buffer[] | 'too_many' | undefined {
  const lines: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const found = body.indexOf(lineFeed, at)
    const end = found === -1 ? body.length : found
    const line = body.subarray(at, end)
    at = end + 1
    if (isEmptyFrom(line, 0)) continue
    if (lines.length === max) return 'too_many'
    lines.push(line)
  }
  return lines.length === 0 ? undefined : lines
}

/** Index after the brace that closes the object beginning here; undefined when there is none. */
function endOfObject(body: Buffer, from: number): number | undefined {
  if (body[from] !== openBrace) return undefined
  let depth = 0
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === quote) at = endOfString(body, at)
    else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

/** Index of the quote that closes the string; the body's end when there is none. */
function endOfString(body: Buffer, from: number): number {
  for (let at = from + 1; at < body.length; at += 1) {
    if (body[at] === backslash) at += 1
    else if (body[at] === quote) return at
  }
  return body.length
}

function afterSpace(body: Buffer, from: number): number {
  let at = from
  while (isSpace(body[at])) at += 1
  return at
}

function isEmptyFrom(body: Buffer, from: number): boolean {
  return afterSpace(body, from) === body.length
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
