import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { Moment } from '../contract/memory.ts'
import type { Notes } from '../contract/notes.ts'
import type { Ask } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'
import type { Rejected } from '../contract/rejected.ts'
import { sightingsDays } from './facts-statement.ts'
import type { Grace } from './learn-session.ts'
import type { AllMissed, Memory, MemoryOptions, Realm } from './memory.ts'
import { keepMissed, makeMemory, missedOf, missedSessions } from './memory.ts'
import { Moments } from './moments.ts'
import type { OpenNotes } from './notes.ts'
import { makeNotes } from './notes.ts'
import { askFacts } from './refill.ts'
import { restore } from './restore.ts'
import { learnSignOut } from './sign-outs.ts'
import type { SessionSlot, Slots, SubjectSlot } from './slots.ts'

/** A batch with what was known before each of its events. */
export interface Recalled {
  /**
   * Each event with what was known strictly before it; what it tells is learnt when the consumer
   * asks for the next one. To be run through once.
   */
  readonly moments: () => Iterable<Moment>
  /** The same moments, once run through: memory as it stands after the batch. */
  readonly seen: readonly Moment[]
  /** Events that followed from those of the batch, once run through: to be recorded with them. */
  readonly derived: readonly EnrichedEvent[]
  /** What the store does not know yet beside the events themselves: ties, first sights, names. */
  readonly notes: Notes
}

/** What a batch told. */
export interface Told {
  readonly events: readonly SessionEvent[]
  readonly rejected: readonly Rejected[]
}

/** What of a batch is not recorded yet: all that it told unless it is a redelivery. */
export type Unrecorded = (batch: Batch, told: Told) => Promise<Told>

/** @throws CurfewError of the store, or of the port that says what is settled; nothing is learnt then. */
export type Recall = (enriched: readonly EnrichedEvent[]) => Promise<Recalled>

export interface RecallOptions extends MemoryOptions {
  readonly ask: Ask
  readonly grace: Grace
  /**
   * Called for what threw on the content of an event, or of what the store holds: it is then not learnt, and
   * what it was about is known in part.
   */
  readonly onFault?: OnFault
}

/**
 * The working memory of subjects and sessions: bounded, and rebuilt from the store on a miss with
 * one query per batch. Events of a subject must reach one process, which owns its memory.
 */
export function makeRecall(options: RecallOptions): Recall {
  const memory = makeMemory(options)
  const { grace, onFault = () => {} } = options
  return async (enriched) => {
    memory.turn()
    const { slots, missed } = findSlots(enriched, memory, onFault)
    const notes = makeNotes()
    if (missed.size > 0) {
      if (!memory.isWhole())
        await refill(missed, { memory, notes, since: sinceOf(enriched), onFault }, options)
      keepMissed(missed)
    }
    const moments = new Moments({ enriched, slots, memory, notes, grace, onFault })
    return { moments: () => moments, seen: moments.seen, derived: moments.derived, notes }
  }
}

/** Finds each event's slots, making blank ones for what memory does not hold, listed as missed. */
function findSlots(enriched: readonly EnrichedEvent[], memory: Memory, onFault: OnFault) {
  const missed: AllMissed = new Map()
  const slots: Slots[] = []
  for (const { event } of enriched) {
    try {
      slots.push(slotsOf(event, memory, missed))
    } catch (error) {
      const { tenant, instance, source } = event
      onFault({ tenant, instance, source, stage: 'recall', part: 'find', ...thrownOn(error) })
      slots.push({ subject: null, session: null })
    }
  }
  return { slots, missed }
}

function slotsOf(event: SessionEvent, memory: Memory, missed: AllMissed): Slots {
  const realm = memory.realmOf(event)
  const known = event.sessionId === '' ? undefined : knownSession(realm, event)
  const subject = subjectOf(realm, event.subjectRef, known, memory, missed)
  const session = known ?? missedSession(realm, event, subject, memory, missed)
  // Whose session it is may be known although the event does not say so.
  if (subject === null && session) findSubject(realm, session.subjectRef, memory, missed)
  return { subject, session }
}

