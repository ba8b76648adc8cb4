import type { Cause } from '../../contract/cause.ts'
import type { Apart } from '../scheduling/isolate.ts'
import type { Hold } from './apply-causes.ts'

/** As `Hold`, but what fails is kept apart and tried again; gives back how many pairs were appended. */
export type HoldApart = (page: Parameters<Hold>[0], causes: readonly Cause[]) => Promise<number>

/**
 * What fails with a whole page is the fault of few of its sessions or of few of the causes. Where half
 * of the sessions goes well it is the sessions', else the causes', and then that of some of the sessions
 * with some of the causes. Sessions and causes that are held
 * against each other for the first time are never left out with those that rest.
 */
export function makeHoldApart({
  hold,
  apart,
}: {
  readonly hold: Hold
  readonly apart: Apart
}): HoldApart {
  return async (page, causes) => {
    const { tenant, instance, sessionIds } = page
    let appended = 0
    const take = async (ids: readonly string[], some: readonly Cause[]): Promise<void> => {
      appended += (await hold({ tenant, instance, sessionIds: ids }, some)).length
    }
    const failed: (readonly string[])[] = []
    const attempt = async (ids: readonly string[]): Promise<void> => {
      try {
        await take(ids, causes)
      } catch (error) {
        await apart.unlessAway(error)
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
      const about = (id: string) => ({ ...of, doing: 'hold a session', name: `${id} ${rest}` })
      await apart.each(half, about, (ids) => take(ids, causes))
      return appended
    }
    const ids = `${sessionIds[0] ?? ''} ${sessionIds.length}`
    const about = ({ causeId }: Cause) => ({
      ...of,
      doing: 'hold a cause',
      name: `${causeId} ${ids}`,
    })
    const only = (cause: Cause) => (id: string) => ({
      ...of,
      doing: 'hold a session',
      name: `${id} ${cause.causeId}`,
    })
    await apart.each(causes, about, async (some) => {
      const [cause] = some
      if (some.length > 1 || cause === undefined) return await take(sessionIds, some)
      // One cause that fails with them all may fail for a few of them: the others come under it all the same.
      await apart.each(sessionIds, only(cause), (ids) => take(ids, [cause]))
    })
    return appended
  }
}
