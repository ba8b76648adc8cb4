import type { Cause } from '../../contract/cause.ts'
import { greatestOf } from '../../contract/extremes.ts'
import { instanceKey } from '../../contract/identity.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Ask, Clock, Log } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { Rota } from '../../contract/rota.ts'
import type { SubjectKey } from '../orders/outstanding.ts'
import type { ListedTie, OpenProvider } from '../provider-kit/provider.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import { delegated } from '../session/scope-index.ts'
import { isLive, withoutListed } from './unlisted-subjects.ts'

/** Causes that reach subjects by the same tie, and the position reached. */
interface SharedTie {
  readonly tenant: string
  readonly instance: string
  readonly tie: ListedTie
  /** What the sessions are tied to → the youngest of its causes, ms since the epoch. */
  readonly names: ReadonlyMap<string, number>
  readonly after: string
}

/** Subjects of one page. */
const pageMax = 500

const byPrincipal = `
select session_kind, session_id, on_behalf_of_ref as name
from sessions
where tenant = {tenant:String} and instance = {instance:String}
  and on_behalf_of_ref in {names:Array(String)}`
const byEdge = `
select session_kind, session_id, value as name
from session_edges
where tenant = {tenant:String} and instance = {instance:String} and edge = {tie:String}
  and value in {names:Array(String)}`

/** Rows of one session are partial, so each session is folded first. */
const page = (tied: string) => `
select subject_ref, groupUniqArray(500)(name) as names
from
(
  select session_kind, session_id, max(s.subject_ref) as subject_ref
  from sessions as s
  where tenant = {tenant:String} and instance = {instance:String}
    and (session_kind, session_id) in (select session_kind, session_id from (${tied}))
  group by session_kind, session_id
) as known
inner join (${tied}) as tied using (session_kind, session_id)
where subject_ref > {after:String}
group by subject_ref
order by subject_ref
limit ${pageMax}`

/**
 * Subjects in the scope of a live cause because one of their sessions shares its organization,
 * connection, device or grant, or is an agent of its subject. Other sessions of theirs may be in
 * scope without an event; their provider is listed for those.
 */
export class RelatedSubjects {
  readonly #ask: Ask
  readonly #clock: Clock
  readonly #log: Log
  readonly #providers: ReadonlyMap<string, OpenProvider>
  readonly #apart: Isolation
  readonly #queue = new Rota<SharedTie>()
  /** Of pages that were read and not yet given away, as one that had to be tried again. */
  #found: SubjectKey[] = []

  constructor(deps: {
    readonly ask: Ask
    readonly clock: Clock
    readonly log: Log
    readonly providers: ReadonlyMap<string, OpenProvider>
    readonly isolation: Isolation
  }) {
    this.#ask = deps.ask
    this.#clock = deps.clock
    this.#log = deps.log
    this.#providers = deps.providers
    this.#apart = deps.isolation
  }

  /** Adds causes. Repeats are harmless, since listed subjects are left out. */
  add(causes: readonly Cause[]): void {
    const reaches = sharedTiesOf(causes.filter((cause) => isLive(cause, this.#clock)))
    for (const reach of reaches) {
      if (this.#providerOf(reach)?.list !== undefined) this.#queue.add(keyOf(reach), reach)
    }
  }

  /**
   * The next page of those that no complete list has shown since, of an instance that has room for them;
   * [] may not be the end, undefined is.
   */
  async next(hasRoom: (instance: string) => boolean): Promise<readonly SubjectKey[] | undefined> {
    const first = this.#queue.take(hasRoom)
    if (!first) return this.#found.length > 0 ? this.#take() : undefined
    const { tenant, instance, tie, names, after } = first
    const about = { tenant, instance, action: 'look for subjects that are tied' }
    const id = JSON.stringify([tie, names.keys().next().value, names.size, after])
    const work = async (): Promise<void> => {
      for (const each of await this.#page(first)) this.#found.push(each)
    }
    try {
      await this.#apart.runOne({ ...about, id, work })
    } catch (error) {
      // An unavailable store must not lose a page.
      this.#queue.putBack(keyOf(first), first)
      throw error
    }
    return this.#take()
  }

  #take(): readonly SubjectKey[] {
    const found = this.#found
    this.#found = []
    return found
  }

  async #page(reach: SharedTie): Promise<readonly SubjectKey[]> {
    const { tenant, instance, tie, names, after } = reach
    const asked = { tenant, instance, after, names: [...names.keys()] }
    const rows =
      tie === 'principal'
        ? await this.#ask(page(byPrincipal), asked)
        : await this.#ask(page(byEdge), { ...asked, tie })
    const wishes = rows.map((row) => {
      const found = Array.isArray(row.names) ? row.names : []
      const at = greatestOf(found.map((name) => names.get(String(name)) ?? 0)) ?? 0
      return { tenant, instance, subjectRef: text(row, 'subject_ref'), at }
    })
    const unlisted = await withoutListed(this.#ask, wishes)
    if (after === '' && wishes.length > 0) this.#warnIfIncomplete(reach)
    if (wishes.length === pageMax) {
      const after = wishes.at(-1)?.subjectRef ?? ''
      this.#queue.putBack(keyOf(reach), { ...reach, after })
    }
    return unlisted
  }

  #providerOf({ tenant, instance }: SharedTie): OpenProvider | undefined {
    return this.#providers.get(instanceKey(tenant, instance))
  }

  /** Warns where a scope reaches subjects and the lists lack the tie. */
  #warnIfIncomplete(reach: SharedTie): void {
    const { tenant, instance, tie, names } = reach
    if (this.#providerOf(reach)?.capabilities.tells.includes(tie)) return
    this.#log.warn(
      { tenant, instance, tie, causes: names.size },
      `the provider's lists do not say which ${tie} a session hangs on: sessions that no event named are not condemned by these causes`,
    )
  }
}

function keyOf({ tenant, instance }: SharedTie): string {
  return instanceKey(tenant, instance)
}

function sharedTiesOf(causes: readonly Cause[]): readonly SharedTie[] {
  const byTie = new Map<string, SharedTie & { names: Map<string, number> }>()
  for (const cause of causes) {
    const { tenant, instance, at } = cause
    const [tie, name] = tieOf(cause)
    if (tie === undefined || name === '') continue
    const key = JSON.stringify([tenant, instance, tie])
    const known = byTie.get(key) ?? { tenant, instance, tie, names: new Map(), after: '' }
    byTie.set(key, known)
    known.names.set(name, Math.max(at, known.names.get(name) ?? 0))
  }
  // A statement holds the ids twice.
  return [...byTie.values()].flatMap((reach) =>
    pagesBy([...reach.names], ([name]) => 2 * bytesOf(name)).map((some) => {
      return { ...reach, names: new Map(some) }
    }),
  )
}

function tieOf({ class: of, scopeKind, scopeId, subjectRef }: Cause) {
  switch (scopeKind) {
    case 'session':
      return [undefined, ''] as const
    case 'subject':
    case 'subject_organization':
      return delegated.has(of) ? (['principal', subjectRef] as const) : ([undefined, ''] as const)
    case 'organization':
    case 'connection':
    case 'device':
    case 'grant':
      return [scopeKind, scopeId] as const
  }
}
