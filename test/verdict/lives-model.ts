/**
 * The lives of a session id, by the words of the rule and one sign-in after the other: what the view
 * of the store and the look at a few sessions must both say. Instants in ms.
 */

/** A request that was in flight when a session ended does not show that it goes on. */
const inFlightMs = 5_000

export interface ToldLife {
  readonly incarnation: number
  readonly from: number
  readonly until: number
}

export interface Signs {
  readonly creations: readonly number[]
  readonly ends: readonly number[]
  /** Accepted by the identity provider, listed, or read as alive. */
  readonly alive: readonly number[]
}

/**
 * A sign-in begins a life where an end came before it that no sign of life has refuted since. Of an end
 * and a sign-in at one instant the end came first, unless nothing is known of the session before.
 */
export function livesOf({ creations, ends, alive }: Signs): readonly ToldLife[] {
  const first = Math.min(...creations, ...ends, ...alive)
  const follows = (birth: number, end: number) => birth > end || (birth === end && end > first)
  const births = [...new Set(creations)].sort(ascending).filter((birth) => {
    const end = Math.max(...ends.filter((at) => follows(birth, at)))
    if (end === Number.NEGATIVE_INFINITY) return false
    const signedIn = creations.some((at) => follows(at, end) && at < birth)
    const refuted = alive.some((at) => at > end + inFlightMs && at < birth)
    return !signedIn && !refuted
  })
  return [Number.NEGATIVE_INFINITY, ...births].map((from, incarnation) => ({
    incarnation,
    from,
    until: births[incarnation] ?? Number.POSITIVE_INFINITY,
  }))
}

/** Whether a sign-in or a sign of life falls into a life. */
export const isIn = ({ from, until }: ToldLife, at: number) => at >= from && at < until

/** The same of an end: at the instant at which a life begins it is that of the life before. */
const isEndIn = ({ from, until }: ToldLife, at: number) => at > from && at <= until

/**
 * Between which instants a life is known to have lasted. `told` are statements of its creation beside
 * the sign-ins, `used` its accepted uses and the lists that showed it.
 */
export function boundsOf(
  life: ToldLife,
  { creations, ends, alive }: Signs,
  { told, used }: { readonly told: readonly number[]; readonly used: readonly number[] },
  uncertaintyMs: number,
) {
  const mine = (instants: readonly number[]) => instants.filter((at) => isIn(life, at))
  const first = life.incarnation === 0
  const created = least([
    ...mine(creations),
    ...(first ? told.filter((at) => at < life.until) : []),
  ])
  const seen = first ? least(used) : undefined
  const late = created !== undefined && seen !== undefined && created > seen + uncertaintyMs
  const createdAt = late ? undefined : created
  const signIns = mine(creations).filter((at) => createdAt === undefined || at > createdAt)
  const aliveAt = Math.max(...mine(alive), ...signIns)
  return {
    createdAt,
    endedAt: least(ends.filter((at) => isEndIn(life, at) && at + uncertaintyMs >= aliveAt)),
  }
}

const ascending = (one: number, other: number) => one - other

const least = (instants: readonly number[]) =>
  instants.length === 0 ? undefined : Math.min(...instants)
