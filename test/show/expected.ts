import type { Told } from './world.ts'
import { second } from './world.ts'

/** What is true of one session at an instant, worked out from the facts and without any SQL. */
export interface Judged {
  readonly of: Told
  readonly certainty: 'certain' | 'ambiguous' | 'creation_unknown'
  readonly acknowledgedAt: number | null
  readonly readBackAt: number | null
  readonly endedAt: number | null
  readonly refusedAt: number | null
  readonly aliveAt: number | null
  readonly deadAt: number | null
  readonly outcome: string
}

/** Judges a session as of an instant; undefined where its curfew does not stand. */
export function judge(told: Told, asOf: number): Judged | undefined {
  const of = firstLifeOf(told)
  const by = (at: number | null) => (at !== null && at <= asOf ? at : null)
  if (of.detectedAt > asOf) return undefined
  const bornAt = birthOf(of)
  const createdAt = by(bornAt)
  const endedAt = by(of.endedAt)
  if (createdAt !== null && createdAt > of.causeAt + 5 * second) return undefined
  const lives = of.uses.filter((use) => use.observer === 'idp').map((use) => use.at)
  // A sign-in on a session that was used before is a sign of life and no birth.
  if (bornAt === null && of.createdAt !== null) lives.push(of.createdAt)
  const seen = lives.filter((at) => at <= asOf)
  const aliveAt = seen.length === 0 ? null : Math.max(...seen)
  const isRefuted = endedAt !== null && aliveAt !== null && aliveAt > endedAt + 5 * second
  if (endedAt !== null && endedAt < of.causeAt && !isRefuted) return undefined
  const afterLife = (at: number | null) =>
    at !== null && (aliveAt === null || at > aliveAt) ? at : null
  const sinceCause = (at: number | null) => (at !== null && at >= of.causeAt ? afterLife(at) : null)
  const proofs = [sinceCause(by(of.readBackAt)), sinceCause(endedAt), sinceCause(by(of.refusedAt))]
  const deaths = proofs.filter((at) => at !== null)
  const deadAt = deaths.length === 0 ? null : Math.min(...deaths)
  const acknowledged = by(of.acknowledgedAt)
  const acknowledgedAt = acknowledged !== null && acknowledged >= of.causeAt ? acknowledged : null
  const [readBackAt = null, ended = null, refusedAt = null] = proofs
  return {
    of,
    certainty: certaintyOf(of, bornAt),
    acknowledgedAt,
    readBackAt,
    endedAt: ended,
    refusedAt,
    aliveAt,
    deadAt,
    outcome: outcomeOf(of, asOf, {
      deadAt,
      aliveAt,
      acknowledged: acknowledgedAt !== null && !wasDead(deadAt, by(of.orderedAt)),
    }),
  }
}

/** Whether it was dead already, beyond clock skew, when the order went out. */
function wasDead(deadAt: number | null, orderedAt: number | null): boolean {
  return deadAt !== null && orderedAt !== null && deadAt < orderedAt - 5 * second
}

/** What happened before somebody signed in on the id once the session was over, which is another life. */
function firstLifeOf(of: Told): Told {
  const { createdAt, endedAt, uses } = of
  if (createdAt === null || endedAt === null || endedAt >= createdAt) return of
  const refutes = (use: Told['uses'][number]) =>
    use.observer === 'idp' && use.at > endedAt + 5 * second && use.at < createdAt
  if (uses.some(refutes)) return of
  const early = (at: number | null) => (at !== null && at < createdAt ? at : null)
  return {
    ...of,
    createdAt: null,
    acknowledgedAt: early(of.acknowledgedAt),
    readBackAt: early(of.readBackAt),
    refusedAt: early(of.refusedAt),
    uses: uses.filter(({ at }) => at < createdAt),
  }
}

/** A creation later than the first accepted use is a further sign-in. */
function birthOf({ createdAt, uses }: Told): number | null {
  const first = Math.min(...uses.map((use) => use.at))
  return createdAt !== null && createdAt > first + 5 * second ? null : createdAt
}

function certaintyOf(of: Told, bornAt: number | null): Judged['certainty'] {
  if (bornAt !== null) {
    return Math.abs(bornAt - of.causeAt) <= 5 * second ? 'ambiguous' : 'certain'
  }
  const uses = of.uses.map((use) => use.at)
  const seen = [...uses, of.createdAt, of.endedAt, of.refusedAt].filter((at) => at !== null)
  return seen.some((at) => at < of.causeAt - 5 * second) ? 'certain' : 'creation_unknown'
}

function outcomeOf(
  of: Told,
  asOf: number,
  known: {
    readonly deadAt: number | null
    readonly aliveAt: number | null
    readonly acknowledged: boolean
  },
): string {
  const { deadAt, aliveAt, acknowledged } = known
  if (deadAt !== null) {
    const who = acknowledged ? 'contained' : 'ended_otherwise'
    return `${who}_${deadAt <= of.deadlineAt ? 'in_time' : 'late'}`
  }
  const expired = of.expiresAt !== null && of.expiresAt <= asOf
  if (expired && (aliveAt === null || aliveAt <= (of.expiresAt ?? 0))) return 'expired'
  return aliveAt !== null && aliveAt > of.deadlineAt ? 'still_alive' : 'unknown'
}

const words = [
  'contained_in_time',
  'contained_late',
  'ended_otherwise_in_time',
  'ended_otherwise_late',
  'expired',
  'still_alive',
  'unknown',
  'open',
  'ambiguous',
  'creation_unknown',
] as const

/** The figures of the coverage report for one set of sessions, each with one curfew. */
export function coverageOf(world: readonly Told[], asOf: number): Map<string, object> {
  const judged = world.flatMap((of) => judge(of, asOf) ?? [])
  const classes = [...new Set(world.map((of) => of.class))]
  const rows = new Map<string, object>()
  for (const cause of [...classes, 'all']) {
    const mine = judged.filter((each) => cause === 'all' || each.of.class === cause)
    const causes = world.filter((of) => cause === 'all' || of.class === cause)
    rows.set(cause, coverageRow(mine, causes, asOf))
  }
  return rows
}

function coverageRow(mine: readonly Judged[], causes: readonly Told[], asOf: number): object {
  const toldOf = (each: Judged) => {
    if (each.certainty !== 'certain') return each.certainty
    return each.of.deadlineAt >= asOf ? 'open' : each.outcome
  }
  const count = (word: string) => mine.filter((each) => toldOf(each) === word).length
  const counts = Object.fromEntries(words.map((word) => [word, count(word)]))
  const eligible = words.slice(0, 7).reduce((sum, word) => sum + count(word), 0)
  const covered = count('contained_in_time') + count('ended_otherwise_in_time')
  return {
    ...counts,
    eligible,
    coverage: eligible === 0 ? null : covered / eligible,
    causes: causes.length,
  }
}

/** Exact quantile as ClickHouse defines it: the element at floor(level * n) of the sorted values. */
export function quantile(values: readonly number[], level: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))] ?? null
}
