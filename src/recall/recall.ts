import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Moment } from '../contract/memory.ts'
import type { Notes } from '../contract/notes.ts'
import type { Ask } from '../contract/ports.ts'
import type { Batch, RawMessage } from '../contract/raw-message.ts'
import type { AllMissed, Memory, MemoryOptions } from './memory.ts'
import { keepMissed, makeMemory, missedOf, subjectSlotKey } from './memory.ts'
import type { OpenNotes } from './notes.ts'
import { makeNotes } from './notes.ts'
import { askFacts } from './refill.ts'
import { restore } from './restore.ts'
import type { Grace, SessionSlot } from './session-slot.ts'
import { blankSession, learnSession } from './session-slot.ts'
import type { SubjectSlot } from './slots.ts'
import { blankSubject, joinSession, learnSubject } from './slots.ts'

/** A batch with what was known before each of its events. */
export interface Recalled {
  /**
   * Each event with what was known strictly before it; what it tells is learnt when the consumer
   * asks for the next one. To be run through once.
   */
  readonly moments: () => Iterable<Moment>
  /** The same moments, once run through: memory as it stands after the batch. */
  readonly seen: readonly Moment[]
  /** What the store does not know yet beside the events themselves: ties, first sights, names. */
  readonly notes: Notes
}

/** The messages of a batch that are not recorded yet; all of them unless it is a redelivery. */
export type Unrecorded = (batch: Batch) => Promise<readonly RawMessage[]>

/** @throws CurfewError of the store, or of the port that says what is settled; nothing is learnt then. */
export type Recall = (enriched: readonly EnrichedEvent[]) => Promise<Recalled>

export interface RecallOptions extends MemoryOptions {
  readonly ask: Ask
  readonly grace: Grace
}

/**
 * The working memory of subjects and sessions: bounded, and rebuilt from the store on a miss with
 * one query per batch. Events of a subject must reach one process, which owns its memory.
 */
export function makeRecall(options: RecallOptions): Recall {
  const memory = makeMemory(options)
  return async (enriched) => {
    memory.turn()
    const { slots, missed } = findSlots(enriched, memory)
    if (missed.size > 0) {
      if (!memory.isWhole()) await refill(missed, memory, options)
      keepMissed(missed, memory)
    }
    const seen: Moment[] = []
    const notes = makeNotes()
    function* moments(): Iterable<Moment> {
      for (let place = 0; place < enriched.length; place += 1) {
        const [each, slot] = [enriched[place], slots[place]]
        if (!each || !slot) return
        if (each.event.subjectRef === '' && slot.session) adopt(each.event, slot, memory)
        const { event, place: where, network, device } = each
        const moment = { event, place: where, network, device, ...slot }
        seen.push(moment)
        yield moment
        learn(each, slot, notes, options.grace)
      }
    }
    return { moments, seen, notes }
  }
}

/** The slots of one event. */
interface Slots {
  subject: SubjectSlot | null
  readonly session: SessionSlot | null
}

/** Finds each event's slots, making blank ones for what memory does not hold, listed as missed. */
function findSlots(enriched: readonly EnrichedEvent[], memory: Memory) {
  const missed: AllMissed = new Map()
  const slots: Slots[] = []
  for (const { event } of enriched) {
    const subject = findSubject(event, event.subjectRef, memory, missed)
    const session = findSession(event, subject, memory, missed)
    // Whose session it is may be known although the event does not say so.
    if (subject === null && session) findSubject(event, session.subjectRef, memory, missed)
    slots.push({ subject, session })
  }
  return { slots, missed }
}

function findSubject(
  event: SessionEvent,
  subjectRef: string,
  memory: Memory,
  missed: AllMissed,
): SubjectSlot | null {
  if (subjectRef === '') return null
  const { tenant, instance } = event
  const known = memory.subjects.get(subjectSlotKey({ tenant, instance, subjectRef }))
  if (known) return known
  const { subjects } = missedOf(event, missed)
  const slot = subjects.get(subjectRef) ?? blankSubject(tenant, instance, subjectRef)
  subjects.set(subjectRef, slot)
  return slot
}

function findSession(
  event: SessionEvent,
  subject: SubjectSlot | null,
  memory: Memory,
  missed: AllMissed,
): SessionSlot | null {
  if (event.sessionId === '') return null
  const key = sessionKey(event)
  const known = memory.sessions.get(key)
  if (known) return known
  // The subject's slot may have outlived the session's in memory, and holds it.
  const held = subject?.sessions.find((session) => session.key === key)
  if (held && !held.isPartial) {
    memory.sessions.put(key, held)
    return held
  }
  const { sessions } = missedOf(event, missed)
  const slot = sessions.get(key) ?? held ?? blankSession(key, event)
  sessions.set(key, slot)
  return slot
}

async function refill(missed: AllMissed, memory: Memory, options: RecallOptions): Promise<void> {
  const { ask, meter } = options
  await memory.readable()
  for (const of of missed.values()) {
    const { tenant, instance, subjects, sessions } = of
    meter.count('curfew_recall_misses_total', {}, subjects.size + sessions.size)
    const idsOf = (slots: readonly SessionSlot[]) => [...new Set(slots.map(({ id }) => id))]
    const asked = [...sessions.values()]
    const facts = await askFacts(ask, {
      tenant,
      instance,
      refs: [...subjects.keys()],
      sessions: idsOf(asked),
      orphans: idsOf(asked.filter(({ subjectRef }) => subjectRef === '')),
    })
    restore(facts, of, {
      // A subject that was not missed knows more than the store does.
      subject: (subjectRef) => {
        if (memory.subjects.get(subjectSlotKey({ tenant, instance, subjectRef }))) return undefined
        const slot = subjects.get(subjectRef) ?? blankSubject(tenant, instance, subjectRef)
        subjects.set(subjectRef, slot)
        return slot
      },
      resident: (key) => memory.sessions.get(key),
      asked: (key) => sessions.get(key),
    })
  }
}

/** An event that names no subject takes that of its session, and its memory. */
function adopt(event: SessionEvent, slots: Slots, memory: Memory): void {
  event.subjectRef = slots.session?.subjectRef ?? ''
  if (event.subjectRef !== '') slots.subject = memory.subjects.get(subjectSlotKey(event)) ?? null
}

function learn(
  enriched: EnrichedEvent,
  { subject, session }: Slots,
  notes: OpenNotes,
  grace: Grace,
): void {
  const { event } = enriched
  if (session) {
    learnSession(session, event, grace)
    notes.tie(session, event)
    if (subject) joinSession(subject, session)
  }
  if (subject) {
    notes.name(subject, event)
    notes.firsts(subject, learnSubject(subject, enriched))
  }
}
