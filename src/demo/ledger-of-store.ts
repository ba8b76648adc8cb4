import { CurfewError } from '../contract/errors.ts'
import type { Ask } from '../contract/ports.ts'
import type { SessionTruth, TruthEntry } from '../simulate/truth.ts'

/** Ids that one question names. */
const idsAtOnce = 1_000

const anyKnown = `
select 1 from sessions
where tenant = {tenant:String} and session_id in {ids:Array(String)}
limit 1`

/**
 * Refuses a ledger of other events than the store has of the tenant: every figure would be 0, and read as if
 * nothing had been found. One session that both know is enough, since a run may be cut short.
 *
 * @throws CurfewError SHOW_INVALID
 */
export async function refuseForeignLedger({
  ask,
  tenant,
  truth,
}: {
  readonly ask: Ask
  readonly tenant: string
  readonly truth: readonly TruthEntry[]
}): Promise<void> {
  const ids = [...new Set(truth.flatMap(sessionsOf).map(({ id }) => id))]
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const rows = await ask(anyKnown, { tenant, ids: ids.slice(at, at + idsAtOnce) })
    if (rows.length > 0) return
  }
  if (ids.length === 0) return
  throw new CurfewError(
    'SHOW_INVALID',
    `the ledger names ${ids.length} sessions, and the store knows none of them of tenant '${tenant}'; ` +
      'bring its events in with curfew replay, or name the tenant that they were brought in for',
  )
}

function sessionsOf(entry: TruthEntry): readonly SessionTruth[] {
  if (entry.kind === 'run') return []
  return entry.kind === 'cause' ? entry.sessions : [entry.session]
}
