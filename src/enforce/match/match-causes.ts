import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Append, Ask, Clock, Row } from '../../contract/ports.ts'
import { Rota } from '../../contract/rota.ts'
import type { CausePosition } from '../paging/cause-pages.ts'
import {
  askCauseIds,
  askCauses,
  byRecording,
  causePositionOf,
  fingerprintOf,
  firstCause,
} from '../paging/cause-pages.ts'
import { beyondIds, ChangePages } from '../paging/change-pages.ts'
import { makeRecentIdsByInstance } from '../paging/recent-ids-by-instance.ts'
import type { ReadRows, SessionPosition } from '../paging/session-position.ts'
import { bySession } from '../paging/session-position.ts'
import { appendNewCauses } from '../rows/cause-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Pace } from '../scheduling/pace.ts'
import type { Steps } from '../scheduling/steps.ts'
import type { ApplyIsolated } from './apply-isolated.ts'
import type { ApplyToChanged } from './apply-to-changed.ts'
import type { ChangedSession } from './changed-sessions.ts'
import {
  askChangedSessions,
  askSuspectSessions,
  changedSessionIds,
  fingerprintKey,
  haveSessionsChanged,
  suspectSessionIds,
} from './changed-sessions.ts'
import type { MatchResult } from './match-result.ts'
import type { FindOutlived } from './outlived-expiry.ts'
import type { ChangeSet } from './poll-changes.ts'
import type { ScopePage } from './scope-pages.ts'
import { addScopePages, askScopePage, causesPerPage, pageMaxOf } from './scope-pages.ts'

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
 * Under load, changed sessions take at most a tenth of the time; new causes never wait for them.
 */
const pauseFactor = 9
const freeMs = 200
/** Pages of sessions of one instance that wait before more of it is read. */
const changedPagesMax = 20

interface Deps {
  readonly ask: Ask
  readonly clock: Clock
  readonly append: Append
  readonly applyCauses: ApplyIsolated
  readonly applyToChanged: Pick<ApplyToChanged, 'add' | 'next' | 'size' | 'sizeOf'>
  readonly isolation: Isolation
  readonly steps: Steps
  readonly pace: Pace
  readonly findOutlived: (isPaused: () => boolean) => FindOutlived
}

/**
 * The incremental match over the store: new causes ⋈ sessions in their scope, and changed sessions
 * ⋈ causes. It finds the pairs that inline application cannot, and the result does not depend on
 * the order of arrival.
 */
export class MatchCauses {
  readonly #deps: Deps
  readonly #recentCauses = makeRecentIdsByInstance(seenMax)
  readonly #recentSessions = makeRecentIdsByInstance(seenMax)
  readonly #newCauses: ChangePages<CausePosition>
  readonly #changedSessions: ChangePages<SessionPosition>
  readonly #suspectSessions: ChangePages<SessionPosition>
  readonly #outlivedExpiry: FindOutlived
  /** New causes come before old ones: a person is waiting. */
  readonly #fresh = new Rota<ScopePage>()
  readonly #old = new Rota<ScopePage>()
  #sweep: CausePosition | undefined = firstCause
  #pausedUntil = 0
  // Given away only by a round that succeeds, so that a failing store loses none of them.
  #causes: Cause[] = []
  #unlisted: Cause[] = []
  #condemned: ChangedSession[] = []

  constructor(deps: Deps) {
    this.#deps = deps
    const { clock, applyToChanged } = deps
    const common = { clock, share, most }
    const isPaused = (): boolean => clock.now() < this.#pausedUntil
    const hasRoom = (key: string): boolean => applyToChanged.sizeOf(key) < changedPagesMax
    const isLow = (key: string): boolean => this.#fresh.sizeOf(key) < freshPagesMax
    this.#newCauses = new ChangePages({ ...common, ...byRecording, hasRoom: isLow })
    this.#changedSessions = new ChangePages({ ...common, ...bySession, hasRoom, isPaused })
    this.#suspectSessions = new ChangePages({ ...common, ...bySession, hasRoom })
    this.#outlivedExpiry = deps.findOutlived(isPaused)
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
  async round(changes: ChangeSet): Promise<MatchResult> {
    const { clock, steps } = this.#deps
    const isPaused = clock.now() < this.#pausedUntil
    const begunAt = clock.now()
    await this.#readChanges(changes, isPaused ? undefined : changes.since)
    const tookMs = clock.now() - begunAt
    if (!isPaused && haveSessionsChanged(changes) && tookMs > freeMs) {
      this.#pausedUntil = clock.now() + pauseFactor * tookMs
    }
    const curfews = await this.#matchPages()
    const found = { causes: this.#causes, condemned: this.#condemned, unlisted: this.#unlisted }
    this.#causes = []
    this.#condemned = []
    this.#unlisted = []
    return {
      ...found,
      curfews,
      more: !this.#isEmpty || (this.#sweep !== undefined && !steps.hasFailed('old causes')),
      postponed: isPaused && haveSessionsChanged(changes),
    }
  }

  /** Reads the next pages of changes; no changed sessions without `since`. */
  async #readChanges(changes: ChangeSet, since: number | undefined): Promise<void> {
    const { steps } = this.#deps
    const news = haveSessionsChanged(changes) ? since : undefined
    const expiries = { pages: this.#outlivedExpiry.pages, work: () => this.#readOutlived() }
    const outlived = await steps.paged('expiries', news, expiries, 0)
    const toldOf = outlived > 0 || changes.news.has('causes') ? changes.since : undefined
    const causes = { pages: this.#newCauses, work: () => this.#readNewCauses() }
    await steps.paged('causes', toldOf, causes, undefined)
    const findings = { pages: this.#suspectSessions, work: () => this.#readSuspect() }
    const accused = changes.news.has('findings') ? changes.since : undefined
    await steps.paged('findings', accused, findings, undefined)
    const sessions = { pages: this.#changedSessions, work: () => this.#readChanged() }
    await steps.paged('sessions', news, sessions, undefined)
  }

  async #readOutlived(): Promise<number> {
    let found = 0
    await this.#outlivedExpiry.next(async (outlived) => {
      const late = outlived.map(({ cause }) => cause)
      const fresh = late.filter(
        (cause) => !this.#recentCauses.has(keyOf(cause), fingerprintOf(cause)),
      )
      await appendNewCauses(this.#deps, fresh)
      for (const { cause, unlisted } of outlived) if (unlisted) this.#unlisted.push(cause)
      found += outlived.length
    })
    return found
  }

  async #readSuspect(): Promise<void> {
    const { ask, isolation } = this.#deps
    await this.#suspectSessions.read(
      (values) => ask(suspectSessionIds, values),
      async (names, values) => {
        const read: ReadRows = (rows, each) => isolation.readRows(rows, 'findings', each)
        this.#queueChanged(await askSuspectSessions(ask, names, values, read))
      },
    )
  }

  /** Called within the step that reads them, since they are not read again. */
  #queueChanged(all: readonly ChangedSession[]): void {
    const touched = all.filter(
      (each) => !this.#recentSessions.has(keyOf(each), fingerprintKey(each)),
    )
    this.#deps.applyToChanged.add(touched)
    for (const each of touched) {
      this.#recentSessions.add(keyOf(each), fingerprintKey(each))
      if (each.condemned) this.#condemned.push(each)
    }
  }

