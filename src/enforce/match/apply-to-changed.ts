import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Ask } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import { Rota } from '../../contract/rota.ts'
import { causeOf, causesWhere } from '../rows/cause-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Pace } from '../scheduling/pace.ts'
import type { ApplyIsolated } from './apply-isolated.ts'
import type { ChangedSession } from './changed-sessions.ts'
import { causesInScope } from './changed-sessions.ts'
import { pageMaxOf } from './scope-pages.ts'

interface Deps {
  readonly ask: Ask
  readonly applyCauses: ApplyIsolated
  readonly isolation: Isolation
  readonly pace: Pace
}

/** Sessions whose causes are still to be read, or with causes to be applied. */
type Waiting =
  | { readonly told: readonly ChangedSession[]; readonly after: CausesPosition }
  | {
      readonly tenant: string
      readonly instance: string
      readonly sessionIds: readonly string[]
      readonly causes: readonly Cause[]
    }

/** How far the causes of a page were read: by instant of recording, ms, then by id. */
interface CausesPosition {
  readonly after: number
  readonly id: string
}
const start: CausesPosition = { after: -1, id: '' }

/** Causes applied at once, and causes read at once. */
const causesPerPage = 500
const causesMax = 2_000

const statement = `
select * from (${causesWhere(causesInScope)})
where (recorded_ms, cause_id) > ({after:Int64}, {id:String})
order by recorded_ms, cause_id
limit ${causesMax}`

/**
 * Changed sessions that wait for the causes that may reach them. Instances take turns page by
 * page, so that a large one does not delay the others.
 */
export class ApplyToChanged {
  readonly #deps: Deps
  readonly #waiting = new Rota<Waiting>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  add(touched: readonly ChangedSession[]): void {
    const byInstance = Map.groupBy(touched, (each) => instanceKey(each.tenant, each.instance))
    for (const [of, list] of byInstance) {
      for (const told of pagesBy(list, bytes)) this.#waiting.add(of, { told, after: start })
    }
  }

  /** Pages that wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Those of one instance, by its `instanceKey`. */
  sizeOf(instance: string): number {
    return this.#waiting.sizeOf(instance)
  }

  /**
   * Processes one page of the next instance. Returns the number of pairs appended.
   *
   * @throws CurfewError when the store is unavailable; nothing is lost then.
   */
  async next(): Promise<number> {
    const page = this.#waiting.take()
    if (!page) return 0
    try {
      if ('sessionIds' in page) return await this.#apply(page)
      const { told, after } = page
      await this.#deps.isolation.runAll(told, about, (some) => this.#readCauses(some, after))
      return 0
    } catch (error) {
      this.#waiting.putBack(keyOf(page), page)
      throw error
    }
  }

  async #readCauses(told: readonly ChangedSession[], after: CausesPosition): Promise<void> {
    const { ask, isolation } = this.#deps
    const { tenant, instance } = told[0] ?? { tenant: '', instance: '' }
    const sessionIds = [...new Set(told.map(({ sessionId }) => sessionId))]
    const named = told.flatMap((each) => [each.subjectRef, each.otherRef, each.onBehalfOfRef])
    const refs = [...new Set(named)].filter((ref) => ref !== '')
    const rows = await ask(statement, { tenant, instance, ids: sessionIds, refs, ...after })
    const end = rows.length < causesMax ? undefined : rows.at(-1)
    if (end) {
      const next = { after: number(end, 'recorded_ms'), id: text(end, 'cause_id') }
      this.#waiting.putBack(instanceKey(tenant, instance), { told, after: next })
    }
    for (let first = 0; first < rows.length; first += causesPerPage) {
      const causes = isolation.readRows(rows.slice(first, first + causesPerPage), 'causes', causeOf)
      const page = { tenant, instance, sessionIds, causes }
      this.#waiting.putBack(keyOf(page), page)
    }
  }

  async #apply(page: Extract<Waiting, { readonly sessionIds: unknown }>): Promise<number> {
    const { applyCauses, pace } = this.#deps
    const { tenant, instance, sessionIds, causes } = page
    const most = pace.sizeOf(keyOf(page), pageMaxOf(page))
    const some = { tenant, instance, sessionIds: sessionIds.slice(0, most) }
    const appended = await pace.timed(keyOf(page), () => applyCauses(some, causes))
    const rest = { ...page, sessionIds: sessionIds.slice(most) }
    if (rest.sessionIds.length > 0) this.#waiting.putBack(keyOf(page), rest)
    return appended
  }
}

function keyOf(page: Waiting): string {
  const { tenant, instance } =
    'told' in page ? (page.told[0] ?? { tenant: '', instance: '' }) : page
  return instanceKey(tenant, instance)
}

function about({ tenant, instance, sessionKind, sessionId, fingerprint }: ChangedSession) {
  const name = `${sessionKind} ${sessionId} ${fingerprint}`
  return { tenant, instance, action: 'hold a session that was told of', id: name }
}

/** What a session brings to a statement that names it twice, and up to three subjects. */
function bytes({ sessionId, subjectRef, otherRef, onBehalfOfRef }: ChangedSession): number {
  const names = [sessionId, sessionId, subjectRef, otherRef, onBehalfOfRef]
  return names.reduce((sum, name) => sum + bytesOf(name), 0)
}
