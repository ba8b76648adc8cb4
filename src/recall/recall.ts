import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Moment } from '../contract/memory.ts'
import type { Notes } from '../contract/notes.ts'
import type { Ask, Meter } from '../contract/ports.ts'
import type { Batch, RawMessage } from '../contract/raw-message.ts'
import type { OpenNotes } from './notes.ts'
import { makeNotes } from './notes.ts'
import { askFacts } from './refill.ts'
import { restore } from './restore.ts'
import type { Grace, SessionSlot } from './session-slot.ts'
import { blankSession, learnSession } from './session-slot.ts'
import type { SubjectSlot } from './slots.ts'
import { blankSubject, joinSession, learnSubject } from './slots.ts'
import { makeTwoGenerations } from './two-generations.ts'

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

export type Recall = (enriched: readonly EnrichedEvent[]) => Promise<Recalled>

export interface RecallOptions {
  readonly ask: Ask
  readonly meter: Meter
  readonly grace: Grace
  readonly subjectsMax: number
  readonly sessionsMax: number
  /**
   * True when the store was empty at open and only this process writes to it: what memory does not
   * know is then unknown to the store too, until something is forgotten.
   */
  readonly storeIsEmpty: boolean
}

/**
 * The working memory of subjects and sessions: bounded, and rebuilt from the store on a miss with
 * one query per batch. Events of a subject must reach one process, which owns its memory.
 */
export function makeRecall(options: RecallOptions): Recall {
  let whole = options.storeIsEmpty
  const forgotten = () => {
    whole = false
    options.meter.count('curfew_recall_generations_total')
  }
  const memory: Memory = {
    subjects: makeTwoGenerations<SubjectSlot>(options.subjectsMax, forgotten),
    sessions: makeTwoGenerations<SessionSlot>(options.sessionsMax, forgotten),
  }
  return async (enriched) => {
    const { slots, missed } = findSlots(enriched, memory)
    if (missed.size > 0 && !whole) await refill(missed, memory, options)
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

/** The slots of one event; both are in memory's maps. */
interface Slots {
  subject: SubjectSlot | null
  readonly session: SessionSlot | null
}

interface Memory {
  readonly subjects: ReturnType<typeof makeTwoGenerations<SubjectSlot>>
  readonly sessions: ReturnType<typeof makeTwoGenerations<SessionSlot>>
}

interface Missed {
  readonly tenant: string
  readonly instance: string
  readonly refs: Set<string>
  readonly sessions: Set<string>
  since: number
}

/** How far back the uses of a missed session are read: displacement, and as much again. */
const usesBackMs = 10 * 60_000

/** Finds each event's slots, making blank ones for what memory does not hold, listed as missed. */
function findSlots(enriched: readonly EnrichedEvent[], memory: Memory) {
  const missed = new Map<string, Missed>()
  const slots: Slots[] = []
  for (const { event } of enriched) {
    slots.push({
      subject: findSubject(event, memory, missed),
      session: findSession(event, memory, missed),
    })
  }
  return { slots, missed }
}

type MissedMap = Map<string, Missed>

function findSubject(event: SessionEvent, memory: Memory, missed: MissedMap): SubjectSlot | null {
  if (event.subjectRef === '') return null
  const key = subjectSlotKey(event)
  const known = memory.subjects.get(key)
  if (known) return known
  const slot = blankSubject(event.tenant, event.instance, event.subjectRef)
  memory.subjects.put(key, slot)
  missedOf(event, missed).refs.add(event.subjectRef)
  return slot
}

function findSession(event: SessionEvent, memory: Memory, missed: MissedMap): SessionSlot | null {
  if (event.sessionId === '') return null
  const key = sessionKey(event)
  const known = memory.sessions.get(key)
  if (known) return known
  const slot = blankSession(key, event)
  memory.sessions.put(key, slot)
  missedOf(event, missed).sessions.add(event.sessionId)
  return slot
}

function missedOf(event: SessionEvent, missed: MissedMap): Missed {
  const key = `${event.tenant}\u0000${event.instance}`
  const of = missed.get(key) ?? blankMissed(event.tenant, event.instance)
  missed.set(key, of)
  of.since = Math.min(of.since, event.occurredAt - usesBackMs)
  return of
}

function blankMissed(tenant: string, instance: string): Missed {
  return { tenant, instance, refs: new Set(), sessions: new Set(), since: Number.MAX_SAFE_INTEGER }
}

async function refill(
  missed: Map<string, Missed>,
  memory: Memory,
  options: RecallOptions,
): Promise<void> {
  for (const of of missed.values()) {
    const { tenant, instance } = of
    options.meter.count('curfew_recall_misses_total', {}, of.refs.size + of.sessions.size)
    const facts = await askFacts(options.ask, {
      tenant,
      instance,
      refs: [...of.refs],
      sessions: [...of.sessions],
      since: of.since,
    })
    restore(
      facts,
      { tenant, instance, grace: options.grace },
      {
        // A fact about a subject that was not missed is older than what its slot holds.
        subject: (ref) =>
          of.refs.has(ref)
            ? memory.subjects.get(subjectSlotKey({ tenant, instance, subjectRef: ref }))
            : undefined,
        session: (key, blank) => {
          const known = memory.sessions.get(key)
          if (known) return known
          const slot = blank()
          memory.sessions.put(key, slot)
          return slot
        },
      },
    )
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

function subjectSlotKey(of: {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}): string {
  return `${of.tenant}\u0000${of.instance}\u0000${of.subjectRef}`
}
