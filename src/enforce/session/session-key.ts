import type { SessionKind } from '../../contract/event-words.ts'
import type { SessionName } from '../../contract/identity.ts'
import { sessionKey } from '../../contract/identity.ts'

/** One incarnation of a session: the target of an order. */
export interface IncarnationKey extends SessionName {
  readonly sessionKind: SessionKind
  readonly incarnation: number
}

export function incarnationKey(life: IncarnationKey): string {
  return `${sessionKey(life)}\u0000${life.incarnation}`
}
