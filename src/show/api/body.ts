import { CurfewError } from '../../contract/errors.ts'
import type { Server } from './server.ts'

/**
 * Has every JSON body refused in which some object names a key twice. Parsers disagree about which of the
 * two counts (RFC 8259 section 4), so what one program let pass another one could act on.
 */
export function refuseRepeatedKeys(server: Server): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    const parsed: typeof done = (error, body) => {
      const twice = error || typeof text !== 'string' ? undefined : repeatedKeyIn(text)
      if (twice === undefined) return done(error, body)
      const message = `The body says '${twice.slice(0, 64)}' twice; say it once.`
      done(new CurfewError('SHOW_INVALID', message))
    }
    void parse(request, String(text), parsed)
  })
}

/** Texts, with the colon that makes a key of one, and the begins and ends of objects. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs

/** The first key that some object of valid JSON names twice, however it is escaped; undefined for none. */
export function repeatedKeyIn(json: string): string | undefined {
  const open: Set<string>[] = []
  for (const [found, colon] of json.matchAll(tokens)) {
    if (found === '{') open.push(new Set())
    else if (found === '}') open.pop()
    else if (colon !== undefined) {
      const key = String(JSON.parse(found.slice(0, found.lastIndexOf('"') + 1)))
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
