import type { SessionKind } from '../../contract/event-words.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { WatchedSubject } from '../orders/outstanding.ts'

/** A list as it is remembered: which sessions it showed, by kind and id. */
export interface Shown {
  readonly startedAt: number
  readonly finishedAt: number
  readonly complete: boolean
  readonly subjectGone?: boolean
  readonly names: ReadonlySet<string>
  /** The kinds of sessions that it would show; undefined for all that its provider has. */
  readonly kinds?: readonly SessionKind[] | undefined
}

/** Lists remembered of a subject. */
const listsMax = 3
/** Lists and names of sessions in them that are remembered; some 100 bytes each. */
const heldMax = 500_000

/**
 * The last lists of subjects. Instances share the room: where it is full, the one that has most in it gives
 * up the subject that it listed longest ago, who is then listed again.
 */
export class ShownLists {
  readonly #byInstance = new Map<string, Map<string, readonly Shown[]>>()
  readonly #sizes = new Map<string, number>()
  readonly #heldMax: number
  #held = 0

  constructor(most: number = heldMax) {
    this.#heldMax = most
  }

  /** What is remembered of a subject, oldest first. */
  of({ tenant, instance, subjectRef }: WatchedSubject): readonly Shown[] {
    return this.#byInstance.get(instanceKey(tenant, instance))?.get(subjectRef) ?? []
  }

  add({ tenant, instance, subjectRef }: WatchedSubject, shown: Shown): void {
    const key = instanceKey(tenant, instance)
    const lists = this.#byInstance.get(key) ?? new Map<string, readonly Shown[]>()
    this.#byInstance.set(key, lists)
    const before = lists.get(subjectRef) ?? []
    const after = [...before, shown].slice(-listsMax)
    // To the end: the first is then the one that was listed longest ago.
    lists.delete(subjectRef)
    lists.set(subjectRef, after)
    this.#count(key, weightOf(after) - weightOf(before))
    while (this.#held > this.#heldMax && this.#makeRoom());
  }

  /** Whether there was anything to give up. */
  #makeRoom(): boolean {
    for (const [key] of [...this.#sizes].toSorted(([, one], [, other]) => other - one)) {
      const lists = this.#byInstance.get(key)
      const [oldest] = lists ?? []
      // An instance's newest list is not given up: whoever asked for it has still to read it.
      if (!lists || !oldest || lists.size === 1) continue
      lists.delete(oldest[0])
      this.#count(key, -weightOf(oldest[1]))
      return true
    }
    return false
  }

  #count(key: string, by: number): void {
    this.#held += by
    this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + by)
  }
}

function weightOf(lists: readonly Shown[]): number {
  return lists.reduce((sum, { names }) => sum + 1 + names.size, 0)
}