function findSubject(
  realm: Realm,
  ref: string,
  memory: Memory,
  missed: AllMissed,
): SubjectSlot | null {
  if (ref === '') return null
  const known = realm.subjects.get(ref)
  if (known) return known
  const { subjects } = missedOf(realm, missed)
  const slot = subjects.get(ref) ?? memory.blankSubject(realm, ref)
  subjects.set(ref, slot)
  return slot
}

function knownSession(realm: Realm, event: SessionEvent): SessionSlot | undefined {
  return realm.sessions[event.sessionKind].get(event.sessionId)
}

/** The subject as its session holds it, where it does: most events name a session that is known. */
function subjectOf(
  realm: Realm,
  ref: string,
  session: SessionSlot | undefined,
  memory: Memory,
  missed: AllMissed,
): SubjectSlot | null {
  const held = session?.subject
  if (!held || held.ref !== ref || held.isForgotten) return findSubject(realm, ref, memory, missed)
  realm.subjects.hear(held)
  return held
}

function missedSession(
  realm: Realm,
  event: SessionEvent,
  subject: SubjectSlot | null,
  memory: Memory,
  missed: AllMissed,
): SessionSlot | null {
  const { sessionKind: kind, sessionId: id } = event
  if (id === '') return null
  // The subject's slot may have outlived the session's in memory, and holds what is left of it.
  const held = subject?.sessions.find((session) => session.id === id && session.kind === kind)
  const sessions = missedOf(realm, missed).sessions[kind]
  const slot = sessions.get(id) ?? held ?? memory.blankSession(realm, event)
  sessions.set(id, slot)
  return slot
}

/**
 * How far back sightings are of use: nobody needs more than a day to the other side of the world, and
 * no live event is older than a month. Of history anything may come, and a process is told either live
 * events or history.
 */
function sinceOf(enriched: readonly EnrichedEvent[]): number {
  let since = Number.POSITIVE_INFINITY
  for (const { event } of enriched) {
    since = Math.min(since, event.lane === 'live' ? event.occurredAt - sightingsBackMs : 0)
  }
  return Math.max(0, since)
}

const sightingsBackMs = sightingsDays * 24 * 60 * 60_000

async function refill(
  missed: AllMissed,
  {
    memory,
    notes,
    since,
    onFault,
  }: {
    readonly memory: Memory
    readonly notes: OpenNotes
    readonly since: number
    readonly onFault: OnFault
  },
  options: RecallOptions,
): Promise<void> {
  const { ask, meter } = options
  await memory.readable()
  for (const [realm, of] of missed) {
    const { tenant, instance } = realm
    const { subjects } = of
    const asked = missedSessions(of)
    meter.count('curfew_recall_misses_total', {}, subjects.size + asked.length)
    const idsOf = (slots: readonly SessionSlot[]) => [...new Set(slots.map(({ id }) => id))]
    const facts = await askFacts(ask, {
      tenant,
      instance,
      refs: [...subjects.keys()],
      sessions: idsOf(asked),
      orphans: idsOf(asked.filter(({ subjectRef }) => subjectRef === '')),
      since,
    })
    restore(facts, {
      // A subject that was not missed knows more than the store does.
      subject: (ref) => {
        if (realm.subjects.get(ref)) return undefined
        const slot = subjects.get(ref) ?? memory.blankSubject(realm, ref)
        subjects.set(ref, slot)
        return slot
      },
      resident: (kind, id) => realm.sessions[kind].get(id),
      asked: (kind, id) => of.sessions[kind].get(id),
      blank: (sessionKind, sessionId) => memory.blankSession(realm, { sessionKind, sessionId }),
      signOut: (signOut) => learnSignOut(realm, signOut),
      stale: notes.first,
      failed: ({ part }, error) => {
        const of = { tenant, instance, source: '' }
        onFault({ ...of, stage: 'recall', part: `restore ${part}`, ...thrownOn(error) })
      },
    })
  }
}
