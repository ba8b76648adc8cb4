import { instanceKey } from '../../contract/identity.ts'
import type { SubjectKey } from '../orders/outstanding.ts'
import { subjectKey } from '../orders/outstanding.ts'

/** Requests of one instance that a match of all causes could repeat, at most. */
const recoverableMax = 10_000

/** Who is to be listed: soon, or when nothing else is to be done. By instance, by its `instanceKey`. */
export class ListQueue {
  readonly #requested = new Map<string, Map<string, SubjectKey>>()
  /** Of those, the ones that a match of all causes would repeat. */
  readonly #recoverable = new Map<string, Set<string>>()
  readonly #idle = new Map<string, Map<string, SubjectKey>>()
  /** Instances that rejected a request. */
  readonly #rejected = new Set<string>()

  /**
   * With `ifRoom` a request is rejected where there is no room; a match of all causes repeats it.
   */
  request(subject: SubjectKey, ifRoom: boolean): void {
    const [key, name] = [instanceOf(subject), subjectKey(subject)]
    const waiting = at(this.#requested, key)
    const found = keysAt(this.#recoverable, key)
    if (waiting.has(name)) return
    if (ifRoom && found.size >= recoverableMax) {
      this.#rejected.add(key)
      return
    }
    if (ifRoom) found.add(name)
    waiting.set(name, subject)
  }

  requestIdle(subject: SubjectKey): void {
    at(this.#idle, instanceOf(subject)).set(subjectKey(subject), subject)
  }

  /** Whether requests were rejected that there is room for again. Resets the mark. */
  takeRejected(): boolean {
    const some = [...this.#rejected].filter(
      (key) => keysAt(this.#recoverable, key).size < recoverableMax / 2,
    )
    for (const key of some) this.#rejected.delete(key)
    return some.length > 0
  }

  requestedAt(key: string): Iterable<SubjectKey> {
    return at(this.#requested, key).values()
  }

  idleAt(key: string): Iterable<SubjectKey> {
    return at(this.#idle, key).values()
  }

  idleCountOf(key: string): number {
    return this.#idle.get(key)?.size ?? 0
  }

  /** Removes a request; the returned function restores it. */
  take(subject: SubjectKey): () => void {
    const [key, name] = [instanceOf(subject), subjectKey(subject)]
    const [wanted, spare] = [at(this.#requested, key), at(this.#idle, key)]
    const waited = wanted.has(name) || !spare.has(name) ? wanted : spare
    wanted.delete(name)
    keysAt(this.#recoverable, key).delete(name)
    spare.delete(name)
    return () => void waited.set(name, subject)
  }
}

const instanceOf = ({ tenant, instance }: SubjectKey): string => instanceKey(tenant, instance)

function at(all: Map<string, Map<string, SubjectKey>>, key: string): Map<string, SubjectKey> {
  const known = all.get(key) ?? new Map<string, SubjectKey>()
  all.set(key, known)
  return known
}

function keysAt(all: Map<string, Set<string>>, key: string): Set<string> {
  const known = all.get(key) ?? new Set<string>()
  all.set(key, known)
  return known
}
