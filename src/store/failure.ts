import { CurfewError } from '../contract/errors.ts'

/**
 * ClickHouse error codes that a retry can resolve: time-outs, cancelled or too many queries or parts, memory, network,
 * no space, read-only replicas, keeper. Retried without limit; nothing is lost and nothing is rejected.
 */
const passing = new Set([
  159, 164, 202, 203, 209, 210, 241, 242, 243, 252, 285, 319, 394, 425, 499, 999, 1000, 1002,
])

/** Codes about the rows and not the engine: unparsable or out of range values. */
const aboutData = new Set([6, 26, 27, 38, 41, 43, 53, 69, 70, 72, 117, 321, 349, 441, 675])

/** What the operator can do about some of them; the message contains the number for the others. */
const known: { readonly [code: number]: string } = {
  62: 'the engine cannot read the statement, which is a defect of Curfew: report it with this number',
  159: 'it took too long; ask for a shorter period, or wait until the store has less to do',
  160: 'it would take too long; ask for a shorter period',
  164: 'the store is read-only at present',
  202: 'too many statements at once',
  209: 'the connection was too slow',
  210: 'the connection broke',
  241: 'it ran out of memory; ask for a shorter period, or give the store more memory',
  243: 'the disk is full; free space',
  252: 'the store cannot keep up with the incoming data',
  307: 'it would read too much; ask for a shorter period',
  396: 'the answer is too large; ask for a shorter period',
  497: 'the account lacks a required right',
  516: 'name or password is wrong; check CURFEW_CLICKHOUSE_USER and CURFEW_CLICKHOUSE_PASSWORD',
}

/**
 * Converts any error of the client or engine into a CurfewError with advice. The engine's
 * own text quotes the statement with its values, so it stays in `cause`; the message has its number only.
 */
export function storeFailure(error: unknown, doing: string): CurfewError {
  const code = codeOf(error)
  const [kind, retry] =
    code === undefined || passing.has(code)
      ? (['STORE_UNREACHABLE', true] as const)
      : ([aboutData.has(code) ? 'RECORD_DATA' : 'STORE_REFUSED', false] as const)
  return new CurfewError(kind, `${doing} failed: ${wordsOf(code, error)}`, { retry, cause: error })
}

function wordsOf(code: number | undefined, error: unknown): string {
  if (code === undefined) return `the store does not answer${systemCodeOf(error)}`
  const words = known[code] ?? (passing.has(code) ? 'the store is busy' : 'the store refuses it')
  return `${words} (ClickHouse error ${code})`
}

/** A system code such as ECONNREFUSED. */
function systemCodeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? ` (${code})` : ''
}

function codeOf(error: unknown): number | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    const code = Number(error.code)
    if (Number.isInteger(code) && code > 0) return code
  }
  const message = error instanceof Error ? error.message : String(error)
  const found = /Code: (\d+)/.exec(message)?.[1]
  return found === undefined ? undefined : Number(found)
}
