import type { Cause } from '../../src/contract/cause.ts'
import { contractRule } from '../../src/contract/deaths.ts'
import type { Pair } from '../../src/verdict/curfew-pairs.ts'
import type { SessionFacts } from '../../src/verdict/session-facts.ts'
import { noon } from './given-orders.ts'

/** A reset of a password of a subject. */
export function aCause(change: Partial<Cause>): Cause {
  return {
    tenant: 'acme',
    instance: 'idp',
    causeId: 'c1',
    class: 'credential_reset',
    eventId: 'e1',
    at: noon,
    receivedAt: noon,
    lane: 'live',
    mayAct: true,
    modeMax: 'enforce',
    scopeKind: 'subject',
    scopeId: '',
    subjectRef: 'ref-ada',
    sessionKind: '',
    sessionId: '',
    exemptSessionId: '',
    flowSessionId: '',
    initiatorKind: 'user',
    initiatorId: '',
    reason: '',
    ...change,
  }
}

/** That cause, held against a session. */
export function aPair(change: Partial<Pair> = {}): Pair {
  return {
    incarnation: 0,
    curfewId: 'k1',
    class: 'credential_reset',
    causeId: 'c1',
    causeAt: noon,
    deadlineAt: noon + 60_000,
    mode: 'enforce',
    mayAct: true,
    subjectRef: 'ref-ada',
    ...change,
  }
}

/** A session that began ten minutes before it, and of which nothing else was heard. */
export function aKnown(change: Partial<SessionFacts> = {}): SessionFacts {
  return {
    tenant: 'acme',
    instance: 'idp',
    sessionKind: 'online',
    sessionId: 's1',
    subjectRef: 'ref-ada',
    listedSubjectRef: '',
    onBehalfOfRef: '',
    namedByEvent: true,
    createdAt: noon - 600_000,
    firstSeenAt: noon - 600_000,
    firstAliveAt: null,
    incarnations: [],
    aliveAts: [],
    usedAts: [],
    shownAts: { listing: [], read: [] },
    creations: [noon - 600_000],
    ends: [],
    refusals: [],
    acknowledged: [],
    calls: [],
    nothingLeft: [],
    gone: [],
    rule: contractRule,
    pairs: [aPair()],
    ...change,
  }
}
