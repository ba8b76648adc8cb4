import { escaped, inert } from './inert.ts'

const lengthMax = 512

/**
 * The beginning of a message in printable ASCII without quotes and backslashes: it ends up in logs,
 * tables, terminals and pages, and whoever wrote it may have had one of them in mind. Whatever else it holds
 * stands as \uXXXX, so that `plainExcerpt` gives it back.
 *
 * @param byteByByte for bytes that are no text: each is shown by its number.
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
 * An excerpt as the message had it, for an outlet that escapes by itself, as JSON does. What shows nothing by
 * itself, such as a control character, still stands as \uXXXX.
 */
export function plainExcerpt(excerpt: string): string {
  return excerpt.replace(/(?:\\u[0-9a-f]{4})+/g, (run) => {
    const codes = run.split('\\u').slice(1)
    const text = codes.map((code) => String.fromCharCode(Number.parseInt(code, 16))).join('')
    return [...text].map((each) => (inert(each) === each ? each : escaped(each))).join('')
  })
}
