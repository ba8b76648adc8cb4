import { Value } from 'typebox/value'
import type { CauseClass } from '../contract/cause.ts'
import { causeScopes } from '../contract/cause.ts'
import { CurfewError } from '../contract/errors.ts'
import type { CausePolicy, Policy } from '../contract/policy.ts'
import { PolicyFile } from '../contract/policy.ts'
import { problemsOf } from '../contract/problems.ts'
import { readYaml } from './read-yaml.ts'

/** Default deadline for a condemned session to be dead. */
const deadlineSeconds = 60

/**
 * Reads and checks the policy file; without a file, or with an empty one, everything has its
 * default, which reports everything and ends nothing.
 *
 * @param detectorIds detectors and sweeps that a file may name.
 * @param reporting those of them that only report, so that no mode can make them impose.
 * @throws CurfewError POLICY_INVALID listing every problem with its place in the file.
 */
export function loadPolicy(
  path: string | undefined,
  detectorIds: readonly string[],
  reporting: readonly string[] = [],
): Policy {
  if (path === undefined) return defaultPolicy
  const { value, problems } = readYaml(path)
  if (problems) throw invalid(path, problems)
  const file = value ?? { version: 1 }
  const unknown = namedDetectors(file).filter((id) => !detectorIds.includes(id))
  const strangers = unknown.map(
    (id) => `/detectors/${id}: no such detector or sweep; known are ${detectorIds.join(', ')}`,
  )
  if (!Value.Check(PolicyFile, file)) {
    throw invalid(path, [...problemsOf(PolicyFile, file), ...strangers])
  }
  const idle = Object.entries(file.detectors ?? {})
    .filter(([id, { mode }]) => reporting.includes(id) && (mode === 'propose' || mode === 'act'))
    .map(([id, { mode }]) => `/detectors/${id}/mode: ${idleWords(mode)}`)
  if (strangers.length === 0 && idle.length === 0) return fillPolicy(file)
  throw invalid(path, [...strangers, ...idle])
}

/** A mode without effect is refused: the operator would rely on it. */
const idleWords = (mode: string | undefined): string =>
  `'${mode}' would have no effect, since it reports and imposes nothing itself; must be one of off, shadow, inform. ` +
  'What ends the session is the mode of the cause that condemned it, under /causes, or an order of a person'

function namedDetectors(file: unknown): readonly string[] {
  const detectors =
    typeof file === 'object' && file !== null && 'detectors' in file ? file.detectors : undefined
  return typeof detectors === 'object' && detectors !== null ? Object.keys(detectors) : []
}

function invalid(path: string, problems: readonly string[]): CurfewError {
  const list = problems.map((problem) => `\n  ${problem}`).join('')
  return new CurfewError('POLICY_INVALID', `the policy ${path} cannot be used:${list}`)
}

/** The file with every default filled in. */
export function fillPolicy(file: PolicyFile): Policy {
  const guards = file.guards ?? {}
  const timing = file.timing ?? {}
  return {
    causes: causesOf(file),
    detectors: Object.fromEntries(
      Object.entries(file.detectors ?? {}).map(([id, rule]) => [
        id,
        rule.mode === undefined ? {} : { mode: rule.mode },
      ]),
    ),
    guards: {
      findingOrdersPerMinuteMax: guards.finding_orders_per_minute_max ?? 10,
      findingSubjectsPerHourMax: guards.finding_subjects_per_hour_max ?? 25,
      protectedSubjects: guards.protected_subjects ?? [],
      providerCallsPerSecondMax: guards.provider_calls_per_second_max ?? 5,
      waveSizes: guards.wave_sizes ?? [10, 50],
      massStopShare: guards.mass_stop_share ?? 0.05,
      unlistedEnds: guards.unlisted_ends ?? 'approve',
      approvalTtlMs: (guards.approval_ttl_seconds ?? 1_800) * 1_000,
    },
    timing: {
      clockUncertaintyMs: (timing.clock_uncertainty_seconds ?? 5) * 1_000,
      useGraceMs: (timing.use_grace_seconds ?? 30) * 1_000,
      listingEveryMs: (timing.listing_every_seconds ?? 300) * 1_000,
      freshMs: (timing.fresh_hours ?? 24) * 3_600_000,
      settlingMs: (timing.settling_days ?? 7) * 86_400_000,
    },
  }
}

function causesOf(file: PolicyFile): Policy['causes'] {
  const rules: { readonly [cause: string]: NonNullable<PolicyFile['causes']>[CauseClass] } =
    file.causes ?? {}
  const ruleOf = (cause: CauseClass): CausePolicy => {
    const rule = rules[cause] ?? {}
    return {
      scope: rule.scope ?? causeScopes[cause],
      mode: rule.mode ?? 'observe',
      deadlineMs: (rule.deadline_seconds ?? deadlineSeconds) * 1_000,
    }
  }
  return {
    credential_reset: ruleOf('credential_reset'),
    credential_changed: ruleOf('credential_changed'),
    factor_changed: ruleOf('factor_changed'),
    subject_suspended: ruleOf('subject_suspended'),
    subject_offboarded: ruleOf('subject_offboarded'),
    membership_deactivated: ruleOf('membership_deactivated'),
    access_reduced: ruleOf('access_reduced'),
    directory_deactivated: ruleOf('directory_deactivated'),
    connection_deactivated: ruleOf('connection_deactivated'),
    grant_revoked: ruleOf('grant_revoked'),
    device_lost: ruleOf('device_lost'),
    session_expired: ruleOf('session_expired'),
    operator_order: ruleOf('operator_order'),
    finding: ruleOf('finding'),
    organization_deactivated: ruleOf('organization_deactivated'),
  }
}

/** The policy without a file. */
export const defaultPolicy: Policy = fillPolicy({ version: 1 })
