import type { Batch } from '../contract/raw-message.ts'
import type { Lack, Unread } from '../contract/unread.ts'
import type { Reading } from './format.ts'

/** Notes the provider's own name for the kind of message; sanitised when it is counted. */
export function noteName(reading: Reading, name: string): void {
  reading.name = name
}

/** Records that no reader handles this kind of message. Returns false: it gave no event. */
export function noteUnknown(reading: Reading): false {
  reading.unread = 'unknown'
  return false
}

/**
 * Notes that the provider left out what would say whether a session has to end. Answers false: unless
 * the reader finds out otherwise, the message became no event.
 */
export function noteLack(reading: Reading, lack: Lack): false {
  reading.unread = 'incomplete'
  reading.lack = lack
  return false
}

/**
 * Notes that the event is a cause which can reach no session, for what its provider leaves out. The event
 * is told all the same, and people learn of it as of a message that was incomplete.
 */
export function noteDeadEnd(reading: Reading, lack: Lack): void {
  reading.deadEnd = lack
}

/** Counts of one batch. Names of kinds come from outside, so they are cut to a harmless alphabet. */
export function makeUnreadCount({ source, format, binding: { tenant, instance } }: Batch) {
  const counts = new Map<string, Unread>()
  const add = ({ name: told, unread: why, lack }: Reading, formatOfMessage = format): void => {
    const name = harmless.test(told) ? told : 'other'
    const key = `${formatOfMessage} ${why} ${lack} ${name}`
    const messages = (counts.get(key)?.messages ?? 0) + 1
    const own = { tenant, instance, source, format: formatOfMessage }
    counts.set(key, { ...own, name, why, lack, messages })
  }
  return { add, all: (): readonly Unread[] => [...counts.values()] }
}

const harmless = /^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,63}$/
