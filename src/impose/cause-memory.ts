import type { Cause } from '../contract/cause.ts'
import type { SessionEvent } from '../contract/event.ts'

/** Subjects with recent causes, causes of one subject, and names already told, at most. */
const subjectsMax = 20_000
const causesMax = 16
const toldMax = 100_000

/**
 * The recent causes of each subject, to meet sessions that are first heard of after them, and the
 * names of what was already told, so that each use of a condemned session does not condemn it anew.
 * Forgetting is harmless: the enforcer's sweep finds the curfew, and a repeated row is the same row.
 */
export function makeCauseMemory() {
  const bySubject = new Map<string, ReadonlyMap<string, Cause>>()
  /** References of the subjects there are causes of. */
  const refs = new Set<string>()
  let told = new Set<string>()
  let toldBefore = new Set<string>()
  const keyOf = (named: Pick<Cause, 'tenant' | 'instance' | 'subjectRef'>) =>
    `${named.tenant}\u0000${named.instance}\u0000${named.subjectRef}`
  return {
    /** `name` tells copies apart that do not say the same. */
    keep(cause: Cause, name: string): void {
      if (cause.subjectRef === '') return
      const key = keyOf(cause)
      const causes = [...(bySubject.get(key) ?? [])].filter(([known]) => known !== name)
      refs.add(cause.subjectRef)
      bySubject.delete(key)
      bySubject.set(key, new Map([...causes, [name, cause] as const].slice(-causesMax)))
      const oldest = bySubject.size > subjectsMax ? bySubject.keys().next().value : undefined
      if (oldest === undefined) return
      bySubject.delete(oldest)
      refs.delete(oldest.slice(oldest.lastIndexOf('\u0000') + 1))
    },
    of(event: SessionEvent): Iterable<Cause> {
      // A reference is of one instance only, so most subjects are told to have none at one look.
      if (!refs.has(event.subjectRef)) return none
      return bySubject.get(keyOf(event))?.values() ?? none
    },
    isNew(name: string): boolean {
      if (told.has(name) || toldBefore.has(name)) return false
      if (told.size >= toldMax) {
        toldBefore = told
        told = new Set()
      }
      told.add(name)
      return true
    },
  }
}

const none: readonly Cause[] = []
