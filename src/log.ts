import { pino } from 'pino'
import type { Log } from './contract/ports.ts'

/** Names under which something secret could be handed to a log line by mistake. */
const secrets = [
  'token',
  'password',
  'secret',
  'authorization',
  'clientSecret',
  'refreshToken',
  'accessToken',
  'cookie',
]

/** JSON lines on standard error: standard output belongs to what commands print for programs. */
export function makeLog(level: string): Log {
  const paths = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const logger = pino(
    {
      level,
      redact: { paths, censor: '[secret]' },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  )
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
