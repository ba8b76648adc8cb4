import { instanceKey } from '../contract/identity.ts'
import { bytesOf, pagesBy } from '../contract/in-pages.ts'
import type { Ask } from '../contract/ports.ts'
import type { Apart } from './apart.ts'
import { causeOf, causesWhere } from './causes.ts'
import type { HoldApart } from './hold-apart.ts'
import type { Touched } from './touched.ts'
import { reaching } from './touched.ts'

/**
 * Holds sessions that something was told of against every cause that may reach them, instance by
 * instance; gives back how many pairs were appended.
 */
export type HoldTold = (touched: readonly Touched[]) => Promise<number>

const causesPerPage = 500

export function makeHoldTold({
  ask,
  hold,
  apart,
}: {
  readonly ask: Ask
  readonly hold: HoldApart
  readonly apart: Apart
}): HoldTold {
  const holdSome = async (some: readonly Touched[]): Promise<number> => {
    const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
    const ids = [...new Set(some.map(({ sessionId }) => sessionId))]
    const named = some.flatMap((each) => [each.subjectRef, each.otherRef, each.onBehalfOfRef])
    const refs = [...new Set(named)].filter((ref) => ref !== '')
    const rows = await ask(causesWhere(reaching), { tenant, instance, ids, refs })
    let appended = 0
    for (let first = 0; first < rows.length; first += causesPerPage) {
      const causes = apart.rows(rows.slice(first, first + causesPerPage), 'causes', causeOf)
      appended += await hold({ tenant, instance, sessionIds: ids }, causes)
    }
    return appended
  }
  return async (touched) => {
    let appended = 0
    const byInstance = Map.groupBy(touched, (each) => instanceKey(each.tenant, each.instance))
    for (const list of byInstance.values()) {
      for (const page of pagesBy(list, bytes)) {
        await apart.each(page, about, async (some) => {
          appended += await holdSome(some)
        })
      }
    }
    return appended
  }
}

function about({ tenant, instance, sessionKind, sessionId, print }: Touched) {
  const name = `${sessionKind} ${sessionId} ${print}`
  return { tenant, instance, doing: 'hold a session that was told of', name }
}

/** What a session brings to a statement that names it twice, and up to three subjects. */
function bytes({ sessionId, subjectRef, otherRef, onBehalfOfRef }: Touched): number {
  const names = [sessionId, sessionId, subjectRef, otherRef, onBehalfOfRef]
  return names.reduce((sum, name) => sum + bytesOf(name), 0)
}
