import type { Log, Now } from '../../contract/ports.ts'

/** A line of the Kafka client's own log. */
export interface KafkaLogLine {
  readonly namespace: string
  readonly label: string
  readonly log: { readonly message: string; readonly [field: string]: unknown }
}

/** All that is taken over from a line: it may also hold payloads, stacks and whole requests. */
const fieldsTaken = ['broker', 'clientId', 'groupId', 'memberId', 'topic', 'partition', 'error']
const sameAgainAfterMs = 60_000

/**
 * Takes the Kafka client's log over into ours. While a broker is away the client complains several
 * times a second: each of its parts is heard once a minute, and the rest at debug level only.
 * `secrets` never pass.
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
  const heardAt = new Map<string, number>()
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
    const isHeard = isComplaint && now() - (heardAt.get(namespace) ?? 0) >= sameAgainAfterMs
    if (isHeard) heardAt.set(namespace, now())
    const say = isHeard ? log.warn : log.debug
    say(fields, `kafka: ${hide(line.message)}`)
  }
}
