import { pino } from 'pino'
import { inertJson } from '../contract/inert.ts'
import type { Log } from '../contract/ports.ts'

/** Names under which a secret could be handed to a log line by mistake. */
const secretName =
  /(^|_)(token|password|passphrase|secret|authorization|cookie|credential|assertion|api_?key)s?$/

/** Shapes of secrets anywhere in a text, such as a library's message. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 [secret]'],
  [/\b(curfew|demo|whsec|sk)_[\w+/=-]{20,}/g, '[secret]'],
  // A signed token: header, claims, signature.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[secret]'],
  [/(\w+:\/\/)[^\s/@]+@/g, '$1[secret]@'],
  [
    /\b((?:[a-z]+_)?(?:token|password|secret|assertion|api_?key))(["']?[=:] ?["']?)[^\s&,;"']+/gi,
    '$1$2[secret]',
  ],
]

const depthMax = 6
const textMax = 4_000

/**
 * JSON lines on standard error: standard output belongs to what commands print for programs.
 * Whatever is named or shaped like a secret is blanked, however deep it stands, errors and their
 * causes included, and nothing in it is a command to a terminal.
 */
export function makeLog(
  level: string,
  destination: { readonly write: (line: string) => void } = pino.destination({
    dest: 2,
    sync: true,
  }),
): Log {
  const inert = { write: (line: string) => destination.write(inertJson(line)) }
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, inert)
  const say =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if (logger.isLevelEnabled(severity))
        logger[severity](plain(fields, 0), withoutSecrets(message))
    }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}

/** A value as a log line may hold it. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= depthMax) return '…'
  if (value instanceof Date) return value
  // Before anything that iterates: bytes are payload, and never belong here.
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1))
  if (value instanceof Map || value instanceof Set) return plain([...value], depth + 1)
  const entries = value instanceof Error ? partsOf(value) : Object.entries(value)
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name,
      isSecret(name, each) ? '[secret]' : plain(each, depth + 1),
    ]),
  )
}

/** What JSON would leave out of an error. */
function partsOf(error: Error): readonly (readonly [string, unknown])[] {
  const { name, message, stack, cause } = error
  const frames = stack?.split('\n').filter((line) => /^ +at /.test(line))
  const own = Object.entries(error).filter(([key]) => key !== 'name')
  return [
    ['name', name],
    ['message', message],
    ...own,
    ...(frames === undefined
      ? []
      : [['at', frames.slice(0, 5).map((line) => line.trim())] as const]),
    ...(cause === undefined ? [] : [['cause', cause] as const]),
    ...(error instanceof AggregateError ? [['errors', error.errors] as const] : []),
  ]
}

function isSecret(name: string, value: unknown): boolean {
  const snake = name.replaceAll(/[-A-Z]/g, (letter) => (letter === '-' ? '_' : `_${letter}`))
  return (
    value !== null &&
    value !== undefined &&
    typeof value !== 'number' &&
    typeof value !== 'boolean' &&
    secretName.test(snake.toLowerCase())
  )
}

function withoutSecrets(text: string): string {
  const short = text.length > textMax ? `${text.slice(0, textMax)}…` : text
  return secretShapes.reduce((shown, [shape, instead]) => shown.replace(shape, instead), short)
}
