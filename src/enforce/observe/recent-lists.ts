import type { SessionKind } from '../../contract/event-words.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { SubjectKey } from '../orders/outstanding.ts'

/** A list as it is remembered: which sessions it showed, by kind and id. */
export interface ListSnapshot {
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
/** Remembered lists plus session labels in them; some 100 bytes each. */
const weightMax = 500_000

/**
 * The last lists of subjects. Instances share the room: where it is full, the one that has most in it gives
 * up the subject that it listed longest ago, who is then listed again.
 */
export class RecentLists {
  readonly #byInstance = new Map<string, Map<string, readonly ListSnapshot[]>>()
  readonly #sizes = new Map<string, number>()
  readonly #weightMax: number
  #weight = 0

  constructor(most: number = weightMax) {
    this.#weightMax = most
  }

  /** What is remembered of a subject, oldest first. */
  of({ tenant, instance, subjectRef }: SubjectKey): readonly ListSnapshot[] {
    return this.#byInstance.get(instanceKey(tenant, instance))?.get(subjectRef) ?? []
  }

  add({ tenant, instance, subjectRef }: SubjectKey, shown: ListSnapshot): void {
    const key = instanceKey(tenant, instance)
    const lists = this.#byInstance.get(key) ?? new Map<string, readonly ListSnapshot[]>()
    this.#byInstance.set(key, lists)
    const before = lists.get(subjectRef) ?? []
    const after = [...before, shown].slice(-listsMax)
    // To the end: the first is then the one that was listed longest ago.
    lists.delete(subjectRef)
    lists.set(subjectRef, after)
    this.#count(key, weightOf(after) - weightOf(before))
    while (this.#weight > this.#weightMax && this.#makeRoom());
  }

  /** Whether there was anything to give up. */
  #makeRoom(): boolean {
    for (const [key] of [...this.#sizes].toSorted(([, one], [, other]) => other - one)) {
      const lists = this.#byInstance.get(key)
      const [oldest] = lists ?? []
      // An instance's newest list is kept: its caller has yet to read it.
      if (!lists || !oldest || lists.size === 1) continue
      lists.delete(oldest[0])
      this.#count(key, -weightOf(oldest[1]))
      return true
    }
    return false
  }

  #count(key: string, by: number): void {
    this.#weight += by
    this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + by)
  }
}

function weightOf(lists: readonly ListSnapshot[]): number {
  return lists.reduce((sum, { names }) => sum + 1 + names.size, 0)
}
