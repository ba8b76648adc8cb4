import type { Cause } from '../../contract/cause.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Ask, Row } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import { causeOf, causesWhere } from '../rows/cause-rows.ts'
import type { PageBounds } from './change-pages.ts'
import { beyondIds, pageLimit } from './change-pages.ts'
import type { ReadRows } from './session-position.ts'

/** The position in a list of causes: within an instance by instant of recording, ms, then by id. */
export interface CausePosition {
  readonly tenant: string
  readonly instance: string
  readonly after: number
  readonly id: string
}

/** In the order in which the table lies, so that a page reads no more than itself. */
const changedIds = `
select tenant, instance, cause_id, toUnixTimestamp64Milli(recorded_at) as recorded_ms
from causes
where recorded_at >= {since:DateTime64(3)} and tenant >= {tenant:String}
  and (tenant, instance, recorded_at, cause_id)
    > ({tenant:String}, {instance:String}, {after:DateTime64(3)}, {id:String})
  and (tenant, instance) <= ({last_tenant:String}, {last_instance:String})${pageLimit('recorded_at, cause_id')}`

/** All copies of the causes, so that the valid one is chosen among all. */
const causesById =
  causesWhere(`tenant in {tenants:Array(String)} and instance in {instances:Array(String)}
  and cause_id in {ids:Array(String)}`)

/** A page of ids of causes recorded since an instant; a copy is returned again. */
export function askCauseIds(ask: Ask, values: CausePosition & PageBounds): Promise<readonly Row[]> {
  return ask(changedIds, { ...values })
}

/** The valid causes of a page of ids. */
export async function askCauses(
  ask: Ask,
  rows: readonly Row[],
  read: ReadRows,
): Promise<readonly Cause[]> {
  const found: Cause[] = []
  for (const page of pagesBy(rows, (row) => bytesOf(text(row, 'cause_id')))) {
    const every = (column: string) => [...new Set(page.map((row) => text(row, column)))]
    const [tenants, instances, ids] = [every('tenant'), every('instance'), every('cause_id')]
    const values = { tenants, instances, ids }
    for (const each of read(await ask(causesById, values), causeOf)) found.push(each)
  }
  return found
}

/** A copy of a known cause that may act is a cause anew. */
export function fingerprintOf({ causeId, mayAct, lane }: Cause): string {
  return `${causeId} ${mayAct && lane === 'live'}`
}

export function causePositionOf(row: Row): CausePosition {
  const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
  return { tenant, instance, after: number(row, 'recorded_ms'), id: text(row, 'cause_id') }
}

/** Before all causes there are. */
export const firstCause: CausePosition = { tenant: '', instance: '', after: 0, id: '' }

/** The last instant that the store can hold. */
const lastMs = Date.UTC(2299, 11, 31)

/** The order of cause pages. */
export const byRecording = {
  first: { after: 0, id: '' },
  last: { after: lastMs, id: beyondIds },
  positionOf: causePositionOf,
} as const
