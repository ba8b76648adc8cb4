import type { SessionEvent } from '../contract/event.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Meter } from '../contract/ports.ts'
import type { SessionSlot } from './session-slot.ts'
import type { SubjectSlot } from './slots.ts'
import { makeTwoGenerations } from './two-generations.ts'

export interface MemoryOptions {
  readonly meter: Meter
  readonly subjectsMax: number
  readonly sessionsMax: number
  /**
   * True when the store was empty at open and only this process writes to it: what memory does not
   * know is then unknown to the store too, until something is forgotten.
   */
  readonly storeIsEmpty: boolean
  /** Settles once all that was judged up to this call can be read from the store, or never will. */
  readonly settled: () => Promise<void>
}

/** The slots of subjects and sessions that this process holds. */
export type Memory = ReturnType<typeof makeMemory>

export function makeMemory({
  meter,
  subjectsMax,
  sessionsMax,
  storeIsEmpty,
  settled,
}: MemoryOptions) {
  const subjects = makeTwoGenerations<SubjectSlot>(subjectsMax)
  const sessions = makeTwoGenerations<SessionSlot>(sessionsMax)
  let isWhole = storeIsEmpty
  // What is forgotten at a turn was last told before the turn before it.
  let forgottenIsRead = Promise.resolve()
  let agedIsRead = Promise.resolve()
  return {
    subjects,
    sessions,
    /** Forgets what was not heard of lately; to be called between batches. */
    turn(): void {
      for (const turned of [subjects.turn(), sessions.turn()]) {
        if (turned === 'not_due') continue
        const [before, aged] = [forgottenIsRead, agedIsRead]
        forgottenIsRead = Promise.all([before, aged]).then(() => {})
        agedIsRead = settled()
        if (turned === 'turned') continue
        isWhole = false
        meter.count('curfew_recall_generations_total')
      }
    },
    /** Whether nothing of what was ever told has been forgotten. */
    isWhole: () => isWhole,
    /** Resolves once the store can tell what was forgotten; asked sooner, it would leave it out. */
    readable: () => forgottenIsRead,
  }
}

export function subjectSlotKey(of: {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}): string {
  return `${of.tenant}\u0000${of.instance}\u0000${of.subjectRef}`
}

/** What a batch needs and memory does not hold, for one instance: slots to be filled and then kept. */
export interface Missed {
  readonly tenant: string
  readonly instance: string
  readonly subjects: Map<string, SubjectSlot>
  readonly sessions: Map<string, SessionSlot>
}

/** By instance. Nothing of it is in memory before it is filled: an unfilled slot would be a lie. */
export type AllMissed = Map<string, Missed>

export function missedOf(event: SessionEvent, all: AllMissed): Missed {
  const { tenant, instance } = event
  const key = `${tenant}\u0000${instance}`
  const known = all.get(key)
  if (known) return known
  const missed = { tenant, instance, subjects: new Map(), sessions: new Map() }
  all.set(key, missed)
  return missed
}

/** Takes what was missed into memory. */
export function keepMissed(all: AllMissed, memory: Memory): void {
  for (const { tenant, instance, subjects, sessions } of all.values()) {
    for (const [subjectRef, slot] of subjects) {
      memory.subjects.put(subjectSlotKey({ tenant, instance, subjectRef }), slot)
    }
    for (const slot of sessions.values()) {
      slot.isPartial = false
      memory.sessions.put(
        sessionKey({ tenant, instance, sessionKind: slot.kind, sessionId: slot.id }),
        slot,
      )
    }
  }
}
