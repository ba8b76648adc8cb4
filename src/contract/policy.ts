import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CauseClass } from './cause.ts'
import { CurfewMode } from './curfew.ts'
import { ScopeKind } from './event-words.ts'
import { DetectorMode } from './finding.ts'

/**
 * The policy file: what may happen to whom, how soon and how much of it. Everything has a default,
 * so an empty file is a policy: it reports everything and ends nothing.
 */
const closed = { additionalProperties: false } as const

const CauseRule = Type.Object(
  {
    scope: Type.Optional(ScopeKind),
    mode: Type.Optional(CurfewMode),
    deadline_seconds: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 604800,
        description: 'D - T: how soon after the cause its sessions must be dead.',
      }),
    ),
  },
  closed,
)

const DetectorRule = Type.Object(
  {
    mode: Type.Optional(DetectorMode),
  },
  closed,
)

const Guards = Type.Object(
  {
    finding_orders_per_minute_max: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Orders caused by findings, per tenant.' }),
    ),
    finding_subjects_per_hour_max: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Distinct subjects that findings may sign out, per tenant.',
      }),
    ),
    protected_subjects: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        description:
          "Subject ids that nothing ends without a person: break-glass and Curfew's own.",
      }),
    ),
    provider_calls_per_second_max: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: "Per instance; a tenth of the provider's documented limit or less.",
      }),
    ),
    wave_sizes: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        description:
          'Sizes of the first waves of one cause; the rest follows when they are contained.',
      }),
    ),
    mass_stop_share: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          "Share of a tenant's live sessions that finding-caused orders may reach within an hour before all of them stop.",
      }),
    ),
    approval_ttl_seconds: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  closed,
)

const Timing = Type.Object(
  {
    clock_uncertainty_seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 60 })),
    use_grace_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        description: 'A request in flight or a late log is no use after revocation.',
      }),
    ),
    listing_every_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'How often every subject with an open curfew is listed again at its provider.',
      }),
    ),
    fresh_hours: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'A device or network first seen so recently is fresh: its session is not exempt.',
      }),
    ),
  },
  closed,
)

export const PolicyFile = Type.Object(
  {
    version: Type.Literal(1),
    causes: Type.Optional(Type.Record(CauseClass, CauseRule, closed)),
    detectors: Type.Optional(Type.Record(Type.String(), DetectorRule)),
    guards: Type.Optional(Guards),
    timing: Type.Optional(Timing),
  },
  { ...closed, $id: 'policy.v1', title: 'Curfew policy, version 1' },
)
export type PolicyFile = Static<typeof PolicyFile>

export interface CausePolicy {
  readonly scope: Static<typeof ScopeKind>
  readonly mode: CurfewMode
  readonly deadlineMs: number
}

/** The policy with every default filled in. */
export interface Policy {
  readonly causes: { readonly [Class in CauseClass]: CausePolicy }
  /** The mode of a detector that the file does not name is the detector's own default. */
  readonly detectors: {
    readonly [id: string]: { readonly mode?: DetectorMode }
  }
  readonly guards: {
    readonly findingOrdersPerMinuteMax: number
    readonly findingSubjectsPerHourMax: number
    readonly protectedSubjects: readonly string[]
    readonly providerCallsPerSecondMax: number
    readonly waveSizes: readonly number[]
    readonly massStopShare: number
    readonly approvalTtlMs: number
  }
  readonly timing: {
    readonly clockUncertaintyMs: number
    readonly useGraceMs: number
    readonly listingEveryMs: number
    readonly freshMs: number
  }
}
