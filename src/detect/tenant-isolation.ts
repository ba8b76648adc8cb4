import { CurfewError, reasonOf } from '../contract/errors.ts'
import type { Ask, Clock, Log } from '../contract/ports.ts'
import { text } from '../contract/read-row.ts'
import { roundMsMax } from '../contract/repeat.ts'
import type { OnWork } from '../contract/work.ts'
import type { Sweep } from './sweep.ts'

/** How long a look waits that failed, twice as long each time, ms: each try costs the store much. */
const firstWaitMs = 60_000
const waitMsMax = 60 * 60_000

interface Failing {
  readonly times: number
  /** When it is tried again, ms since the epoch. */
  readonly until: number
}

export interface Looked {
  /** How many findings changed. */
  readonly changed: number
  /** Of tenants that could not be looked at. */
  readonly failures: readonly unknown[]
}

/** What is asked with '' for all tenants at once; gives back how many findings changed. */
export type Look = (tenant: string) => Promise<number>

/** All that sweeps look at belongs to a tenant of one of these tables. */
const everyTenant = `
select tenant
from (select distinct tenant from curfews union distinct select distinct tenant from sessions)
order by tenant`

/**
 * Keeps apart the tenants that one sweep cannot look at. All are looked at at once while that goes well;
 * where it fails, one after the other for a while. Those that fail are told and tried again ever less often.
 */
export function makeTenantsApart(
  sweep: Sweep,
  deps: {
    readonly ask: Ask
    readonly clock: Clock
    readonly log: Log
    readonly onWork: OnWork
  },
): (look: Look, signal?: AbortSignal) => Promise<Looked> {
  const { ask, clock, log } = deps
  const failing = new Map<string, Failing>()
  let together: Failing = { times: 0, until: 0 }
  const apart = async (look: Look, signal?: AbortSignal): Promise<Looked> => {
    const failures: unknown[] = []
    let changed = 0
    for (const row of await ask(everyTenant)) {
      if (signal?.aborted) break
      const looked = await lookAtOne(sweep, text(row, 'tenant'), look, { ...deps, failing })
      changed += looked.changed
      for (const each of looked.failures) failures.push(each)
    }
    return { changed, failures }
  }
  return async (look, signal) => {
    if (failing.size > 0 || clock.now() < together.until) return await apart(look, signal)
    try {
      const changed = await look('')
      together = { times: 0, until: 0 }
      return { changed, failures: [] }
    } catch (error) {
      await unlessAway(error, ask)
      together = failedAgain(together, clock.now())
      const said = { sweep: sweep.id, reason: reasonOf(error) }
      log.warn(said, 'a sweep cannot look at all tenants at once; it looks at one after the other')
      return await apart(look, signal)
    }
  }
}

async function lookAtOne(
  sweep: Sweep,
  tenant: string,
  look: Look,
  {
    ask,
    clock,
    log,
    onWork,
    failing,
  }: Parameters<typeof makeTenantsApart>[1] & { readonly failing: Map<string, Failing> },
): Promise<Looked> {
  const before = failing.get(tenant)
  if (before && clock.now() < before.until) return { changed: 0, failures: [] }
  const work = { work: 'sweeps', of: sweep.id } as const
  onWork({ ...work, isUnderway: true, withinMs: roundMsMax })
  try {
    const changed = await look(tenant)
    if (failing.delete(tenant)) onWork({ ...work, tenant })
    return { changed, failures: [] }
  } catch (error) {
    await unlessAway(error, ask)
    const again = failedAgain(before, clock.now())
    failing.set(tenant, again)
    onWork({ ...work, tenant, error })
    const said = { sweep: sweep.id, tenant, failures: again.times, reason: reasonOf(error) }
    log.error(said, 'a sweep cannot look at one tenant; it looks at the others')
    return { changed: 0, failures: [error] }
  }
}

function failedAgain(before: Failing | undefined, now: number): Failing {
  const times = (before?.times ?? 0) + 1
  return { times, until: now + Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(times - 1, 20)) }
}

/**
 * A store that has no time or room for one statement may have it for others.
 *
 * @throws the error of a store that answers nobody.
 */
async function unlessAway(error: unknown, ask: Ask): Promise<void> {
  const mayBeAway = error instanceof CurfewError && error.code === 'STORE_UNREACHABLE'
  if (mayBeAway) await ask('select 1 as one')
}
