import type { Cause } from '../contract/cause.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Append, Ask, Clock } from '../contract/ports.ts'
import { appendNewCauses, causeOf, causesWhere } from './causes.ts'
import type { Outlived } from './expired.ts'
import type { Hold } from './hold.ts'
import type { Beat } from './pulse.ts'
import type { Expansion } from './reach.ts'
import { expansionsOf, pageMax, reachPage } from './reach.ts'
import { number } from './read-row.ts'
import { makeSeen } from './seen.ts'
import type { Touched } from './touched.ts'
import { askAccused, askTouched, reaching, touchedMax } from './touched.ts'

/** What a round of expanding found. */
export interface Expanded {
  /** Causes that were read for the first time since opening, new ones and those of the full sweep. */
  readonly causes: readonly Cause[]
  /** How many pairs were appended. */
  readonly curfews: number
  /** Sessions under a curfew that something was told of. */
  readonly condemned: readonly Touched[]
  /** Sessions whose provider should be asked whether they outlived their expiry. */
  readonly unlisted: readonly Cause[]
  /** Pages are left for the next round. */
  readonly more: boolean
  /** Looking at what was told of sessions was put off: its news are still to come. */
  readonly postponed: boolean
}

/** Pages of sessions, and causes of one page of the full sweep, in one round. */
const pagesPerRound = 8
const causesPerPage = 500
const seenMax = 50_000
/**
 * Under a flood of events, looking at what they told of sessions takes at most a tenth of the time;
 * new causes never wait for it.
 */
const touchRest = 9
const touchFreeMs = 200

/** Instance by instance, so that the causes of one page mostly reach the same sessions' shelf. */
const page = `
select * from (${causesWhere(`recorded_at >= {since:DateTime64(3)}
  and (tenant, instance) >= ({tenant:String}, {instance:String})`)})
where (tenant, instance, recorded_ms, cause_id)
  > ({tenant:String}, {instance:String}, {after:Int64}, {id:String})
order by tenant, instance, recorded_ms, cause_id
limit ${causesPerPage}`

interface Deps {
  readonly ask: Ask
  readonly clock: Clock
  readonly append: Append
  readonly hold: Hold
  readonly expired: (since: number) => Promise<readonly Outlived[]>
}

/** Where a reading of causes stands: within an instance by instant of recording, then by id. */
interface Place {
  readonly tenant: string
  readonly instance: string
  readonly after: number
  readonly id: string
}
const start: Place = { tenant: '', instance: '', after: 0, id: '' }

/**
 * The incremental sweep over the store: new causes ⋈ sessions of their scope, and sessions told of
 * ⋈ causes. It reaches what imposing inline cannot know, and the same rows whatever came first.
 */
export class Expand {
  readonly #deps: Deps
  readonly #seenCauses = makeSeen(seenMax)
  readonly #seenTouched = makeSeen(seenMax)
  #queue: readonly Expansion[] = []
  #sweep: Place | undefined = start
  #touchAfter = 0
  /** Given away only by a round that succeeds, so that a failing store loses none of them. */
  #read: Cause[] = []

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Starts over with all causes, as after opening: a safety net, cheap where nothing is missing. */
  sweepAgain(): void {
    this.#sweep ??= start
  }

