import { sessionKey } from '../contract/identity.ts'
import type { Ask } from '../contract/ports.ts'
import { number, sessionKindOf, text } from './read-row.ts'

/** One life of a session id: the instants, ms since the epoch, from which and before which it held. */
export interface Life {
  readonly incarnation: number
  readonly from: number
  readonly until: number
  /** Last sign of life at the provider within it, or null. */
  readonly aliveAt: number | null
}

/** The lives of an id that began once: whatever is known of it is of this one. */
export const onlyLife: Omit<Life, 'aliveAt'> = {
  incarnation: 0,
  from: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
}

const statement = `
select toString(session_kind) as kind, session_id, toInt64(incarnation) as life,
  toUnixTimestamp64Milli(from_at) as from_ms, toUnixTimestamp64Milli(alive_at) as alive_ms
from session_lives
where tenant = {tenant:String} and instance = {instance:String} and session_id in {ids:Array(String)}
order by session_kind, session_id, incarnation`

/** So many instants of one session are read at most; where there are more, not all are known. */
export const instantsMax = 10_000

/** Whether the id may have begun again. The view knows; it costs more than all other facts together. */
export function mayHaveBegunAgain({
  creations,
  ends,
}: {
  readonly creations: readonly number[]
  readonly ends: readonly number[]
}): boolean {
  if (ends.length === 0 || creations.length === 0) return false
  if (ends.length >= instantsMax || creations.length >= instantsMax) return true
  const firstEnd = ends.reduce((a, b) => Math.min(a, b))
  return creations.some((at) => at >= firstEnd)
}

/** The lives of session ids of one instance that began again, oldest first, by `sessionKey`. */
export async function livesOf(
  ask: Ask,
  tenant: string,
  instance: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Life[]>> {
  const lives = new Map<string, Life[]>()
  if (ids.length === 0) return lives
  for (const row of await ask(statement, { tenant, instance, ids: [...new Set(ids)] })) {
    const sessionKind = sessionKindOf(text(row, 'kind'))
    const key = sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'session_id') })
    const incarnation = number(row, 'life')
    const some = lives.get(key) ?? []
    lives.set(key, some)
    some.push({
      incarnation,
      from: incarnation === 0 ? onlyLife.from : number(row, 'from_ms'),
      until: onlyLife.until,
      aliveAt: number(row, 'alive_ms') || null,
    })
  }
  for (const some of lives.values()) {
    for (const [index, life] of some.entries()) {
      some[index] = { ...life, until: some[index + 1]?.from ?? onlyLife.until }
    }
  }
  return lives
}
