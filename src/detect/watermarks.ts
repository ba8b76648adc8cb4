import type { Ask } from '../contract/ports.ts'
import { number, text } from '../contract/read-row.ts'
import { silentMs } from '../contract/work.ts'

/** Over which time all sources of a tenant have been read completely. */
export interface Watermarks {
  /** Whether nothing is missing between two instants, ms since the epoch. */
  readonly isComplete: (tenant: string, from: number, to: number) => boolean
}

/** Gaps of one round; where there are more, time before the last of them counts as incomplete. */
const gapsMax = 10_000

/**
 * A source that is read to its end notes when; one that fails notes since when. While no process runs
 * the last entries count. A source without an entry beside newer ones of others was removed from the
 * connections. Sources with an empty tenant serve all tenants.
 */
const watermarkStatement = `
select tenant, toUnixTimestamp64Milli(min(at)) as at_ms
from
(
  select tenant, of, argMax(s.at, s.recorded_at) as at
  from work_states as s
  where work = 'sources'
  group by tenant, of
  having max(s.recorded_at) > (select max(recorded_at) from work_states) - interval ${silentMs} millisecond
)
group by tenant`

const gapStatement = `
select tenant, toUnixTimestamp64Milli(from_at) as from_ms, toUnixTimestamp64Milli(max(g.until_at)) as until_ms
from work_gaps as g
where work in ('sources', 'process') and g.until_at > {since:DateTime64(3)}
group by tenant, work, of, from_at
order by from_ms desc
limit ${gapsMax + 1}`

interface Gap {
  readonly tenant: string
  readonly from: number
  readonly until: number
}

/**
 * Reads the watermarks and gaps of all tenants.
 *
 * @param since gaps that ended before it do not matter, ms since the epoch.
 * @throws CurfewError of the store.
 */
export async function readWatermarks(ask: Ask, since: number): Promise<Watermarks> {
  const marks = new Map<string, number>()
  for (const row of await ask(watermarkStatement)) {
    marks.set(text(row, 'tenant'), number(row, 'at_ms'))
  }
  const gaps: Gap[] = []
  for (const row of await ask(gapStatement, { since: new Date(since) })) {
    const [from, until] = [number(row, 'from_ms'), number(row, 'until_ms')]
    gaps.push({ tenant: text(row, 'tenant'), from, until })
  }
  const knownSince = gaps.length > gapsMax ? (gaps.at(-1)?.from ?? 0) : 0
  const serves = (owner: string, tenant: string): boolean => owner === '' || owner === tenant
  return {
    isComplete(tenant, from, to) {
      for (const owner of ['', tenant]) if (to > (marks.get(owner) ?? to)) return false
      if (from < knownSince) return false
      return !gaps.some((gap) => serves(gap.tenant, tenant) && gap.from < to && gap.until > from)
    },
  }
}
