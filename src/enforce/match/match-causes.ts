import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Append, Ask, Clock, Row } from '../../contract/ports.ts'
import { Rota } from '../../contract/rota.ts'
import type { CausePlace } from '../paging/cause-pages.ts'
import {
  askCauseNames,
  askCauses,
  byRecording,
  firstCause,
  markOf,
  placeOfCause,
} from '../paging/cause-pages.ts'
import { beyondNames, NewsPages } from '../paging/news-pages.ts'
import { makeSeenOfInstances } from '../paging/seen.ts'
import type { NamePlace, ReadRows } from '../paging/session-position.ts'
import { byName } from '../paging/session-position.ts'
import { appendNewCauses } from '../rows/cause-rows.ts'
import type { Apart } from '../scheduling/isolate.ts'
import type { Pace } from '../scheduling/pace.ts'
import type { Steps } from '../scheduling/steps.ts'
import type { HoldApart } from './apply-isolated.ts'
import type { HoldTold } from './apply-to-changed.ts'
import type { Touched } from './changed-sessions.ts'
import {
  accusedNames,
  askAccused,
  askTouched,
  isTouched,
  printOf,
  touchedNames,
} from './changed-sessions.ts'
import type { Expanded } from './match-result.ts'
import type { FindExpired } from './outlived-expiry.ts'
import type { Beat } from './poll-changes.ts'
import type { Expansion } from './scope-pages.ts'
import { addExpansions, causesPerPage, pageMaxOf, reachPage } from './scope-pages.ts'

/** Pages of sessions in one round. */
const pagesPerRound = 8
/** Causes or sessions of one instance that are read along with those of others, and those of one page. */
const share = 200
const most = 2_000
/** Marks that are remembered of causes, and of sessions; some 100 bytes each. */
const seenMax = 200_000
/** Pages of new causes of one instance that wait before more of its causes are read. */
const freshPagesMax = 20
/** After this time a round begins no further page, ms. */
const roundMs = 2_000
/**
 * Under a flood of events, looking at what they told of sessions takes at most a tenth of the time;
 * new causes never wait for it.
 */
const touchRest = 9
const touchFreeMs = 200
/** Pages of sessions of one instance that wait before more of it is read. */
const toldPagesMax = 20

interface Deps {
  readonly ask: Ask
  readonly clock: Clock
  readonly append: Append
  readonly hold: HoldApart
  readonly told: Pick<HoldTold, 'add' | 'next' | 'size' | 'sizeOf'>
  readonly apart: Apart
  readonly steps: Steps
  readonly pace: Pace
  readonly expired: (rests: () => boolean) => FindExpired
}

/**
 * The incremental sweep over the store: new causes ⋈ sessions of their scope, and sessions told of
 * ⋈ causes. It reaches what imposing inline cannot know, and the same rows whatever came first.
 */
export class Expand {
  readonly #deps: Deps
  readonly #seenCauses = makeSeenOfInstances(seenMax)
  readonly #seenTouched = makeSeenOfInstances(seenMax)
  readonly #news: NewsPages<CausePlace>
  readonly #toldOf: NewsPages<NamePlace>
  readonly #accusedOf: NewsPages<NamePlace>
  readonly #expired: FindExpired
  /** New causes come before old ones: a person is waiting. */
  readonly #fresh = new Rota<Expansion>()
  readonly #old = new Rota<Expansion>()
  #sweep: CausePlace | undefined = firstCause
  #touchAfter = 0
  // Given away only by a round that succeeds, so that a failing store loses none of them.
  #read: Cause[] = []
  #unlisted: Cause[] = []
  #condemned: Touched[] = []

  constructor(deps: Deps) {
    this.#deps = deps
    const { clock, told } = deps
    const common = { clock, share, most }
    const rests = (): boolean => clock.now() < this.#touchAfter
    const hasRoom = (key: string): boolean => told.sizeOf(key) < toldPagesMax
    const isLow = (key: string): boolean => this.#fresh.sizeOf(key) < freshPagesMax
    this.#news = new NewsPages({ ...common, ...byRecording, hasRoom: isLow })
    this.#toldOf = new NewsPages({ ...common, ...byName, hasRoom, rests })
    this.#accusedOf = new NewsPages({ ...common, ...byName, hasRoom })
    this.#expired = deps.expired(rests)
  }

  /** Starts over with all causes, as after opening: a safety net, cheap where nothing is missing. */
  sweepAgain(): void {
    this.#sweep ??= firstCause
  }

  /** Whether all causes are being gone through. */
  get isSweeping(): boolean {
    return this.#sweep !== undefined
  }

