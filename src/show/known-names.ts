import { CurfewError } from '../contract/errors.ts'
import type { Ask } from '../contract/ports.ts'
import { textOf } from './cells.ts'

/** Named in one message at most. */
const namedMax = 20

/** Instances of a tenant that anything is on record of; the keys of small tables, and of sessions. */
const onRecord = `
select distinct instance
from
(
  select instance from proof_rules where tenant = {tenant:String}
  union distinct
  select instance from sessions where tenant = {tenant:String}
  union distinct
  select instance from causes where tenant = {tenant:String}
  union distinct
  select instance from findings where tenant = {tenant:String}
  union distinct
  select instance from unread where tenant = {tenant:String}
  union distinct
  select instance from rejected where tenant = {tenant:String}
)
where instance != ''
order by instance
limit 1000`

/** Which instances the connections name for a tenant. */
export type InstancesOf = (tenant: string) => readonly string[]

/**
 * Refuses an instance that is neither connected nor on record: a typing mistake would read as "no data".
 *
 * @throws CurfewError SHOW_INVALID, naming the instances of this tenant and no other's.
 */
export async function refuseUnknownInstance({
  ask,
  tenant,
  instance,
  instancesOf,
}: {
  readonly ask: Ask
  readonly tenant: string
  /** '' and undefined ask for all. */
  readonly instance: string | undefined
  readonly instancesOf: InstancesOf
}): Promise<void> {
  const connected = instancesOf(tenant)
  if (instance === undefined || instance === '' || connected.includes(instance)) return
  const rows = await ask(onRecord, { tenant })
  const known = new Set([...connected, ...rows.map((row) => textOf(row, 'instance'))])
  if (known.has(instance)) return
  throw new CurfewError(
    'SHOW_INVALID',
    `There is no instance '${instance.slice(0, 100)}' of this tenant; ${namesOf([...known].sort())}`,
  )
}

/** A tenant that anything is on record of: each table is looked into for one row. */
const hasRows = `
select 1 from sessions where tenant = {tenant:String} limit 1
union all
select 1 from causes where tenant = {tenant:String} limit 1
union all
select 1 from findings where tenant = {tenant:String} limit 1
union all
select 1 from unread where tenant = {tenant:String} limit 1
union all
select 1 from rejected where tenant = {tenant:String} limit 1`

const tenantsOnRecord = `
select distinct tenant
from (select tenant from sessions union distinct select tenant from causes union distinct select tenant from rejected)
order by tenant
limit 1000`

/**
 * Refuses a tenant that is neither connected nor on record. Only for whoever has the store itself, and so
 * may know all tenants.
 *
 * @throws CurfewError SHOW_INVALID, naming the tenants that there are.
 */
export async function refuseUnknownTenant({
  ask,
  tenant,
  connected,
}: {
  readonly ask: Ask
  readonly tenant: string
  readonly connected: readonly string[]
}): Promise<void> {
  if (connected.includes(tenant) || (await ask(hasRows, { tenant })).length > 0) return
  const rows = await ask(tenantsOnRecord)
  const known = new Set([...connected, ...rows.map((row) => textOf(row, 'tenant'))])
  throw new CurfewError(
    'SHOW_INVALID',
    `There is no tenant '${tenant.slice(0, 100)}'; ${namesOf([...known].sort())}`,
  )
}

/** A sentence that names what is known. */
function namesOf(known: readonly string[]): string {
  if (known.length === 0) return 'none is known.'
  const more = known.length > namedMax ? ` and ${known.length - namedMax} more` : ''
  return `known are ${known.slice(0, namedMax).join(', ')}${more}.`
}
