import { Value } from 'typebox/value'
import type { CauseFacts } from '../contract/event.ts'
import { InitiatorKind, ScopeKind } from '../contract/event-words.ts'
import { learnChange, learnRecovery } from './learn-subject.ts'
import type { Fact } from './refill.ts'
import { sessionKindOf } from './session-kind.ts'
import { learnSignOut } from './sign-outs.ts'
import type { SubjectSlot } from './slots.ts'

/** Takes an act about a subject back into its memory, as `facts-statement.ts` reads it. */
export function restoreAct(fact: Fact, slot: SubjectSlot): void {
  const [type, eventId = '', flowId = '', kind = '', initiatorId = '', initiatorClient = ''] =
    fact.text
  const [at] = fact.number
  const initiator = { initiatorKind: initiatorOf(kind), initiatorId, initiatorClient }
  const told = { at: at ?? 0, eventId }
  if (type === 'subject.signed_out') {
    learnSignOut(slot, { ...told, ...initiator, reason: fact.text[6] ?? '' })
  } else if (type === 'credential.changed' || type === 'factor.changed') {
    learnChange(slot, changeOf(fact, slot, type))
  } else learnRecovery(slot, { ...told, flowId })
}

/**
 * The store keeps of a change whose it is and not by which of its names, and not whether it may act. So
 * what a later request makes of it is reported and ends no session; the weaker cause stands as it was.
 */
function changeOf(
  { text, number }: Fact,
  { tenant, instance, ref }: SubjectSlot,
  type: CauseFacts['type'],
): CauseFacts {
  const [, id = '', initiatorSessionId = '', by = '', initiatorId = '', , reason = '', ...more] =
    text
  const [lane, sessionKind, sessionId = '', scope = '', scopeId = '', organizationId = ''] = more
  const [occurredAt, receivedAt] = number
  return {
    ...{ tenant, instance, id, type, reason, mayAct: false },
    ...{ occurredAt: occurredAt ?? 0, receivedAt: receivedAt ?? 0 },
    lane: lane === 'live' ? 'live' : 'historical',
    ...{ subjectId: ref, subjectRef: ref },
    ...{ sessionKind: sessionKindOf(sessionKind), sessionId },
    ...{ scopeKind: Value.Check(ScopeKind, scope) ? scope : '', scopeId, organizationId },
    ...{ connectionId: '', deviceId: '', grantId: '' },
    ...{ initiatorKind: initiatorOf(by), initiatorId, initiatorSessionId },
  }
}

function initiatorOf(text: string): InitiatorKind | '' {
  return Value.Check(InitiatorKind, text) ? text : ''
}
