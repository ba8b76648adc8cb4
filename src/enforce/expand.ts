import type { Cause } from '../contract/cause.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Append, Ask, Clock, Row } from '../contract/ports.ts'
import { Rota } from '../contract/rota.ts'
import { number, text } from '../verdict/read-row.ts'
import type { Apart } from './apart.ts'
import { appendNewCauses, causeOf, causesWhere } from './causes.ts'
import type { Outlived } from './expired.ts'
import type { HoldApart } from './hold-apart.ts'
import type { HoldTold } from './hold-told.ts'
import type { NamePlace } from './name-place.ts'
import { firstPlace } from './name-place.ts'
import type { Pace } from './pace.ts'
import type { Beat } from './pulse.ts'
import type { Expansion } from './reach.ts'
import { expansionsOf, pageMaxOf, reachPage } from './reach.ts'
import { makeSeen } from './seen.ts'
import type { Steps } from './steps.ts'
import type { Touched } from './touched.ts'
import { askAccused, askTouched } from './touched.ts'

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
/** After this time a round begins no further page, ms. */
const roundMs = 2_000
/**
 * Under a flood of events, looking at what they told of sessions takes at most a tenth of the time;
 * new causes never wait for it.
 */
const touchRest = 9
const touchFreeMs = 200
/** Pages of sessions that wait before more is read of what they were told of. */
const toldPagesMax = 100

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
  readonly hold: HoldApart
  readonly told: Pick<HoldTold, 'add' | 'next' | 'size'>
  readonly apart: Apart
  readonly steps: Steps
  readonly pace: Pace
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
  /** New causes come before old ones: a person is waiting. */
  readonly #fresh = new Rota<Expansion>()
  readonly #old = new Rota<Expansion>()
  #sweep: Place | undefined = start
  #touchAfter = 0
  // Given away only by a round that succeeds, so that a failing store loses none of them.
  #read: Cause[] = []
  #unlisted: Cause[] = []
  #condemned: Touched[] = []

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Starts over with all causes, as after opening: a safety net, cheap where nothing is missing. */
  sweepAgain(): void {
    this.#sweep ??= start
  }

  /** @throws CurfewError STORE_UNREACHABLE; the round is then to be repeated. */
  async round(beat: Beat): Promise<Expanded> {
    const { clock, steps, told } = this.#deps
    const rests = clock.now() < this.#touchAfter || told.size >= toldPagesMax
    const postponed = rests && isTouched(beat)
    const looks = isTouched(beat) && !postponed
    const begun = clock.now()
    const news = looks ? beat.since : undefined
    const outlived = await steps.run('expiries', news, (since) => this.#outlived(since), 0)
    const toldOf = outlived > 0 || beat.news.has('causes') ? beat.since : undefined
    await steps.run('causes', toldOf, (since) => this.#takeCauses(since), undefined)
    const accusedSince = beat.news.has('findings') ? beat.since : undefined
    await steps.run('findings', accusedSince, (since) => this.#accused(since), undefined)
    await steps.run('sessions', news, (since) => this.#touched(since), undefined)
    const tookMs = clock.now() - begun
    if (looks && tookMs > touchFreeMs) this.#touchAfter = clock.now() + touchRest * tookMs
    const curfews = await this.#expandPages()
    const found = { causes: this.#read, condemned: this.#condemned, unlisted: this.#unlisted }
    this.#read = []
    this.#condemned = []
    this.#unlisted = []
    return {
      ...found,
      curfews,
      more: !this.#isEmpty || (this.#sweep !== undefined && !steps.isOwed('old causes')),
      postponed,
    }
  }

  async #outlived(since: number): Promise<number> {
    const outlived = await this.#deps.expired(since)
    const late = outlived.map(({ cause }) => cause)
    const fresh = late.filter((cause) => !this.#seenCauses.has(markOf(cause)))
    await appendNewCauses(this.#deps, fresh)
    for (const { cause, unlisted } of outlived) if (unlisted) this.#unlisted.push(cause)
    return outlived.length
  }

  async #accused(since: number): Promise<void> {
    const { ask, apart } = this.#deps
    this.#hear(await askAccused(ask, since, (rows, read) => apart.rows(rows, 'findings', read)))
  }

  /** Within the step that reads them: what it has read it is not asked for again. */
  #hear(all: readonly Touched[]): void {
    const touched = all.filter((each) => !this.#seenTouched.has(printOf(each)))
    this.#deps.told.add(touched)
    for (const each of touched) {
      this.#seenTouched.add(printOf(each))
      if (each.condemned) this.#condemned.push(each)
    }
  }

  async #touched(since: number): Promise<void> {
    const { ask, apart } = this.#deps
    for (let after: NamePlace | undefined = firstPlace; after; ) {
      const page = await askTouched(ask, since, after, (rows, read) =>
        apart.rows(rows, 'sessions', read),
      )
      this.#hear(page.found)
      after = page.next
    }
  }

  async #takeCauses(since: number): Promise<void> {
    const found: Cause[] = []
    for (let place: Place | undefined = start; place; ) {
      const some = await this.#readCauses(since, place)
      for (const each of some.causes.filter((cause) => !this.#seenCauses.has(markOf(cause))))
        found.push(each)
      place = some.next
    }
    queue(this.#fresh, found)
    for (const cause of found) this.#seenCauses.add(markOf(cause))
    for (const each of found) this.#read.push(each)
  }

  async #readCauses(since: number, place: Place) {
    const { ask, apart } = this.#deps
    const rows = await ask(page, { since, ...place })
    const last = rows.length === causesPerPage ? rows.at(-1) : undefined
    return { causes: apart.rows(rows, 'causes', causeOf), next: last && placeOf(last) }
  }

  async #expandPages(): Promise<number> {
    const { steps, clock } = this.#deps
    await steps.run(
      'old causes',
      this.#isEmpty && this.#sweep ? 0 : undefined,
      () => this.#readOld(),
      undefined,
    )
    let appended = 0
    const begun = clock.now()
    for (let pages = 0; pages < pagesPerRound && clock.now() - begun <= roundMs; pages += 1) {
      if (this.#isEmpty) break
      // New causes and what was told of sessions take turns; old causes wait for both.
      if (pages % 2 === 1 || this.#fresh.size === 0) appended += await this.#deps.told.next()
      if (this.#fresh.size > 0) appended += await this.#nextOf(this.#fresh)
      else if (this.#deps.told.size === 0) appended += await this.#nextOf(this.#old)
    }
    return appended
  }

  async #nextOf(rota: Rota<Expansion>): Promise<number> {
    const first = rota.take()
    if (!first) return 0
    try {
      return await this.#expandPage(first, rota)
    } catch (error) {
      // A store that answers nobody must not cost a page.
      rota.putBack(keyOf(first), first)
      throw error
    }
  }

  get #isEmpty(): boolean {
    return this.#fresh.size + this.#old.size + this.#deps.told.size === 0
  }

  async #readOld(): Promise<void> {
    if (!this.#sweep) return
    const old = await this.#readCauses(0, this.#sweep)
    queue(this.#old, old.causes)
    this.#sweep = old.next
    for (const each of old.causes) this.#read.push(each)
  }

  /** One page of an expansion; what is left of it comes next. */
  async #expandPage(expansion: Expansion, rota: Rota<Expansion>): Promise<number> {
    const { ask, hold, apart, pace } = this.#deps
    const { tenant, instance, route, causes, after } = expansion
    let appended = 0
    const work = async (): Promise<void> => {
      const max = pace.sizeOf(keyOf(expansion), pageMaxOf(expansion))
      const sessionIds = await reachPage(ask, expansion, max)
      appended = await hold({ tenant, instance, sessionIds }, causes)
      const last = sessionIds.length < max || route === 'session'
      const next = { ...expansion, after: sessionIds.at(-1) ?? '' }
      if (!last) rota.putBack(keyOf(next), next)
    }
    const name = `${route} ${causes[0]?.causeId ?? ''} ${causes.length} ${after}`
    const piece = { tenant, instance, doing: 'expand causes', name, work }
    await pace.timed(keyOf(expansion), () => apart.one(piece))
    return appended
  }
}

function queue(rota: Rota<Expansion>, causes: readonly Cause[]): void {
  for (let from = 0; from < causes.length; from += causesPerPage) {
    for (const each of expansionsOf(causes.slice(from, from + causesPerPage))) {
      rota.add(keyOf(each), each)
    }
  }
}

function keyOf({ tenant, instance }: Pick<Expansion, 'tenant' | 'instance'>): string {
  return instanceKey(tenant, instance)
}

/** A copy of a known cause that may act is a cause anew. */
function markOf(cause: Cause): string {
  return `${cause.causeId} ${cause.mayAct && cause.lane === 'live'}`
}

function printOf({ tenant, instance, sessionKind, sessionId, print }: Touched): string {
  return JSON.stringify([tenant, instance, sessionKind, sessionId, print])
}

function placeOf(row: Row): Place {
  const [tenant, instance] = [text(row, 'tenant'), text(row, 'instance')]
  return { tenant, instance, after: number(row, 'recorded_ms'), id: text(row, 'cause_id') }
}

function isTouched({ news }: Beat): boolean {
  return news.has('sessions') || news.has('session_edges')
}
