import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { DerivedFacts } from '../contract/derived-facts.ts'
import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { EventAfterBatch, EventContext } from '../contract/memory.ts'
import type { Ask } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'
import type { Rejected } from '../contract/rejected.ts'
import type { OpenDerivedFacts } from './derived-facts.ts'
import { makeDerivedFacts } from './derived-facts.ts'
import { EventContexts } from './event-context.ts'
import type { Grace } from './learn-session.ts'
import { loadMemory } from './load-memory.ts'
import type { AllMissed, InstanceMemory, Memory, MemoryOptions } from './memory.ts'
import { keepMissed, makeMemory, missedOf, missedSessions } from './memory.ts'
import { sightingsDays } from './memory-query.ts'
import { restore } from './restore.ts'
import { learnSignOut } from './sign-outs.ts'
import type { SessionSlot, Slots, SubjectSlot } from './slots.ts'

/** A batch that memory is ready for. */
export interface Recalled {
  /**
   * Each event with what was known strictly before it, in the order of the batch; what it shows is
   * learnt when the next one is asked for. To be run through once.
   */
  readonly inOrder: () => Iterable<EventContext>
  /**
   * What came of the batch.
   *
   * @throws TypeError while its events were not all run through: memory has not learnt them then.
   */
  readonly close: () => RecalledBatch
}

/** A batch whose events memory has learnt. */
export interface RecalledBatch {
  /**
   * The events to record: those of the batch, with the subject of their session where they named
   * none, and those that followed from them.
   */
  readonly events: readonly EnrichedEvent[]
  /** The same events with memory as it stands after all of them. */
  readonly contexts: readonly EventAfterBatch[]
  /** What the store does not know yet beside the events themselves: ties, first sights, identities. */
  readonly derivedFacts: DerivedFacts
}

/** What decode made of a batch. */
export interface DecodedBatch {
  readonly events: readonly SessionEvent[]
  readonly rejected: readonly Rejected[]
}

/** Leaves out what is recorded already: nothing, unless the batch is a redelivery. */
export type SkipRecorded = (batch: Batch, decoded: DecodedBatch) => Promise<DecodedBatch>

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
    memory.rotate()
    const { slots, missed } = findSlots(enriched, memory, onFault)
    const derivedFacts = makeDerivedFacts()
    if (missed.size > 0) {
      if (!memory.isWhole())
        await loadMissed(
          missed,
          { memory, derivedFacts, since: sinceOf(enriched), onFault },
          options,
        )
      keepMissed(missed)
    }
    const contexts = new EventContexts({ enriched, slots, memory, derivedFacts, grace, onFault })
    return {
      inOrder: () => contexts,
      close() {
        if (!contexts.isDone) {
          throw new TypeError('recall expected every event to be run through before close()')
        }
        return { events: contexts.events(), contexts: contexts.passed, derivedFacts }
      },
    }
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
  const instanceMemory = memory.instanceOf(event)
  const known = event.sessionId === '' ? undefined : knownSession(instanceMemory, event)
  const subject = subjectOf(instanceMemory, event.subjectRef, known, memory, missed)
  const session = known ?? missedSession(instanceMemory, event, subject, memory, missed)
  // Whose session it is may be known although the event does not say so.
  if (subject === null && session) findSubject(instanceMemory, session.subjectRef, memory, missed)
  return { subject, session }
}

function findSubject(
  instanceMemory: InstanceMemory,
  ref: string,
  memory: Memory,
  missed: AllMissed,
): SubjectSlot | null {
  if (ref === '') return null
  const known = instanceMemory.subjects.get(ref)
  if (known) return known
  const { subjects } = missedOf(instanceMemory, missed)
  const slot = subjects.get(ref) ?? memory.blankSubject(instanceMemory, ref)
  subjects.set(ref, slot)
  return slot
}

function knownSession(
  instanceMemory: InstanceMemory,
  event: SessionEvent,
): SessionSlot | undefined {
  return instanceMemory.sessions[event.sessionKind].get(event.sessionId)
}

/** The subject as its session holds it, where it does: most events name a session that is known. */
function subjectOf(
  instanceMemory: InstanceMemory,
  ref: string,
  session: SessionSlot | undefined,
  memory: Memory,
  missed: AllMissed,
): SubjectSlot | null {
  const held = session?.subject
  if (!held || held.ref !== ref || held.isForgotten)
    return findSubject(instanceMemory, ref, memory, missed)
  instanceMemory.subjects.markUsed(held)
  return held
}

function missedSession(
  instanceMemory: InstanceMemory,
  event: SessionEvent,
  subject: SubjectSlot | null,
  memory: Memory,
  missed: AllMissed,
): SessionSlot | null {
  const { sessionKind: kind, sessionId: id } = event
  if (id === '') return null
  // The subject's slot may have outlived the session's in memory, and holds what is left of it.
  const held = subject?.sessions.find((session) => session.id === id && session.kind === kind)
  const sessions = missedOf(instanceMemory, missed).sessions[kind]
  const slot = sessions.get(id) ?? held ?? memory.blankSession(instanceMemory, event)
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

async function loadMissed(
  missed: AllMissed,
  {
    memory,
    derivedFacts,
    since,
    onFault,
  }: {
    readonly memory: Memory
    readonly derivedFacts: OpenDerivedFacts
    readonly since: number
    readonly onFault: OnFault
  },
  options: RecallOptions,
): Promise<void> {
  const { ask, meter } = options
  await memory.readable()
  for (const [instanceMemory, of] of missed) {
    const { tenant, instance } = instanceMemory
    const { subjects } = of
    const asked = missedSessions(of)
    meter.count('curfew_recall_misses_total', {}, subjects.size + asked.length)
    const idsOf = (slots: readonly SessionSlot[]) => [...new Set(slots.map(({ id }) => id))]
    const facts = await loadMemory(ask, {
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
        if (instanceMemory.subjects.get(ref)) return undefined
        const slot = subjects.get(ref) ?? memory.blankSubject(instanceMemory, ref)
        subjects.set(ref, slot)
        return slot
      },
      resident: (kind, id) => instanceMemory.sessions[kind].get(id),
      asked: (kind, id) => of.sessions[kind].get(id),
      blank: (sessionKind, sessionId) =>
        memory.blankSession(instanceMemory, { sessionKind, sessionId }),
      signOut: (signOut) => learnSignOut(instanceMemory, signOut),
      stale: derivedFacts.first,
      failed: ({ part }, error) => {
        const of = { tenant, instance, source: '' }
        onFault({ ...of, stage: 'recall', part: `restore ${part}`, ...thrownOn(error) })
      },
    })
  }
}