  /** @throws CurfewError STORE_UNREACHABLE; the round is then to be repeated. */
  async round(beat: Beat): Promise<Expanded> {
    const { clock, steps } = this.#deps
    const rests = clock.now() < this.#touchAfter
    const begunAt = clock.now()
    await this.#look(beat, rests ? undefined : beat.since)
    const tookMs = clock.now() - begunAt
    if (!rests && isTouched(beat) && tookMs > touchFreeMs) {
      this.#touchAfter = clock.now() + touchRest * tookMs
    }
    const curfews = await this.#expandPages()
    const found = { causes: this.#read, condemned: this.#condemned, unlisted: this.#unlisted }
    this.#read = []
    this.#condemned = []
    this.#unlisted = []
    return {
      ...found,
      curfews,
      more: !this.#isEmpty || (this.#sweep !== undefined && !steps.isOwed('old causes')),
      postponed: rests && isTouched(beat),
    }
  }

  /** Reads the next pages of what is new; nothing of what was told of sessions without `since`. */
  async #look(beat: Beat, since: number | undefined): Promise<void> {
    const { steps } = this.#deps
    const news = isTouched(beat) ? since : undefined
    const expiries = { pages: this.#expired.pages, work: () => this.#outlived() }
    const outlived = await steps.paged('expiries', news, expiries, 0)
    const toldOf = outlived > 0 || beat.news.has('causes') ? beat.since : undefined
    const causes = { pages: this.#news, work: () => this.#takeCauses() }
    await steps.paged('causes', toldOf, causes, undefined)
    const findings = { pages: this.#accusedOf, work: () => this.#accused() }
    const accused = beat.news.has('findings') ? beat.since : undefined
    await steps.paged('findings', accused, findings, undefined)
    const sessions = { pages: this.#toldOf, work: () => this.#touched() }
    await steps.paged('sessions', news, sessions, undefined)
  }

  async #outlived(): Promise<number> {
    let found = 0
    await this.#expired.next(async (outlived) => {
      const late = outlived.map(({ cause }) => cause)
      const fresh = late.filter((cause) => !this.#seenCauses.has(keyOf(cause), markOf(cause)))
      await appendNewCauses(this.#deps, fresh)
      for (const { cause, unlisted } of outlived) if (unlisted) this.#unlisted.push(cause)
      found += outlived.length
    })
    return found
  }

  async #accused(): Promise<void> {
    const { ask, apart } = this.#deps
    await this.#accusedOf.read(
      (values) => ask(accusedNames, values),
      async (names, values) => {
        const read: ReadRows = (rows, each) => apart.rows(rows, 'findings', each)
        this.#hear(await askAccused(ask, names, values, read))
      },
    )
  }

  /** Within the step that reads them: what it has read it is not asked for again. */
  #hear(all: readonly Touched[]): void {
    const touched = all.filter((each) => !this.#seenTouched.has(keyOf(each), printOf(each)))
    this.#deps.told.add(touched)
    for (const each of touched) {
      this.#seenTouched.add(keyOf(each), printOf(each))
      if (each.condemned) this.#condemned.push(each)
    }
  }

  async #touched(): Promise<void> {
    const { ask, apart } = this.#deps
    await this.#toldOf.read(
      (values) => ask(touchedNames, values),
      async (names, values) => {
        const read: ReadRows = (rows, each) => apart.rows(rows, 'sessions', each)
        this.#hear(await askTouched(ask, names, values, read))
      },
    )
  }

  async #takeCauses(): Promise<void> {
    const { ask } = this.#deps
    await this.#news.read(
      (values) => askCauseNames(ask, values),
      async (names) => {
        const found = await this.#readCauses(names)
        const fresh = found.filter((each) => !this.#seenCauses.has(keyOf(each), markOf(each)))
        addExpansions(this.#fresh, fresh)
        for (const each of fresh) {
          this.#seenCauses.add(keyOf(each), markOf(each))
          this.#read.push(each)
        }
      },
    )
  }

  #readCauses(names: readonly Row[]): Promise<readonly Cause[]> {
    const { ask, apart } = this.#deps
    return askCauses(ask, names, (rows, each) => apart.rows(rows, 'causes', each))
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
    const all = { since: 0, last_tenant: beyondNames, last_instance: beyondNames }
    const page = { share: causesPerPage, most: causesPerPage }
    const names = await askCauseNames(this.#deps.ask, { ...this.#sweep, ...all, ...page })
    const causes = await this.#readCauses(names)
    addExpansions(this.#old, causes)
    const end = names.length < causesPerPage ? undefined : names.at(-1)
    this.#sweep = end && placeOfCause(end)
    for (const each of causes) this.#read.push(each)
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

function keyOf({ tenant, instance }: Pick<Expansion, 'tenant' | 'instance'>): string {
  return instanceKey(tenant, instance)
}
