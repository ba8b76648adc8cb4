import type { CodeFault } from '../../src/contract/code-fault.ts'
import { instanceKey } from '../../src/contract/identity.ts'
import type { Append, Ask, Row } from '../../src/contract/ports.ts'
import type { WorkDone } from '../../src/contract/work.ts'
import type { Enforcer } from '../../src/enforce/enforce.ts'
import { openEnforcer } from '../../src/enforce/enforce.ts'
import type { Guard } from '../../src/enforce/guarding/guard.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { idleMeter, silentLog } from '../given.ts'
import type { TenantFault } from './failing-tenants.ts'
import type { Scene } from './scene.ts'
import type { Stage } from './stage.ts'

/** Many tenants, each with a fault of its own, under one enforcer with one that has none. */
export function makeNeighbours(stage: Stage, faults: readonly TenantFault[]) {
  const honest = stage.scene()
  const beside = () => stage.scene({ time: honest.time })
  const faulty = new Map(faults.map((fault) => [fault, beside()] as const))
  const scenes = [honest, ...faulty.values()]
  const faultOf = new Map([...faulty].map(([fault, { tenant }]) => [tenant, fault]))
  const told = new Set<string>()
  let healed = false
  const of = (tenant: unknown): TenantFault | undefined =>
    healed ? undefined : faultOf.get(String(tenant))

  const ask: Ask = async (sql, values = {}) => {
    of(values.tenant)?.asked?.(sql, values)
    const rows = await stage.store.askControl(sql, values)
    return rows.map((row): Row => of(row.tenant ?? values.tenant)?.row?.(row) ?? row)
  }
  const append: Append = async (table, rows) => {
    for (const row of rows) {
      if ('tenant' in row) of(row.tenant)?.appended?.(table)
    }
    await stage.store.append(table, rows)
    await honest.time.advance(1)
  }
  const condemn = makeCondemn({ policy: honest.policy })
  const providerOf = ({ tenant, idp }: Scene) => {
    const broken = faultOf.get(tenant)?.provider?.(idp.provider)
    if (!broken) return idp.provider
    const now = () => (healed ? idp.provider : broken)
    return {
      ...idp.provider,
      list: async (subjectId: string) => {
        const { list } = now()
        if (!list) throw new Error('this provider lists')
        return await list(subjectId)
      },
      revoke: (...about: Parameters<typeof broken.revoke>) => now().revoke(...about),
    }
  }
  const open = (guards: readonly Guard[]): Promise<Enforcer> =>
    openEnforcer({
      ...{ ask, append, clock: honest.time.clock, policy: honest.policy, log: silentLog },
      providers: new Map(
        scenes.map((scene) => [instanceKey(scene.tenant, scene.instance), providerOf(scene)]),
      ),
      guards: guards.map((guard) => ({
        ...guard,
        judge: (proposal, ...rest) => {
          of(proposal.tenant)?.judge?.()
          return guard.judge(proposal, ...rest)
        },
      })),
      condemn: (cause, ...rest) => {
        of(cause.tenant)?.condemn?.(cause)
        return condemn(cause, ...rest)
      },
      pseudonymOf: (tenant, _instance, subjectId) => `ref-${tenant}-${subjectId}`,
      random: () => 0.5,
      meter: idleMeter,
      killSwitch: { isOn: () => false },
      everyMs: 1_000,
      notify: () => {},
      onWork: ({ tenant, error }: WorkDone) => {
        if (tenant !== undefined && error !== undefined) told.add(tenant)
      },
      onFault: ({ tenant }: CodeFault) => void told.add(tenant),
    })
  return {
    honest,
    faulty,
    scenes,
    open,
    heal: () => {
      healed = true
    },
    isTold: ({ tenant }: Scene) => told.has(tenant),
  }
}
