import type { SessionKind } from '../contract/event-words.ts'

/** The kind of session that a stored text names; what is unknown counts as online. */
export function sessionKindOf(text: string | undefined): SessionKind {
  return text === 'offline' || text === 'agent' ? text : 'online'
}
