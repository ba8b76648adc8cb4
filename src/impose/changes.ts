import type { Cause, ReplacedCause } from '../contract/cause.ts'
import type { CauseFacts } from '../contract/event.ts'
import type { EventAfterBatch, SubjectMemory } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { Now } from '../contract/ports.ts'
import type { makeCauseMemory } from './cause-memory.ts'
import { causeOfEvent } from './causes.ts'
import { isChange, reconsidered, recoveryOf } from './recovery.ts'

/** The causes that follow from an event about changes of credentials. */
export interface CausesOfChange {
  /** Its own cause, if it is a change. */
  readonly own?: Cause
  /** Causes of earlier changes that this event corrects. */
  readonly late: readonly Cause[]
  readonly replaced: readonly ReplacedCause[]
}

const nothing: CausesOfChange = { late: [], replaced: [] }

/**
 * One change of a credential is one cause, whatever was recorded first: once a later event shows
 * that it was a recovery, or was none, the corrected cause replaces the earlier one.
 */
export function makeCausesOfChange({
  policy,
  now,
  remembered,
}: {
  readonly policy: Policy
  readonly now: Now
  readonly remembered: ReturnType<typeof makeCauseMemory>
}): (context: EventAfterBatch) => CausesOfChange {
  let lastAt = 0
  // Two of one millisecond still have an order.
  const stamp = (): number => {
    lastAt = Math.max(now(), lastAt + 1)
    return lastAt
  }
  const tell = (change: CauseFacts, subject: SubjectMemory | null) => {
    const cause = causeOfEvent(change, policy, recoveryOf(change, subject))
    if (!cause) throw new TypeError(`a change of a credential is a cause, found ${change.type}`)
    const before = toldAs(change, subject)
    const replaced = before
      .filter((causeId) => causeId !== cause.causeId)
      .map((causeId) => ({
        tenant: change.tenant,
        instance: change.instance,
        eventId: change.id,
        causeId,
        byCauseId: cause.causeId,
        at: stamp(),
      }))
    remembered.noteLast(cause)
    return { cause, isNew: before.length === 0 || replaced.length > 0, replaced }
  }
  /**
   * What this process wrote last, otherwise what the store has: all of them where there are
   * several.
   */
  const toldAs = ({ id }: CauseFacts, subject: SubjectMemory | null): readonly string[] => {
    const last = remembered.lastOf(id)
    if (last !== undefined) return [last]
    return subject?.changes.find((each) => each.id === id)?.toldAs ?? []
  }
  return ({ event, subject }) => {
    const own = isChange(event) ? tell(event, subject) : undefined
    const late = reconsidered(event, subject)
      .map((change) => tell(change, subject))
      .filter(({ isNew }) => isNew)
    if (!own && late.length === 0) return nothing
    const all = own ? [own, ...late] : late
    return {
      ...(own ? { own: own.cause } : {}),
      late: late.map(({ cause }) => cause),
      replaced: all.flatMap(({ replaced }) => replaced),
    }
  }
}
