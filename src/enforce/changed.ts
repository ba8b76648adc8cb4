import type { SessionName } from '../contract/identity.ts'
import { instanceKey, sessionKey } from '../contract/identity.ts'

/** Sessions of which something changed and that wait to be reviewed; each once, oldest first. */
export class Changed {
  readonly #sessions = new Map<string, SessionName>()

  add({ tenant, instance, sessionKind, sessionId }: SessionName): void {
    const name = { tenant, instance, sessionKind, sessionId }
    this.#sessions.set(sessionKey(name), name)
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Takes out sessions of one instance, that of the oldest. */
  take(most: number): readonly SessionName[] {
    const taken: SessionName[] = []
    let of: string | undefined
    for (const [key, name] of this.#sessions) {
      of ??= instanceKey(name.tenant, name.instance)
      if (instanceKey(name.tenant, name.instance) !== of) continue
      this.#sessions.delete(key)
      taken.push(name)
      if (taken.length >= most) break
    }
    return taken
  }
}
