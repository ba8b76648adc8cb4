/**
 * Sessions with a known fate, written down by hand: what happened to each, and what must be judged
 * of it. All times are milliseconds after the cause; nothing here is worked out by the code that is
 * tested.
 */
export interface Fate {
  readonly name: string
  readonly class: string
  /** D - T. */
  readonly deadlineMs: number
  /** null: nobody told when it was created, and it was first heard of after its cause. */
  readonly createdMs: number | null
  readonly detectedMs: number
  readonly orderedMs?: number
  readonly acknowledgedMs?: number
  readonly readBackMs?: number
  readonly endEventMs?: number
  readonly refusedMs?: number
  /** Uses that the provider accepted: proof of life. */
  readonly aliveMs?: readonly number[]
  /** Uses that an application accepted: exposure. */
  readonly exposedMs?: readonly number[]
  readonly expiresMs?: number
  readonly tokenExpiresMs?: number
  readonly judged: Judged
}

/** undefined: the pair does not stand, so there is no curfew to judge. */
export type Judged =
  | {
      readonly certainty: 'certain' | 'ambiguous' | 'creation_unknown'
      readonly verdict: 'kept' | 'broken' | 'open' | 'unproven'
      readonly outcome: string
      /** null: no proof of death. */
      readonly deadMs: number | null
      readonly best: string
    }
  | undefined

const minute = 60_000
const hour = 60 * minute

const certain = { certainty: 'certain' } as const
const usual = { class: 'credential_reset', deadlineMs: minute, createdMs: -hour } as const

