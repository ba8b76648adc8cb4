import type { SessionEvent } from '../../contract/event.ts'
import { EventType } from '../../contract/event-words.ts'
import type { SessionMemory } from '../../contract/memory.ts'
import { usesInLookback } from '../../contract/memory.ts'
import type { Detector, Sight } from '../detector.ts'
import { nothing } from '../detector.ts'
import { span } from '../measures.ts'

/**
 * A session accepted after its own expiry. Expiry slides: an extension heard of late withdraws what
 * was seen before it was known. It stands while the youngest accepted use is past the latest expiry
 * and clock uncertainty, whatever came first; the earliest such use that is known is the evidence.
 */
export const detector: Detector = {
  id: 'used-after-expiry',
  title: 'A session is accepted after it should have expired',
  kind: 'threshold',
  family: 'lifecycle',
  severity: 'high',
  mode: 'inform',
  attack: ['T1550.004'],
  runbook:
    'Check whether the provider extends sessions without saying so; if not, end the session and tell its owner.',
  // Every event that names a session may bring a later expiry.
  types: EventType.anyOf.map((word) => word.const),
  inspect: ({ event, session }, { timing }) => {
    const expiresAt = later(session?.expiresAt ?? null, event.expiresAt)
    if (!session || expiresAt === null) return nothing
    const over = expiresAt + timing.clockUncertaintyMs
    const known = session.afterExpiry
    const earliest = earliestAfter(over, session, event)
    if (earliest?.eventId === known?.eventId) return nothing
    if (earliest) return [sight(earliest.at, earliest.eventId, expiresAt, true)]
    return known ? [sight(known.at, known.eventId, expiresAt, false)] : nothing
  },
  examples: [
    {
      name: 'used within its time',
      history: [
        { minute: 0, type: 'session.created', expiresMinute: 60 },
        { minute: 59, outcome: 'accepted' },
      ],
      finds: [],
    },
    {
      name: 'accepted past its time',
      history: [
        { minute: 0, type: 'session.created', expiresMinute: 60 },
        { minute: 62, outcome: 'accepted' },
        { minute: 63, outcome: 'accepted' },
      ],
      finds: ['expiry'],
    },
    {
      name: 'refused past its time',
      history: [
        { minute: 0, type: 'session.created', expiresMinute: 60 },
        { minute: 62, outcome: 'refused' },
      ],
      finds: [],
    },
    {
      name: 'the extension is heard of after the use',
      history: [
        { minute: 0, type: 'session.created', expiresMinute: 60 },
        { minute: 61, outcome: 'accepted' },
        { minute: 59.5, outcome: 'accepted', expiresMinute: 120 },
      ],
      finds: [],
    },
  ],
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}

interface At {
  readonly at: number
  readonly eventId: string
}

/** The earliest accepted use after an instant, of those that this event may be held against. */
function earliestAfter(over: number, session: SessionMemory, event: SessionEvent): At | undefined {
  const isUse = event.type === 'session.used' && event.outcome === 'accepted'
  // By far most events: a use within its time that changes nothing about expiry.
  if (isUse && event.occurredAt <= over && event.expiresAt === null)
    return session.afterExpiry ?? undefined
  const past = event.expiresAt === null ? [] : usesInLookback(session.uses, event.occurredAt)
  const uses: At[] = past.filter((use) => use.outcome === 'accepted')
  if (event.expiresAt !== null && session.lastAccepted) uses.push(session.lastAccepted)
  if (session.afterExpiry) uses.push(session.afterExpiry)
  if (isUse) uses.push({ at: event.occurredAt, eventId: event.id })
  let earliest: At | undefined
  for (const use of uses) {
    if (use.at <= over) continue
    if (
      !earliest ||
      use.at < earliest.at ||
      (use.at === earliest.at && use.eventId < earliest.eventId)
    ) {
      earliest = use
    }
  }
  return earliest
}

function sight(at: number, eventId: string, expiresAt: number, standing: boolean): Sight {
  const seconds = Math.round((at - expiresAt) / 1000)
  return {
    on: 'session',
    about: ['expiry'],
    standing,
    at,
    eventIds: [eventId],
    why: standing
      ? `Accepted ${span(at - expiresAt)} after its expiry.`
      : 'Its expiry had been extended.',
    facts: { secondsPastExpiry: seconds },
  }
}
