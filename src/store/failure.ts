import { CurfewError } from '../contract/errors.ts'

/**
 * ClickHouse error codes that waiting mends: time-outs, too many queries or parts, memory, network,
 * no space, read-only replicas, keeper. Retried for ever; nothing is lost and nothing is rejected.
 */
const passing = new Set([
  159, 164, 202, 203, 209, 210, 241, 242, 243, 252, 285, 319, 425, 499, 999, 1000, 1002,
])

/** Codes that speak of the rows and not of the engine: unparsable or out of range values. */
const aboutData = new Set([6, 26, 27, 38, 41, 43, 53, 69, 70, 72, 117, 321, 349, 441, 675])

/** Turns whatever the client or engine threw into a CurfewError that says what may be done. */
export function storeFailure(error: unknown, doing: string): CurfewError {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error, message)
  const short = message.split('\n')[0]?.slice(0, 400) ?? ''
  if (code === undefined || passing.has(code)) {
    return new CurfewError('STORE_UNREACHABLE', `${doing}: ${short}`, { retry: true, cause: error })
  }
  if (aboutData.has(code)) {
    return new CurfewError('RECORD_DATA', `${doing}: ${short}`, { cause: error })
  }
  return new CurfewError('STORE_REFUSED', `${doing}: ${short}`, { cause: error })
}

function codeOf(error: unknown, message: string): number | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error) {
    const code = Number(error.code)
    if (Number.isInteger(code) && code > 0) return code
  }
  const found = /Code: (\d+)/.exec(message)?.[1]
  return found === undefined ? undefined : Number(found)
}
