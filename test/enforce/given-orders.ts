import { causeScopes } from '../../src/contract/cause.ts'
import type { CurfewMode } from '../../src/contract/curfew.ts'
import type { CausePolicy, Policy } from '../../src/contract/policy.ts'
import type { GuardCounts, Proposal } from '../../src/enforce/guarding/guard.ts'

export const noon = Date.parse('2026-11-03T12:00:00.000Z')

/** An order that no guard objects to. */
export function aProposal(change: Partial<Proposal> = {}): Proposal {
  return {
    tenant: 'acme',
    instance: 'keycloak-main',
    orderId: 'order-1',
    subjectRef: 'ref-ada',
    subjectId: 'user-ada',
    sessionKind: 'online',
    sessionId: 'session-1',
    incarnation: 0,
    classes: ['credential_reset'],
    causeIds: ['cause-1'],
    mode: 'enforce',
    certainty: 'certain',
    mayAct: true,
    causeAt: noon - 60_000,
    deadlineAt: noon + 60_000,
    approvedBy: '',
    alsoEnds: [],
    bystanders: [],
    shownEnds: [],
    ...change,
  }
}

/** A quiet hour at a tenant with a thousand sessions. */
export function aTally(change: Partial<GuardCounts> = {}): GuardCounts {
  return {
    now: noon,
    findingOrdersLastMinute: 0,
    findingSubjectsLastHour: new Set(),
    findingSessionsLastHour: 0,
    liveSessions: 1000,
    dispatchedOfCause: 0,
    containedOfCause: 0,
    failedOfCause: 0,
    killed: false,
    ...change,
  }
}

/** A policy in which everything is enforced, except the classes named in `modes`. */
export function aPolicy(
  change: Partial<Policy['guards']> = {},
  modes: { readonly [className: string]: CurfewMode } = {},
): Policy {
  const causes = Object.entries(causeScopes).map(([name, scope]) => [
    name,
    { scope, mode: modes[name] ?? 'enforce', deadlineMs: 60_000 } satisfies CausePolicy,
  ])
  return {
    // The entries are those of causeScopes, which has every class.
    causes: Object.fromEntries(causes) as Policy['causes'],
    detectors: {},
    guards: {
      findingOrdersPerMinuteMax: 10,
      findingSubjectsPerHourMax: 25,
      protectedSubjects: ['user-break-glass'],
      providerCallsPerSecondMax: 5,
      waveSizes: [10, 50],
      massStopShare: 0.05,
      unlistedEnds: 'approve',
      approvalTtlMs: 1_800_000,
      ...change,
    },
    timing: {
      clockUncertaintyMs: 5000,
      useGraceMs: 30_000,
      listingEveryMs: 60_000,
      freshMs: 86_400_000,
      settlingMs: 604_800_000,
    },
  }
}
