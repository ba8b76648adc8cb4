import type { Judged } from './fates.ts'
import type { Case } from './world.ts'

/** What is chosen above the panels; `null` is "All". */
export interface Choice {
  readonly fromMs: number
  readonly toMs: number
  readonly tenant: readonly string[] | null
  readonly instance: readonly string[] | null
  readonly class: readonly string[] | null
}

/** A curfew that stands, with what must be judged of it. */
export interface Standing {
  readonly one: Case
  readonly judged: NonNullable<Judged>
}

const has = (chosen: readonly string[] | null, value: string) =>
  chosen === null || chosen.includes(value)

export function inPlace<Each extends { readonly tenant: string; readonly instance: string }>(
  rows: readonly Each[],
  choice: Choice,
): readonly Each[] {
  return rows.filter((row) => has(choice.tenant, row.tenant) && has(choice.instance, row.instance))
}

export function standing(cases: readonly Case[], choice: Choice): readonly Standing[] {
  return inPlace(cases, choice).flatMap((one) =>
    one.fate.judged !== undefined &&
    one.causeAt >= choice.fromMs &&
    one.causeAt <= choice.toMs &&
    has(choice.class, one.fate.class)
      ? [{ one, judged: one.fate.judged }]
      : [],
  )
}

export const certainOnes = (all: readonly Standing[]) =>
  all.filter(({ judged }) => judged.certainty === 'certain')

export function eligibleOnes(all: readonly Standing[], asOf: number): readonly Standing[] {
  return certainOnes(all).filter(({ one }) => one.causeAt + one.fate.deadlineMs < asOf)
}

export const isInTime = ({ judged }: Standing) =>
  judged.outcome === 'contained_in_time' || judged.outcome === 'ended_otherwise_in_time'

export function groupBy<Each>(
  rows: readonly Each[],
  keyOf: (row: Each) => string,
): ReadonlyMap<string, readonly Each[]> {
  const groups = new Map<string, Each[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}

export const sessionOf = ({ one }: Standing) =>
  JSON.stringify([one.tenant, one.instance, one.sessionId])

/** Shares over sessions, each by its worst curfew; null when there is none. */
export function coverage(eligible: readonly Standing[]) {
  const sessions = [...groupBy(eligible, sessionOf).values()]
  const kept = sessions.filter((curfews) => curfews.every(isInTime))
  const ours = kept.filter((curfews) =>
    curfews.some(({ judged }) => judged.outcome === 'contained_in_time'),
  )
  const share = (some: number) => (sessions.length === 0 ? null : some / sessions.length)
  return {
    coverage: share(kept.length),
    byCurfew: share(ours.length),
    eligible: sessions.length === 0 ? null : sessions.length,
  }
}

/** The element at `floor(level * n)` of the sorted values: how the engine defines its exact ones. */
export function quantile(values: readonly number[], level: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))] ?? null
}

/** Linear between the two nearest ranks: the engine's sampled quantile while the sample is whole. */
export function interpolated(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = level * (sorted.length - 1)
  const low = sorted[Math.floor(rank)] ?? Number.NaN
  const high = sorted[Math.ceil(rank)] ?? Number.NaN
  return low + (high - low) * (rank - Math.floor(rank))
}

export interface Step {
  readonly step: string
  readonly sinceCause: readonly number[]
  readonly sinceBefore: readonly number[]
  readonly notSeen: number
}

/** Each step since the cause and since the one before, over certain curfews. */
export function steps(certain: readonly Standing[]): readonly Step[] {
  const instants = certain.map(({ one: { fate }, judged }) => {
    const dead = judged.deadMs ?? undefined
    const lastToken = dead === undefined ? undefined : Math.max(dead, fate.tokenExpiresMs ?? dead)
    return [
      ['detected', fate.detectedMs, 0],
      ['ordered', fate.orderedMs, fate.detectedMs],
      ['acknowledged', fate.acknowledgedMs, fate.orderedMs],
      ['read back as gone', fate.readBackMs, fate.acknowledgedMs],
      ['first refused', fate.refusedMs, fate.readBackMs],
      ['proven dead', dead, fate.acknowledgedMs],
      ['last token expired', lastToken, dead],
    ] as const
  })
  const names = instants[0]?.map(([name]) => name) ?? []
  return names.map((name, at) => {
    const reached = instants.flatMap((row) => {
      const [, ms, before] = row[at] ?? []
      return ms === undefined ? [] : [{ ms, before }]
    })
    return {
      step: name,
      sinceCause: reached.map(({ ms }) => ms),
      sinceBefore: reached.flatMap(({ ms, before }) => (before === undefined ? [] : [ms - before])),
      notSeen: certain.length - reached.length,
    }
  })
}

export interface Debt {
  readonly from: number
  readonly until: number
  readonly growing: boolean
}

/** One debt per session: the longest of its curfews; it grows if any of them does. */
export function debts(certain: readonly Standing[], asOf: number): readonly Debt[] {
  const owed = certain.map((each) => {
    const { one, judged } = each
    const isExpired = judged.outcome === 'expired'
    const end = judged.deadMs ?? (isExpired ? one.fate.expiresMs : undefined)
    return {
      session: sessionOf(each),
      from: one.causeAt,
      until: end === undefined ? asOf : one.causeAt + end,
      growing: end === undefined,
    }
  })
  return [...groupBy(owed, ({ session }) => session).values()].flatMap((curfews) => {
    const longest = [...curfews].sort((a, b) => b.until - b.from - (a.until - a.from))[0]
    return longest ? [{ ...longest, growing: curfews.some(({ growing }) => growing) }] : []
  })
}

export const hours = (all: readonly Debt[]) =>
  all.reduce((sum, { from, until }) => sum + (until - from), 0) / 3_600_000

/** Accepted uses after the cause, by whoever saw them, that had happened by then. */
export function usesAfter({ one }: Standing, asOf: number): readonly number[] {
  return [...(one.fate.aliveMs ?? []), ...(one.fate.exposedMs ?? [])].filter(
    (ms) => ms > 0 && one.causeAt + ms <= asOf,
  )
}

export const bucket = (ms: number, intervalMs: number) => Math.floor(ms / intervalMs) * intervalMs
export const countBy = <Each>(rows: readonly Each[], keyOf: (row: Each) => string) =>
  Object.fromEntries([...groupBy(rows, keyOf)].map(([key, group]) => [key, group.length]))