export const fates: readonly Fate[] = [
  ...[0, 1, 2, 3, 4, 5, 6].map(
    (step): Fate => ({
      ...usual,
      name: `contained in time ${step}`,
      detectedMs: 300 + 70 * step,
      orderedMs: 800 + 90 * step,
      acknowledgedMs: 1_500 + 250 * step,
      readBackMs: 4_000 + 1_100 * step,
      tokenExpiresMs: 5 * minute,
      judged: {
        ...certain,
        verdict: 'kept',
        outcome: 'contained_in_time',
        deadMs: 4_000 + 1_100 * step,
        best: 'E2 read back as gone',
      },
    }),
  ),
  {
    ...usual,
    name: 'the end event comes before the read',
    class: 'subject_offboarded',
    detectedMs: 250,
    orderedMs: 600,
    acknowledgedMs: 1_100,
    endEventMs: 1_900,
    readBackMs: 6_000,
    judged: {
      ...certain,
      verdict: 'kept',
      outcome: 'contained_in_time',
      deadMs: 1_900,
      best: 'E3 end event of the provider',
    },
  },
  {
    ...usual,
    name: 'tried again and refused',
    class: 'grant_revoked',
    detectedMs: 900,
    orderedMs: 1_200,
    acknowledgedMs: 2_000,
    readBackMs: 9_000,
    refusedMs: 40_000,
    judged: {
      ...certain,
      verdict: 'kept',
      outcome: 'contained_in_time',
      deadMs: 9_000,
      best: 'E4 a later use was refused',
    },
  },
  {
    ...usual,
    name: 'read back after the deadline',
    detectedMs: 500,
    orderedMs: 70_000,
    acknowledgedMs: 80_000,
    readBackMs: 90_000,
    judged: {
      ...certain,
      verdict: 'unproven',
      outcome: 'contained_late',
      deadMs: 90_000,
      best: 'E2 read back as gone',
    },
  },
  {
    ...usual,
    name: 'the provider goes on accepting it',
    class: 'subject_suspended',
    detectedMs: 400,
    orderedMs: 700,
    acknowledgedMs: 1_400,
    aliveMs: [2 * minute, 3 * hour],
    judged: {
      ...certain,
      verdict: 'broken',
      outcome: 'still_alive',
      deadMs: null,
      best: 'E1 acknowledged, not proven',
    },
  },
  {
    ...usual,
    name: 'alive after the deadline, then contained',
    class: 'subject_suspended',
    detectedMs: 450,
    orderedMs: 2 * minute,
    aliveMs: [2 * minute],
    acknowledgedMs: 3 * minute,
    readBackMs: 200_000,
    judged: {
      ...certain,
      verdict: 'broken',
      outcome: 'contained_late',
      deadMs: 200_000,
      best: 'E2 read back as gone',
    },
  },
  {
    ...usual,
    name: 'its user logs out',
    class: 'credential_changed',
    detectedMs: 350,
    endEventMs: 20_000,
    judged: {
      ...certain,
      verdict: 'kept',
      outcome: 'ended_otherwise_in_time',
      deadMs: 20_000,
      best: 'E3 end event of the provider',
    },
  },
  {
    ...usual,
    name: 'its user logs out too late',
    class: 'credential_changed',
    detectedMs: 350,
    endEventMs: 10 * minute,
    judged: {
      ...certain,
      verdict: 'unproven',
      outcome: 'ended_otherwise_late',
      deadMs: 10 * minute,
      best: 'E3 end event of the provider',
    },
  },
  {
    ...usual,
    name: 'it runs out by itself',
    class: 'membership_deactivated',
    detectedMs: 600,
    expiresMs: 30 * minute,
    judged: {
      ...certain,
      verdict: 'unproven',
      outcome: 'expired',
      deadMs: null,
      best: 'no evidence',
    },
  },
  {
    ...usual,
    name: 'nobody knows',
    class: 'directory_deactivated',
    detectedMs: 800,
    orderedMs: 1_000,
    judged: {
      ...certain,
      verdict: 'unproven',
      outcome: 'unknown',
      deadMs: null,
      best: 'E0 requested, not proven',
    },
  },
  {
    ...usual,
    name: 'applications still take its token',
    class: 'device_lost',
    detectedMs: -300,
    orderedMs: 500,
    acknowledgedMs: 900,
    readBackMs: 3_000,
    exposedMs: [10_000, 4 * minute],
    tokenExpiresMs: 15 * minute,
    judged: {
      ...certain,
      verdict: 'kept',
      outcome: 'contained_in_time',
      deadMs: 3_000,
      best: 'E2 read back as gone',
    },
  },
  {
    ...usual,
    name: 'created two seconds before its cause',
    createdMs: -2_000,
    detectedMs: 300,
    judged: {
      certainty: 'ambiguous',
      verdict: 'unproven',
      outcome: 'unknown',
      deadMs: null,
      best: 'no evidence',
    },
  },
  {
    ...usual,
    name: 'first heard of after its cause',
    createdMs: null,
    detectedMs: 5 * minute,
    aliveMs: [4 * minute],
    judged: {
      certainty: 'creation_unknown',
      verdict: 'broken',
      outcome: 'still_alive',
      deadMs: null,
      best: 'no evidence',
    },
  },
  {
    ...usual,
    name: 'created after its cause',
    createdMs: 10 * minute,
    detectedMs: 400,
    judged: undefined,
  },
  {
    ...usual,
    name: 'ended before its cause',
    detectedMs: 400,
    endEventMs: -10 * minute,
    judged: undefined,
  },
]

/** Fates whose cause lies so shortly before the end of the range that their deadline is not past. */
export const youngFates: readonly Fate[] = [
  {
    ...usual,
    name: 'not due yet',
    detectedMs: 200,
    orderedMs: 400,
    judged: {
      ...certain,
      verdict: 'open',
      outcome: 'unknown',
      deadMs: null,
      best: 'E0 requested, not proven',
    },
  },
  {
    ...usual,
    name: 'dead before it is due',
    detectedMs: 200,
    orderedMs: 400,
    acknowledgedMs: 900,
    readBackMs: 2_000,
    judged: {
      ...certain,
      verdict: 'kept',
      outcome: 'contained_in_time',
      deadMs: 2_000,
      best: 'E2 read back as gone',
    },
  },
]
