import type { Cause } from '../contract/cause.ts'
import type { SessionEvent } from '../contract/event.ts'
import { BoundedCache } from '../process/bounded-cache.ts'
import { RecentIds } from '../process/recent-ids.ts'

/** Subjects with recent causes, causes of one subject, names already told, and changes, at most. */
const subjectsMax = 20_000
const causesMax = 16
const idsMax = 100_000
const changesMax = 40_000

/**
 * The recent causes of each subject, to meet sessions that are first heard of after them, and the
 * names of what was already told, so that each use of a condemned session does not condemn it anew.
 * Forgetting is harmless: the enforcer's sweep finds the curfew, and a repeated row is the same row.
 */
export function makeCauseMemory() {
  // A reference is made of tenant, instance and subject, so in fact it is of one instance only; that
  // no cause meets another's session is seen to all the same.
  const bySubject = new Map<string, ReadonlyMap<string, Cause>>()
  const applied = new RecentIds(idsMax)
  const changes = new BoundedCache<string, string>(changesMax)
  return {
    /** The id of the cause as which the change of a credential was told last, by that of its event. */
    lastOf: (eventId: string): string | undefined => changes.get(eventId),
    noteLast: ({ eventId, causeId }: Cause): void => changes.set(eventId, causeId),
    /** `name` tells copies apart that do not say the same; another cause of its event makes room. */
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
