import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CauseClass } from './cause.ts'
import { CurfewMode } from './curfew.ts'
import { ScopeKind } from './event-words.ts'
import { DetectorMode } from './finding.ts'

/**
 * The policy file: which actions are allowed, how soon and how many. Everything has a default,
 * so an empty file is a valid policy: it reports everything and ends nothing.
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
        default: 60,
        description: 'D - T: seconds after the cause by which its sessions must be dead.',
      }),
    ),
  },
  { ...closed, description: 'Scope, deadline and mode of one class of causes.' },
)

const DetectorRule = Type.Object(
  {
    mode: Type.Optional(DetectorMode),
  },
  {
    ...closed,
    description:
      'Mode of the findings of one detector or sweep. One that reports on the effect of causes may not propose or act.',
  },
)

const Guards = Type.Object(
  {
    finding_orders_per_minute_max: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 10,
        description: 'Orders caused by findings, per tenant.',
      }),
    ),
    finding_subjects_per_hour_max: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 25,
        description: 'Distinct subjects that findings may sign out, per tenant.',
      }),
    ),
    protected_subjects: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        default: [],
        description:
          "Subject ids that are signed out only after an approval: break-glass accounts and Curfew's own.",
      }),
    ),
    provider_calls_per_second_max: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        default: 5,
        description: "Per instance; a tenth of the provider's documented limit or less.",
      }),
    ),
    wave_sizes: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        default: [10, 50],
        description:
          'Sizes of the first waves of one cause; the rest follows when they are contained.',
      }),
    ),
    mass_stop_share: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0.05,
        description:
          "Share of a tenant's live sessions that finding-caused orders may cover within an hour before all of them stop.",
      }),
    ),
    unlisted_ends: Type.Optional(
      Type.Union([Type.Literal('approve'), Type.Literal('allow')], {
        default: 'approve',
        description:
          'Where a provider can only end all sessions of a person and list none, a call may end sessions that nobody knows of: approve asks a person before each such call, allow makes it where all known ones are condemned.',
      }),
    ),
    approval_ttl_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 1800,
        description: 'How long an order waits for approval before it expires.',
      }),
    ),
  },
  { ...closed, description: 'Limits on actions, and protected subjects.' },
)

const Timing = Type.Object(
  {
    clock_uncertainty_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 60,
        default: 5,
        description:
          'A session created this close to its cause is ambiguous and needs an approval.',
      }),
    ),
    use_grace_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        default: 30,
        description:
          'A use this soon after a revocation is a request in flight or a late log, and no use after it.',
      }),
    ),
    listing_every_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 300,
        description: 'How often every subject with an open curfew is listed again at its provider.',
      }),
    ),
    fresh_hours: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 24,
        description:
          'A device or network first observed this recently is new: its session is not exempt. With 0 none is.',
      }),
    ),
    settling_days: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 90,
        default: 7,
        description:
          'For this long after the first event of a person everything about them is new: no country is reported as new then, and no device or network counts as new. The same holds after a silence of this length.',
      }),
    ),
  },
  { ...closed, description: 'Times and durations used in judgements.' },
)

export const PolicyFile = Type.Object(
  {
    version: Type.Literal(1, { description: 'Version of this contract.' }),
    causes: Type.Optional(
      Type.Partial(Type.Record(CauseClass, CauseRule), {
        ...closed,
        description: 'By class of cause; a class without an entry is only observed.',
      }),
    ),
    detectors: Type.Optional(
      Type.Record(Type.String(), DetectorRule, {
        description: 'By id of detector; a detector without an entry keeps its own default.',
      }),
    ),
    guards: Type.Optional(Guards),
    timing: Type.Optional(Timing),
  },
  {
    ...closed,
    $id: 'policy.v1',
    title: 'Curfew policy, version 1',
    description:
      'Which actions are allowed, how soon and how many. An empty policy reports everything and ends nothing.',
  },
)
export type PolicyFile = Static<typeof PolicyFile>

export interface CausePolicy {
  readonly scope: Static<typeof ScopeKind>
  readonly mode: CurfewMode
  readonly deadlineMs: number
}

/** The policy with all defaults. */
export interface Policy {
  readonly causes: { readonly [Class in CauseClass]: CausePolicy }
  /** A detector without an entry in the file has its own default mode. */
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
    readonly unlistedEnds: 'approve' | 'allow'
    readonly approvalTtlMs: number
  }
  readonly timing: {
    readonly clockUncertaintyMs: number
    readonly useGraceMs: number
    readonly listingEveryMs: number
    readonly freshMs: number
    readonly settlingMs: number
  }
}
