import type { Cause } from '../../contract/cause.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { ApplyCauses } from './apply-causes.ts'

/**
 * Like `ApplyCauses`, but failures are isolated and retried. Returns the number of pairs appended.
 */
export type ApplyIsolated = (
  page: Parameters<ApplyCauses>[0],
  causes: readonly Cause[],
) => Promise<number>

/**
 * A page fails because of a few of its sessions, a few of the causes, or a few combinations. Where
 * half of the sessions succeeds, sessions are isolated, otherwise causes, then combinations. A new
 * combination is never skipped with isolated ones.
 */
export function makeApplyIsolated({
  applyCauses,
  isolation,
}: {
  readonly applyCauses: ApplyCauses
  readonly isolation: Isolation
}): ApplyIsolated {
  return async (page, causes) => {
    const { tenant, instance, sessionIds } = page
    let appended = 0
    const take = async (ids: readonly string[], some: readonly Cause[]): Promise<void> => {
      appended += (await applyCauses({ tenant, instance, sessionIds: ids }, some)).length
    }
    const failed: (readonly string[])[] = []
    const attempt = async (ids: readonly string[]): Promise<void> => {
      try {
        await take(ids, causes)
      } catch (error) {
        await isolation.throwIfUnavailable(error)
        failed.push(ids)
      }
    }
    const of = { tenant, instance }
    const rest = `${causes[0]?.causeId ?? ''} ${causes.length}`
    await attempt(sessionIds)
    if (failed.length === 0) return appended
    failed.length = 0
    const middle = Math.ceil(sessionIds.length / 2)
    for (const half of [sessionIds.slice(0, middle), sessionIds.slice(middle)]) await attempt(half)
    const [half = [], other] = failed
    if (other === undefined && sessionIds.length > 1) {
      const about = (id: string) => ({ ...of, action: 'hold a session', id: `${id} ${rest}` })
      await isolation.runAll(half, about, (ids) => take(ids, causes))
      return appended
    }
    const ids = `${sessionIds[0] ?? ''} ${sessionIds.length}`
    const about = ({ causeId }: Cause) => ({
      ...of,
      action: 'hold a cause',
      id: `${causeId} ${ids}`,
    })
    const only = (cause: Cause) => (id: string) => ({
      ...of,
      action: 'hold a session',
      id: `${id} ${cause.causeId}`,
    })
    await isolation.runAll(causes, about, async (some) => {
      const [cause] = some
      if (some.length > 1 || cause === undefined) return await take(sessionIds, some)
      // One cause that fails with them all may fail for a few of them: the others come under it all the same.
      await isolation.runAll(sessionIds, only(cause), (ids) => take(ids, [cause]))
    })
    return appended
  }
}
