import { instanceKey } from '../../contract/identity.ts'
import type { WatchedSubject } from '../orders/outstanding.ts'
import { subjectName } from '../orders/outstanding.ts'

/** Subjects of causes of one instance that wait to be listed; the others are looked for again. */
const wantedMax = 10_000

/** Who is to be listed: soon, or when nothing else is to be done. By instance, by its `instanceKey`. */
export class ListWishes {
  readonly #wanted = new Map<string, Map<string, WatchedSubject>>()
  /** Of those, who is found again by a look over all causes. */
  readonly #found = new Map<string, Set<string>>()
  readonly #spare = new Map<string, Map<string, WatchedSubject>>()
  /** Instances that had no room for somebody. */
  readonly #leftOut = new Set<string>()

  /** With `ifRoom` somebody for whom there is no room is left to a look over all causes. */
  want(subject: WatchedSubject, ifRoom: boolean): void {
    const [key, name] = [instanceOf(subject), subjectName(subject)]
    const waiting = at(this.#wanted, key)
    const found = namesAt(this.#found, key)
    if (waiting.has(name)) return
    if (ifRoom && found.size >= wantedMax) {
      this.#leftOut.add(key)
      return
    }
    if (ifRoom) found.add(name)
    waiting.set(name, subject)
  }

  wantSpare(subject: WatchedSubject): void {
    at(this.#spare, instanceOf(subject)).set(subjectName(subject), subject)
  }

  /** Whether some were left out where there is room again; says so once. */
  takeLeftOut(): boolean {
    const some = [...this.#leftOut].filter((key) => namesAt(this.#found, key).size < wantedMax / 2)
    for (const key of some) this.#leftOut.delete(key)
    return some.length > 0
  }

  wantedAt(key: string): Iterable<WatchedSubject> {
    return at(this.#wanted, key).values()
  }

  spareAt(key: string): Iterable<WatchedSubject> {
    return at(this.#spare, key).values()
  }

  spareOf(key: string): number {
    return this.#spare.get(key)?.size ?? 0
  }

  /** Takes a wish away; what is given back makes it again, as it was. */
  take(subject: WatchedSubject): () => void {
    const [key, name] = [instanceOf(subject), subjectName(subject)]
    const [wanted, spare] = [at(this.#wanted, key), at(this.#spare, key)]
    const waited = wanted.has(name) || !spare.has(name) ? wanted : spare
    wanted.delete(name)
    namesAt(this.#found, key).delete(name)
    spare.delete(name)
    return () => void waited.set(name, subject)
  }
}

const instanceOf = ({ tenant, instance }: WatchedSubject): string => instanceKey(tenant, instance)

function at(
  all: Map<string, Map<string, WatchedSubject>>,
  key: string,
): Map<string, WatchedSubject> {
  const known = all.get(key) ?? new Map<string, WatchedSubject>()
  all.set(key, known)
  return known
}

function namesAt(all: Map<string, Set<string>>, key: string): Set<string> {
  const known = all.get(key) ?? new Set<string>()
  all.set(key, known)
  return known
}
