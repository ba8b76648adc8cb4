import type { Log, Now } from '../../contract/ports.ts'

/** A line of the Kafka client's own log. */
export interface KafkaLogLine {
  readonly namespace: string
  readonly label: string
  readonly log: { readonly message: string; readonly [field: string]: unknown }
}

/** The fields taken from a line: others may hold payloads, stacks and whole requests. */
const fieldsTaken = ['broker', 'clientId', 'groupId', 'memberId', 'topic', 'partition', 'error']
const sameAgainAfterMs = 60_000

/**
 * Writes the Kafka client's log lines to our log. While a broker is away the client logs several times a
 * second: each of its parts is logged as a warning once a minute, and otherwise at debug level.
 * `secrets` are masked.
 */
export function makeKafkaLog({
  log,
  now,
  secrets,
}: {
  readonly log: Log
  readonly now: Now
  readonly secrets: readonly string[]
}): (line: KafkaLogLine) => void {
  const loggedAt = new Map<string, number>()
  const hide = (text: string): string =>
    secrets.reduce((shown, secret) => (secret ? shown.replaceAll(secret, '[secret]') : shown), text)
  return ({ namespace, label, log: line }) => {
    const fields: { [field: string]: unknown } = { part: namespace }
    for (const name of fieldsTaken) {
      const value = line[name]
      if (typeof value === 'string') fields[name] = hide(value)
      else if (typeof value === 'number') fields[name] = value
    }
    const isComplaint = label === 'ERROR' || label === 'WARN'
    const isDue = isComplaint && now() - (loggedAt.get(namespace) ?? 0) >= sameAgainAfterMs
    if (isDue) loggedAt.set(namespace, now())
    const write = isDue ? log.warn : log.debug
    write(fields, `kafka: ${hide(line.message)}`)
  }
}
