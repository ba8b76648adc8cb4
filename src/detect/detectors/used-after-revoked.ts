import type { SessionEvent } from '../../contract/event.ts'
import type { Severity } from '../../contract/finding.ts'
import type { SessionMemory, Turns, Use, UseKind } from '../../contract/memory.ts'
import { isLifecycleEvent, survivedEnd, useKindOf, usesInLookback } from '../../contract/memory.ts'
import type { Detector, Sight } from '../detector.ts'
import { nothing } from '../detector.ts'

const severities: { readonly [Kind in UseKind]: Severity } = {
  breach: 'critical',
  exposure: 'medium',
  attempt: 'low',
}
const words: { readonly [Kind in UseKind]: string } = {
  breach: 'its identity provider accepted it',
  exposure: 'an application accepted it, perhaps by a token it checked offline',
  attempt: 'it was refused',
}

/**
 * Use after the end, by session and not by user. Three sights that mean three things: an attempt
 * that was refused shows somebody still holds the token; exposure is the life of an offline token;
 * a breach is a revocation that did not work. Each rests on the earliest use past grace and clock
 * uncertainty, so late news of the end finds it too.
 */
export const detector: Detector = {
  id: 'used-after-revoked',
  title: 'A session is used after it was revoked or ended',
  kind: 'threshold',
  family: 'lifecycle',
  severity: 'medium',
  mode: 'inform',
  attack: ['T1550.001', 'T1550.004'],
  runbook:
    "Breach: the provider did not end the session; escalate to it and end the subject's sessions. Attempt: find who holds the token.",
  types: ['session.used', 'session.revoked', 'session.ended', 'session.created'],
  inspect: ({ event, session }, { timing }) => {
    if (!session) return nothing
    const isEnd = event.type === 'session.revoked' || event.type === 'session.ended'
    if (session.ends.length === 0 && !isEnd) return nothing
    // Which of its lives a use fell into can only be told while all their bounds are known.
    if (session.lifecycleOverflow && session.creations.length > 1) return nothing
    return judge(session, event, timing.useGraceMs + timing.clockUncertaintyMs)
  },
  examples: [
    {
      name: 'a request in flight',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10, type: 'session.revoked' },
        { minute: 10.2, outcome: 'accepted', observer: 'idp' },
      ],
      finds: [],
    },
    {
      name: 'the provider goes on accepting it',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10, type: 'session.revoked' },
        { minute: 12, outcome: 'accepted', observer: 'idp' },
        { minute: 13, outcome: 'accepted', observer: 'idp' },
      ],
      finds: ['breach'],
    },
    {
      name: 'refused, and accepted offline',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10, type: 'session.ended' },
        { minute: 12, outcome: 'refused', observer: 'idp' },
        { minute: 13, outcome: 'accepted', observer: 'application' },
      ],
      finds: ['attempt', 'exposure'],
    },
    {
      name: 'the end is heard of after the use',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 11.5, outcome: 'accepted', observer: 'idp' },
        { minute: 10, type: 'session.revoked' },
      ],
      finds: ['breach'],
    },
    {
      name: 'an earlier end is heard of after the use',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10.5, type: 'session.revoked' },
        { minute: 12, outcome: 'accepted', observer: 'idp' },
        { minute: 10, type: 'session.ended' },
      ],
      finds: ['breach'],
    },
    {
      name: 'somebody signs in on the id three seconds after the end',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10, type: 'session.ended' },
        { minute: 10.05, type: 'session.created' },
        { minute: 15, outcome: 'accepted', observer: 'idp' },
      ],
      finds: [],
    },
    {
      name: 'a session that was used before ends and begins again in one second',
      history: [
        { minute: 9, outcome: 'accepted', observer: 'idp' },
        { minute: 10, type: 'session.created' },
        { minute: 10, type: 'session.ended' },
        { minute: 15, outcome: 'accepted', observer: 'idp' },
      ],
      finds: [],
    },
    {
      name: 'the id lives a second life',
      history: [
        { minute: 0, type: 'session.created' },
        { minute: 10, type: 'session.ended' },
        { minute: 20, type: 'session.created' },
        { minute: 21, outcome: 'accepted', observer: 'idp' },
      ],
      finds: [],
    },
  ],
}

const useKinds: readonly UseKind[] = ['breach', 'exposure', 'attempt']
const ascending = (one: number, other: number) => one - other

function judge(session: SessionMemory, event: SessionEvent, graceMs: number): readonly Sight[] {
  const { type, occurredAt } = event
  const isEnd = type === 'session.revoked' || type === 'session.ended'
  const turns = {
    ends: isEnd ? [...session.ends, occurredAt].sort(ascending) : session.ends,
    creations:
      type === 'session.created'
        ? [...session.creations, occurredAt].sort(ascending)
        : session.creations,
    firstAliveAt: firstAliveOf(session, event),
  }
  const uses = usesOf(session, event)
  return useKinds.flatMap((kind) => changed(kind, session, uses, turns, graceMs))
}

function firstAliveOf({ firstAliveAt }: SessionMemory, event: SessionEvent): number | null {
  const { type, outcome, occurredAt: at } = event
  if (type !== 'session.used' || outcome !== 'accepted') return firstAliveAt
  return Math.min(firstAliveAt ?? at, at)
}

/** Every use that can be evidence: those in hindsight, what was evidence before, and this event. */
function usesOf(session: SessionMemory, event: SessionEvent): readonly Use[] {
  const kept = useKinds.flatMap((kind) => session.afterEnd[kind] ?? [])
  const past = isLifecycleEvent(event) ? usesInLookback(session.uses, event.occurredAt) : []
  const uses = [...past, ...kept]
  if (event.type === 'session.used' && event.outcome !== '') {
    const observer = event.observer === 'idp' ? 'idp' : 'application'
    const { id: eventId, occurredAt: at, outcome, tokenIssuedAt } = event
    uses.push({ at, eventId, outcome, observer, tokenIssuedAt })
  }
  return uses
}

/** What to tell of one kind: nothing while its earliest evidence and the end before it are the same. */
function changed(
  kind: UseKind,
  session: SessionMemory,
  uses: readonly Use[],
  turns: Turns,
  graceMs: number,
): readonly Sight[] {
  const known = session.afterEnd[kind]
  let earliest: Use | undefined
  let over = 0
  for (const use of uses) {
    const end = survivedEnd(turns, use.at, graceMs)
    if (end === undefined || useKindOf(use, end) !== kind) continue
    if (
      earliest &&
      (use.at > earliest.at || (use.at === earliest.at && use.eventId >= earliest.eventId))
    )
      continue
    earliest = use
    over = end
  }
  // An end may be told late and lie before the one that was told of.
  const sameEnd = known === null || over === survivedEnd(session, known.at, graceMs)
  if (earliest?.eventId === known?.eventId && sameEnd) return nothing
  if (earliest) return [sight(kind, earliest, over, true)]
  return known ? [sight(kind, known, known.at, false)] : nothing
}

function sight(kind: UseKind, use: Use, end: number, standing: boolean): Sight {
  return {
    on: 'session',
    about: [kind],
    standing,
    severity: severities[kind],
    at: use.at,
    eventIds: [use.eventId],
    why: standing
      ? `Used after it had ended: ${words[kind]}.`
      : 'The session had begun a new life.',
    facts: { kind, secondsAfterEnd: Math.round((use.at - end) / 1000) },
  }
}
