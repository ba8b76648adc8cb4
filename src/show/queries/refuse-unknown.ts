import { CurfewError } from '../../contract/errors.ts'
import { nearestOf } from '../../contract/nearest.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'

/** Ids listed in one message, at most. */
const listedMax = 20

/** Tables of which a tenant or an instance may have rows. */
const tables = [
  'proof_rules',
  'sessions',
  'causes',
  'findings',
  'curfews',
  'order_steps',
  'requests',
  'listings',
  'identities',
  'conflicts',
  'unread',
  'rejected',
]

/** Reads one row of each table; most are sorted by tenant and instance. */
const hasRows = (which: string) =>
  tables.map((table) => `(select 1 from ${table} where ${which} limit 1)`).join(' union all ')
const instanceHasRows = hasRows('tenant = {tenant:String} and instance = {instance:String}')
const tenantHasRows = hasRows('tenant = {tenant:String}')

const idsOnRecord = (column: string, which: string) => `
select distinct ${column}
from (${tables.map((table) => `select ${column} from ${table} ${which}`).join(' union distinct ')})
where ${column} != ''
order by ${column}
limit 1000`
const instancesOnRecord = idsOnRecord('instance', 'where tenant = {tenant:String}')
const tenantsOnRecord = idsOnRecord('tenant', '')

/** The connected instances of a tenant. */
export type InstancesOf = (tenant: string) => readonly string[]

/**
 * Refuses an instance that is neither connected nor recorded: a typing mistake would read as "no data".
 *
 * @throws CurfewError SHOW_INVALID, listing the instances of this tenant and no other's.
 */
export async function refuseUnknownInstance({
  ask,
  tenant,
  instance,
  instancesOf,
}: {
  readonly ask: Ask
  readonly tenant: string
  /** '' and undefined mean all. */
  readonly instance: string | undefined
  readonly instancesOf: InstancesOf
}): Promise<void> {
  const connected = instancesOf(tenant)
  if (instance === undefined || instance === '' || connected.includes(instance)) return
  if ((await ask(instanceHasRows, { tenant, instance })).length > 0) return
  const rows = await ask(instancesOnRecord, { tenant })
  const known = new Set([...connected, ...rows.map((row) => text(row, 'instance'))])
  throw new CurfewError(
    'SHOW_INVALID',
    `There is no instance '${instance.slice(0, 100)}' of this tenant; ${listOf(instance, known)}`,
  )
}

/**
 * Refuses a tenant that is neither connected nor recorded. Only for callers with access to the store itself,
 * who may see all tenants.
 *
 * @throws CurfewError SHOW_INVALID, listing the tenants.
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
  if (connected.includes(tenant) || (await ask(tenantHasRows, { tenant })).length > 0) return
  const rows = await ask(tenantsOnRecord)
  const known = new Set([...connected, ...rows.map((row) => text(row, 'tenant'))])
  throw new CurfewError(
    'SHOW_INVALID',
    `There is no tenant '${tenant.slice(0, 100)}'; ${listOf(tenant, known)}`,
  )
}

/**
 * Refuses a detector that neither exists nor has findings.
 *
 * @throws CurfewError SHOW_INVALID, listing the detectors.
 */
export async function refuseUnknownDetector({
  ask,
  tenant,
  detector,
  detectors,
}: {
  readonly ask: Ask
  readonly tenant: string
  /** '' and undefined mean all. */
  readonly detector: string | undefined
  readonly detectors: readonly { readonly id: string }[]
}): Promise<void> {
  const known = detectors.map(({ id }) => id)
  if (detector === undefined || detector === '' || known.includes(detector)) return
  // A removed detector may still have findings.
  const found = `select 1 from findings where tenant = {tenant:String} and detector = {detector:String} limit 1`
  if ((await ask(found, { tenant, detector })).length > 0) return
  throw new CurfewError(
    'SHOW_INVALID',
    `There is no detector '${detector.slice(0, 100)}'; ${listOf(detector, known)}`,
  )
}

/** The available ids as a sentence, the closest match first. */
function listOf(asked: string, names: Iterable<string>): string {
  const known = [...new Set(names)].sort()
  if (known.length === 0) return 'none is known.'
  const meant = nearestOf(asked.slice(0, 100), known)
  const first = meant === undefined ? known : [meant, ...known.filter((each) => each !== meant)]
  const more = first.length > listedMax ? ` and ${first.length - listedMax} more` : ''
  return `known are ${first.slice(0, listedMax).join(', ')}${more}.`
}
