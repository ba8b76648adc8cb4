import { CurfewError } from '../../contract/errors.ts'
import type { Server } from './server.ts'

/**
 * Refuses every JSON body in which an object has the same key twice. Parsers disagree about which of the
 * two counts (RFC 8259 section 4), so one program could accept what another one acts on.
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

/** String literals, with the colon that makes one a key, and the braces of objects. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs

/** The first key that an object of valid JSON has twice, compared after unescaping; undefined for none. */
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