  async #readChanged(): Promise<void> {
    const { ask, isolation } = this.#deps
    await this.#changedSessions.read(
      (values) => ask(changedSessionIds, values),
      async (names, values) => {
        const read: ReadRows = (rows, each) => isolation.readRows(rows, 'sessions', each)
        this.#queueChanged(await askChangedSessions(ask, names, values, read))
      },
    )
  }

  async #readNewCauses(): Promise<void> {
    const { ask } = this.#deps
    await this.#newCauses.read(
      (values) => askCauseIds(ask, values),
      async (names) => {
        const found = await this.#readCauses(names)
        const fresh = found.filter(
          (each) => !this.#recentCauses.has(keyOf(each), fingerprintOf(each)),
        )
        addScopePages(this.#fresh, fresh)
        for (const each of fresh) {
          this.#recentCauses.add(keyOf(each), fingerprintOf(each))
          this.#causes.push(each)
        }
      },
    )
  }

  #readCauses(names: readonly Row[]): Promise<readonly Cause[]> {
    const { ask, isolation } = this.#deps
    return askCauses(ask, names, (rows, each) => isolation.readRows(rows, 'causes', each))
  }

  async #matchPages(): Promise<number> {
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
      // New causes and changed sessions alternate; old causes wait for both.
      if (pages % 2 === 1 || this.#fresh.size === 0)
        appended += await this.#deps.applyToChanged.next()
      if (this.#fresh.size > 0) appended += await this.#nextOf(this.#fresh)
      else if (this.#deps.applyToChanged.size === 0) appended += await this.#nextOf(this.#old)
    }
    return appended
  }

  async #nextOf(rota: Rota<ScopePage>): Promise<number> {
    const first = rota.take()
    if (!first) return 0
    try {
      return await this.#matchPage(first, rota)
    } catch (error) {
      // An unavailable store must not lose a page.
      rota.putBack(keyOf(first), first)
      throw error
    }
  }

  get #isEmpty(): boolean {
    return this.#fresh.size + this.#old.size + this.#deps.applyToChanged.size === 0
  }

  async #readOld(): Promise<void> {
    if (!this.#sweep) return
    const all = { since: 0, last_tenant: beyondIds, last_instance: beyondIds }
    const page = { share: causesPerPage, most: causesPerPage }
    const names = await askCauseIds(this.#deps.ask, { ...this.#sweep, ...all, ...page })
    const causes = await this.#readCauses(names)
    addScopePages(this.#old, causes)
    const end = names.length < causesPerPage ? undefined : names.at(-1)
    this.#sweep = end && causePositionOf(end)
    for (const each of causes) this.#causes.push(each)
  }

  /** One page of an expansion; what is left of it comes next. */
  async #matchPage(page: ScopePage, rota: Rota<ScopePage>): Promise<number> {
    const { ask, applyCauses, isolation, pace } = this.#deps
    const { tenant, instance, route, causes, after } = page
    let appended = 0
    const work = async (): Promise<void> => {
      const max = pace.sizeOf(keyOf(page), pageMaxOf(page))
      const sessionIds = await askScopePage(ask, page, max)
      appended = await applyCauses({ tenant, instance, sessionIds }, causes)
      const last = sessionIds.length < max || route === 'session'
      const next = { ...page, after: sessionIds.at(-1) ?? '' }
      if (!last) rota.putBack(keyOf(next), next)
    }
    const name = `${route} ${causes[0]?.causeId ?? ''} ${causes.length} ${after}`
    const piece = { tenant, instance, action: 'expand causes', id: name, work }
    await pace.timed(keyOf(page), () => isolation.runOne(piece))
    return appended
  }
}

function keyOf({ tenant, instance }: Pick<ScopePage, 'tenant' | 'instance'>): string {
  return instanceKey(tenant, instance)
}
