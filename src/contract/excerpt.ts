import { escaped, inert } from './inert.ts'

const lengthMax = 512

/**
 * The beginning of a message in printable ASCII without quotes and backslashes: it appears in logs,
 * tables, terminals and pages, and its author may have targeted one of them. Other characters
 * become \uXXXX, so that `plainExcerpt` can restore them.
 *
 * @param byteByByte for bytes that are no text: each is shown as its number.
 */
export function excerptOf(value: Buffer, byteByByte: boolean): string {
  const start = value.subarray(0, lengthMax).toString(byteByByte ? 'latin1' : 'utf8')
  let excerpt = ''
  for (let at = 0; at < start.length; at++) {
    const shown = isHarmless(start.charCodeAt(at)) ? start.charAt(at) : escaped(start.charAt(at))
    if (excerpt.length + shown.length > lengthMax) break
    excerpt += shown
  }
  return excerpt
}

function isHarmless(code: number): boolean {
  if (code < 0x20 || code > 0x7e) return false
  return code !== 0x22 && code !== 0x27 && code !== 0x5c && code !== 0x60
}

/**
 * An excerpt with its original characters, for an output that escapes by itself, as JSON does. Invisible
 * characters, such as control characters, stay \uXXXX.
 */
export function plainExcerpt(excerpt: string): string {
  return excerpt.replace(/(?:\\u[0-9a-f]{4})+/g, (run) => {
    const codes = run.split('\\u').slice(1)
    const text = codes.map((code) => String.fromCharCode(Number.parseInt(code, 16))).join('')
    return [...text].map((each) => (inert(each) === each ? each : escaped(each))).join('')
  })
}
