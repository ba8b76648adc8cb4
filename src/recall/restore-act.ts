import { Value } from 'typebox/value'
import { InitiatorKind, ScopeKind } from '../contract/event-words.ts'
import type { CredentialChange, SignOut } from '../contract/memory.ts'
import { isCredentialChange, learnChange, learnRecovery } from './learn-subject.ts'
import type { MemoryRow } from './load-memory.ts'
import { sessionKindOf } from './session-kind.ts'
import { learnSignOut } from './sign-outs.ts'
import type { SubjectSlot } from './slots.ts'

/** The sign-out that a fact tells, of a subject or of everybody. */
export function signOutFrom({ text, number }: MemoryRow): SignOut {
  const [, eventId = '', , kind = '', initiatorId = '', initiatorClient = '', reason = ''] = text
  const initiator = { initiatorKind: initiatorOf(kind), initiatorId, initiatorClient }
  return { at: number[0] ?? 0, eventId, ...initiator, reason }
}

/** Takes an act about a subject back into its memory, as `memory-query.ts` reads it. */
export function restoreAct(fact: MemoryRow, slot: SubjectSlot): void {
  const [type = '', eventId = '', flowId = '', by] = fact.text
  const isDemand = by === 'admin'
  if (type === 'subject.signed_out') learnSignOut(slot, signOutFrom(fact))
  else if (isCredentialChange(type) && !isDemand) learnChange(slot, changeOf(fact, slot, type))
  else learnRecovery(slot, { at: fact.number[0] ?? 0, eventId, flowId, isDemand })
}

/** The store keeps of a change whose it is, and not by which of its names. */
function changeOf(
  { text, number }: MemoryRow,
  { tenant, instance, ref }: SubjectSlot,
  type: CredentialChange['type'],
): CredentialChange {
  const [, id = '', initiatorSessionId = '', by = '', initiatorId = '', , reason = '', ...more] =
    text
  const [lane, sessionKind, sessionId = '', scope = '', scopeId = '', organizationId = ''] = more
  const toldAs = (more[6] ?? '').split(' ').filter((id) => id !== '')
  const [occurredAt, receivedAt, acts] = number
  const mayAct = acts === 1
  return {
    ...{ tenant, instance, id, type, reason, mayAct },
    ...{ occurredAt: occurredAt ?? 0, receivedAt: receivedAt ?? 0 },
    // A copy that came live may have been folded away by one of a replay.
    lane: mayAct || lane === 'live' ? 'live' : 'historical',
    ...{ subjectId: ref, subjectRef: ref },
    ...{ sessionKind: sessionKindOf(sessionKind), sessionId },
    ...{ scopeKind: Value.Check(ScopeKind, scope) ? scope : '', scopeId, organizationId },
    ...{ connectionId: '', deviceId: '', grantId: '' },
    ...{ initiatorKind: initiatorOf(by), initiatorId, initiatorSessionId, toldAs },
  }
}

function initiatorOf(text: string): InitiatorKind | '' {
  return Value.Check(InitiatorKind, text) ? text : ''
}
