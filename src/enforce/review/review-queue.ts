import type { SessionName } from '../../contract/identity.ts'
import { instanceKey, sessionKey } from '../../contract/identity.ts'

/**
 * Changed sessions that wait for a review, each once. Instances take turns; within one the longest
 * waiting comes first.
 */
export class ReviewQueue {
  readonly #byInstance = new Map<string, Map<string, SessionName>>()
  #size = 0

  add({ tenant, instance, sessionKind, sessionId }: SessionName): void {
    const name = { tenant, instance, sessionKind, sessionId }
    const of = instanceKey(tenant, instance)
    const sessions = this.#byInstance.get(of) ?? new Map<string, SessionName>()
    this.#byInstance.set(of, sessions)
    const before = sessions.size
    sessions.set(sessionKey(name), name)
    this.#size += sessions.size - before
  }

  get size(): number {
    return this.#size
  }

  /** How many of one instance wait, by its `instanceKey`. */
  sizeOf(instance: string): number {
    return this.#byInstance.get(instance)?.size ?? 0
  }

  /** Takes sessions of the next instance; `mostOf` gives the number, by its `instanceKey`. */
  take(mostOf: (instance: string) => number): readonly SessionName[] {
    const [first] = this.#byInstance
    if (!first) return []
    const [of, sessions] = first
    const most = mostOf(of)
    const taken: SessionName[] = []
    for (const [key, name] of sessions) {
      sessions.delete(key)
      taken.push(name)
      if (taken.length >= most) break
    }
    this.#size -= taken.length
    this.#byInstance.delete(of)
    if (sessions.size > 0) this.#byInstance.set(of, sessions)
    return taken
  }
}
