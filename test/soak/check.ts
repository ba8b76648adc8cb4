import type { openJournaledIdp } from '../parts/journaled-idp.ts'
import type { Sign } from './people.ts'
import type { Sender } from './sender.ts'
import type { SoakServer } from './server.ts'

/** What happened to one tenant, by its producers, its provider's own journal, and nothing of Curfew's. */
export interface Told {
  readonly tenant: string
  readonly idp: Awaited<ReturnType<typeof openJournaledIdp>>
  readonly sender: Sender
  readonly signs: readonly Sign[]
  /** A provider that keeps what it says it ended: nothing there can end, and nothing may be called kept. */
  readonly lies: boolean
}

export interface Checked {
  readonly tenant: string
  readonly acknowledged: number
  readonly lost: number
  readonly doubled: number
  readonly condemned: number
  readonly alive: number
  readonly endedUncondemned: number
  readonly falselyKept: number
  /** From a reset to the end at the provider, ms. */
  readonly latenciesMs: readonly number[]
}

/** Holds what Curfew stored and did against what its surroundings know by themselves. */
export async function checkTenant(server: SoakServer, told: Told): Promise<Checked> {
  const { tenant, idp, sender, signs, lies } = told
  // The stores of the same event may be several parts that are not merged yet.
  const rows = await server.ask(
    `select native_id as id, uniqExact(event_id, content_hash) as contents
     from events where tenant = '${tenant}' and lane = 'live' group by native_id`,
  )
  const stored = new Map(rows.map((row) => [String(row.id), Number(row.contents)]))
  const lost = [...sender.acknowledged].filter((id) => !stored.has(id))
  const doubled = [...stored].filter(([, contents]) => contents !== 1)
  const condemned = new Map(
    signs.flatMap(({ sessionId, condemnedAt }) =>
      condemnedAt === undefined ? [] : [[sessionId, condemnedAt] as const],
    ),
  )
  const endOf = (id: string) => idp.sessions.get(id)?.endedAt
  const alive = lies ? [] : [...condemned.keys()].filter((id) => endOf(id) === undefined)
  const maybe = new Set(signs.flatMap((sign) => (sign.mayBeCondemned ? [sign.sessionId] : [])))
  const uncondemned = idp.journal.filter(
    ({ ended, id }) => ended && !condemned.has(id) && !maybe.has(id),
  )
  const kept = await server.ask(
    `select session_id from verdicts(as_of = now64(3))
     where tenant = '${tenant}' and verdict = 'kept' and mode = 'enforce'`,
  )
  const held = kept.flatMap((row) => idp.sessions.get(String(row.session_id)) ?? [])
  const falselyKept = held.filter(({ endedAt }) => endedAt === undefined)
  return {
    tenant,
    acknowledged: sender.acknowledged.size,
    lost: lost.length,
    doubled: doubled.length,
    condemned: condemned.size,
    alive: alive.length,
    endedUncondemned: uncondemned.length,
    falselyKept: falselyKept.length,
    latenciesMs: [...condemned]
      .flatMap(([id, at]) => {
        const end = endOf(id)
        return end === undefined ? [] : [end - at]
      })
      .sort((one, other) => one - other),
  }
}

/** The value below which that share of them lies, s; '–' of none. */
export function quantile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return value === undefined ? '–' : (value / 1_000).toFixed(1)
}
