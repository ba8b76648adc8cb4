import type { Cause } from '../contract/cause.ts'
import type { SessionEvent } from '../contract/event.ts'
import { BoundedCache } from '../process/bounded-cache.ts'
import { RecentIds } from '../process/recent-ids.ts'

/** Subjects with recent causes, causes of one subject, handled ids, and changes, at most. */
const subjectsMax = 20_000
const causesMax = 16
const idsMax = 100_000
const changesMax = 40_000

/**
 * The recent causes of each subject, for sessions first reported after them, and the keys of rows
 * already written, so that a use of a condemned session writes no row again. Forgetting is
 * harmless: the enforcer finds the curfew, and a repeated row is the same row.
 */
export function makeCauseMemory() {
  // A reference is a hash of tenant, instance and subject; the check of the instance is a second
  // barrier.
  const bySubject = new Map<string, ReadonlyMap<string, Cause>>()
  const applied = new RecentIds(idsMax)
  const changes = new BoundedCache<string, string>(changesMax)
  return {
    /** The id of the last cause written for a change of a credential, by the id of its event. */
    lastOf: (eventId: string): string | undefined => changes.get(eventId),
    noteLast: ({ eventId, causeId }: Cause): void => changes.set(eventId, causeId),
    /**
     * `name` distinguishes copies with different contents; another cause of the same event is
     * replaced.
     */
    keep(cause: Cause, name: string): void {
      if (cause.subjectRef === '') return
      const { subjectRef: ref, eventId, causeId } = cause
      const causes = [...(bySubject.get(ref) ?? [])].filter(
        ([known, each]) => known !== name && (each.eventId !== eventId || each.causeId === causeId),
      )
      bySubject.delete(ref)
      bySubject.set(ref, new Map([...causes, [name, cause] as const].slice(-causesMax)))
      const oldest = bySubject.size > subjectsMax ? bySubject.keys().next().value : undefined
      if (oldest !== undefined) bySubject.delete(oldest)
    },
    of({ tenant, instance, subjectRef }: SessionEvent): readonly Cause[] {
      const causes = bySubject.get(subjectRef)
      if (causes === undefined) return none
      return [...causes.values()].filter(
        (cause) => cause.tenant === tenant && cause.instance === instance,
      )
    },
    isNew: (name: string): boolean => applied.add(name),
  }
}

const none: readonly Cause[] = []
