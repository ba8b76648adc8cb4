import { CurfewError, reasonOf } from '../contract/errors.ts'

/** Which build of a database answers; findings of two builds are never compared. */
export interface Database {
  /** Name and date in one word, as `saidBy` of what it says. '' when there is none. */
  readonly build: string
  /** Day the data was built, `YYYY-MM-DD`; '' when unknown. */
  readonly date: string
  /** Whole days from then until now; null when unknown. */
  readonly ageDays: number | null
}

export const noDatabase: Database = { build: '', date: '', ageDays: null }

/** Addresses change hands; MaxMind's own licence asks for data no older than 30 days. */
export const ageDaysMax = 45

const dayMs = 86_400_000

export function databaseOf(build: string, builtAt: number, now: number): Database {
  if (!Number.isFinite(builtAt)) return { build, date: '', ageDays: null }
  return {
    build,
    date: dayOf(builtAt),
    ageDays: Math.max(0, Math.floor((now - builtAt) / dayMs)),
  }
}

/** Milliseconds since the epoch as `YYYY-MM-DD`, or `unknown-date`. */
export function dayOf(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : 'unknown-date'
}

/** A warning for the operator when a database is old or without a date. */
export function ageWarnings(file: string, { build, date, ageDays }: Database): readonly string[] {
  if (ageDays === null) {
    return [`${file} (${build}) does not say when it was built. Prefer a database that does.`]
  }
  if (ageDays <= ageDaysMax) return []
  return [
    `${file} (${build}) was built on ${date}, ${ageDays} days ago; addresses move, so at most ` +
      `${ageDaysMax} days were expected. Download the current one.`,
  ]
}

/** The error of an unusable database file. */
export function databaseFailure(
  file: string,
  expected: string,
  found: unknown,
  todo: string,
): CurfewError {
  return new CurfewError(
    'ENRICH_DATABASE',
    `${file}: expected ${expected}; found ${reasonOf(found)}. ${todo}`,
    { cause: found },
  )
}