  /** @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED; the round is then to be repeated. */
  async round(beat: Beat): Promise<Expanded> {
    const { clock, ask, expired } = this.#deps
    const postponed = clock.now() < this.#touchAfter && isTouched(beat)
    const looks = isTouched(beat) && !postponed
    const begun = clock.now()
    const outlived = looks ? await expired(beat.since) : []
    const late = outlived.map(({ cause }) => cause)
    await appendNewCauses(
      this.#deps,
      late.filter((cause) => !this.#seenCauses.has(markOf(cause))),
    )
    if (late.length > 0 || beat.news.has('causes')) await this.#takeCauses(beat)
    const accused = beat.news.has('findings') ? await askAccused(ask, beat.since) : []
    const told = looks ? await touchedSince(ask, beat.since) : []
    const touched = [...accused, ...told].filter((each) => !this.#seenTouched.has(printOf(each)))
    const curfews = await holdTouched(this.#deps, touched)
    const tookMs = clock.now() - begun
    if (looks && tookMs > touchFreeMs) this.#touchAfter = clock.now() + touchRest * tookMs
    const more = await this.#expandPages()
    for (const each of touched) this.#seenTouched.add(printOf(each))
    const causes = this.#read
    this.#read = []
    return {
      causes,
      curfews: curfews + more,
      condemned: touched.filter(({ condemned }) => condemned),
      unlisted: outlived.filter(({ unlisted }) => unlisted).map(({ cause }) => cause),
      more: this.#queue.length > 0 || this.#sweep !== undefined,
      postponed,
    }
  }

  /** New causes come before what is left of old ones and of the sweep: a person is waiting. */
  async #takeCauses(beat: Beat): Promise<void> {
    const found: Cause[] = []
    for (let place: Place | undefined = start; place; ) {
      const some = await readCauses(this.#deps.ask, beat.since, place)
      for (const each of some.causes.filter((cause) => !this.#seenCauses.has(markOf(cause))))
        found.push(each)
      place = some.next
    }
    const fresh: Expansion[] = []
    for (let from = 0; from < found.length; from += causesPerPage) {
      for (const each of expansionsOf(found.slice(from, from + causesPerPage))) fresh.push(each)
    }
    this.#queue = [...fresh, ...this.#queue]
    for (const cause of found) this.#seenCauses.add(markOf(cause))
    for (const each of found) this.#read.push(each)
  }

  async #expandPages(): Promise<number> {
    const { ask, hold } = this.#deps
    if (this.#queue.length === 0 && this.#sweep) {
      const old = await readCauses(ask, 0, this.#sweep)
      this.#queue = expansionsOf(old.causes)
      this.#sweep = old.next
      for (const each of old.causes) this.#read.push(each)
    }
    let appended = 0
    for (let pages = 0; pages < pagesPerRound; pages += 1) {
      const [first, ...rest] = this.#queue
      if (!first) break
      const sessionIds = await reachPage(ask, first)
      appended += (await hold({ ...first, sessionIds }, first.causes)).length
      const last = sessionIds.length < pageMax || first.route === 'session'
      this.#queue = last ? rest : [{ ...first, after: sessionIds.at(-1) ?? '' }, ...rest]
    }
    return appended
  }
}

/** A copy of a known cause that may act is a cause anew. */
function markOf(cause: Cause): string {
  return `${cause.causeId} ${cause.mayAct && cause.lane === 'live'}`
}

function printOf({ tenant, instance, sessionKind, sessionId, print }: Touched): string {
  return JSON.stringify([tenant, instance, sessionKind, sessionId, print])
}

async function readCauses(ask: Ask, since: number, place: Place) {
  const rows = await ask(page, { since, ...place })
  const causes = rows.map(causeOf)
  const [last, row] = [causes.at(-1), rows.at(-1)]
  const next =
    last && row && rows.length === causesPerPage
      ? {
          tenant: last.tenant,
          instance: last.instance,
          after: number(row, 'recorded_ms'),
          id: last.causeId,
        }
      : undefined
  return { causes, next }
}

function isTouched({ news }: Beat): boolean {
  return news.has('sessions') || news.has('session_edges')
}

async function touchedSince(ask: Ask, since: number): Promise<readonly Touched[]> {
  const found: Touched[] = []
  for (let after: Touched | undefined; ; ) {
    const some = await askTouched(ask, since, after)
    for (const each of some) found.push(each)
    after = some.at(-1)
    if (some.length < touchedMax) return found
  }
}

/** Holds touched sessions against every cause that may reach them, instance by instance. */
async function holdTouched(
  { ask, hold }: Pick<Deps, 'ask' | 'hold'>,
  touched: readonly Touched[],
): Promise<number> {
  let curfews = 0
  const byInstance = Map.groupBy(touched, (each) => instanceKey(each.tenant, each.instance))
  for (const list of byInstance.values()) {
    for (let from = 0; from < list.length; from += touchedMax) {
      const some = list.slice(from, from + touchedMax)
      const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
      const ids = [...new Set(some.map(({ sessionId }) => sessionId))]
      const named = some.flatMap((each) => [each.subjectRef, each.otherRef, each.onBehalfOfRef])
      const refs = [...new Set(named)]
      const rows = await ask(causesWhere(reaching), {
        tenant,
        instance,
        ids,
        refs: refs.filter((ref) => ref !== ''),
      })
      for (let first = 0; first < rows.length; first += causesPerPage) {
        const causes = rows.slice(first, first + causesPerPage).map(causeOf)
        curfews += (await hold({ tenant, instance, sessionIds: ids }, causes)).length
      }
    }
  }
  return curfews
}
