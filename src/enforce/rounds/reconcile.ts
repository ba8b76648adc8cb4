import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Ask, Clock, Row } from '../../contract/ports.ts'
import type { FollowDirectory } from '../derive/directory-causes.ts'
import type { FindLostRoles } from '../derive/lost-roles.ts'
import type { JoinSignIns } from '../derive/sign-in-ties.ts'
import type { Scheduler } from '../execute/scheduler.ts'
import type { MatchCauses } from '../match/match-causes.ts'
import type { ChangeSet, WatchedTable } from '../match/poll-changes.ts'
import type { RelatedSubjects } from '../observe/related-subjects.ts'
import { unlistedSubjects } from '../observe/unlisted-subjects.ts'
import {
  askOutstanding,
  changedPairs,
  condemnedMax,
  condemnedOf,
  fingerprintKey,
  replacedPairs,
} from '../orders/open-curfews.ts'
import type { AnswerRequests } from '../orders/operator-requests.ts'
import { ChangePages } from '../paging/change-pages.ts'
import { makeRecentIdsByInstance } from '../paging/recent-ids-by-instance.ts'
import type { ReadRows, SessionPosition } from '../paging/session-position.ts'
import { bySession, firstSession } from '../paging/session-position.ts'
import type { ReviewQueue } from '../review/review-queue.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Steps } from '../scheduling/steps.ts'

export interface ReconcileDeps {
  readonly ask: Ask
  readonly clock: Clock
  readonly pollChanges: () => Promise<ChangeSet>
  readonly answerRequests: AnswerRequests
  readonly matchCauses: MatchCauses
  readonly joinSignIns: JoinSignIns
  readonly findLostRoles: FindLostRoles
  readonly followDirectory: FollowDirectory
  readonly scheduler: Scheduler
  readonly relatedSubjects: RelatedSubjects
  readonly reviewQueue: ReviewQueue
  readonly isolation: Isolation
  readonly steps: Steps
}

/** The result of one reconciliation. */
export interface ReconcileResult {
  readonly curfews: number
  readonly more: boolean
  /**
   * Where nothing is left and nothing failed, everything recorded before this instant was
   * processed, by the store's clock; undefined otherwise.
   */
  readonly through: number | undefined
  /** The error of a step to be repeated; undefined when all succeeded. */
  readonly failure: { readonly error: unknown } | undefined
}

/** Sessions that may wait for a review before more are read. */
const waitingMax = 20_000
/** Of those, sessions of one instance before more of it are read. */
const roomMax = 10_000
/** Condemned sessions of one instance that are read along with those of others. */
const sharedMax = 500
/** Marks of sessions under curfews that are remembered; some 150 bytes each. */
const seenMax = 200_000
/** Subjects of one instance and of wide scopes that wait to be listed before more of them are read. */
const spareMax = 500
const allAgainMs = 24 * 60 * 60_000
/** How soon again all causes are gone through for subjects that there was no room for, ms. */
const leftOutAgainMs = 10 * 60_000

/**
 * Reconciles with the store: answers requests, matches causes, and queues changed sessions for
 * review. It calls no provider, so none can delay it; a step, page or session that fails does not
 * block the others.
 */
export function makeReconcile(deps: ReconcileDeps): () => Promise<ReconcileResult> {
  const { matchCauses, scheduler, reviewQueue, isolation, steps } = deps
  let first = true
  // Kept over a failure: a cause is given to us once, and neither its list nor its person may be forgotten.
  let unfollowed: Cause[] = []
  let unlisted: Cause[] = []
  const reading = makeReading(deps)
  const readNews = makeReadChanges(deps)
  let leftOutAt = Number.NEGATIVE_INFINITY
  // Not while all causes are gone through: those that were passed would be left out again.
  const lookForLeftOut = (): void => {
    const now = deps.clock.now()
    if (matchCauses.isSweeping || now - leftOutAt < leftOutAgainMs || !scheduler.takeRejected())
      return
    leftOutAt = now
    matchCauses.sweepAgain()
  }
  const follow = (): Promise<number> => {
    const causes = unfollowed
    unfollowed = []
    return deps.followDirectory(causes)
  }

  return async () => {
    await isolation.retryDue()
    const changes = await deps.pollChanges()
    // What was given up for want of room is found again once a day.
    const isAll = first || reading.isAllDue()
    const told = (table: WatchedTable) =>
      isAll ? 0 : changes.news.has(table) ? changes.since : undefined
    const { joinSignIns, findLostRoles } = deps
    const asked = await steps.run('requests', told('requests'), deps.answerRequests, [])
    for (const each of asked) scheduler.requestList(each)
    const ties = await steps.paged('sign-ins', told('sign_ins'), joinSignIns, 0)
    const lost = await steps.paged('lost roles', told('entitlements'), findLostRoles, 0)
    const expanded = await matchCauses.round(changes)
    for (const each of expanded.condemned) reviewQueue.add(each)
    for (const each of expanded.unlisted) scheduler.requestList(each)
    deps.relatedSubjects.add(expanded.causes)
    for (const each of expanded.causes) {
      unfollowed.push(each)
      unlisted.push(each)
    }
    const followed = await steps.run('directories', 0, follow, 0)
    await requestUnlisted(deps, unlisted)
    unlisted = []
    lookForLeftOut()
    const moreTied = await requestRelated(deps)
    await readNews(changes, expanded.curfews)
    const moreOwed = await reading.readOwed()
    if (!expanded.postponed) changes.settle()
    first = false
    // Ties and causes found here are changes of the next round.
    const found = ties + lost + followed > 0
    const more = found || expanded.more || moreTied || moreOwed || steps.more
    const through = expanded.postponed || steps.isBehind ? undefined : changes.through
    return { curfews: expanded.curfews, more, through, failure: steps.failure }
  }
}

/** Queues condemned sessions with changes for review. */
function makeReadChanges({ ask, clock, reviewQueue, isolation, steps }: ReconcileDeps) {
  const seen = makeRecentIdsByInstance(seenMax)
  const read: ReadRows = (rows, each) => isolation.readRows(rows, 'curfews', each)
  const hasRoom = (instance: string): boolean => reviewQueue.sizeOf(instance) < roomMax
  const take = (rows: readonly Row[]): void => {
    for (const each of read(rows, condemnedOf)) {
      const of = instanceKey(each.tenant, each.instance)
      if (!seen.has(of, fingerprintKey(each))) reviewQueue.add(each)
      seen.add(of, fingerprintKey(each))
    }
  }
  const stepOf = (statement: string) => {
    const inPages = { ...bySession, clock, hasRoom, share: sharedMax, most: condemnedMax }
    const pages = new ChangePages<SessionPosition>(inPages)
    return { pages, work: () => pages.read((values) => ask(statement, values), take) }
  }
  const [ofPairs, ofReplaced] = [stepOf(changedPairs), stepOf(replacedPairs)]
  return async ({ news, since }: ChangeSet, curfews: number): Promise<void> => {
    const condemned = news.has('curfews') || curfews > 0 ? since : undefined
    await steps.paged('curfews', condemned, ofPairs, undefined)
    const from = news.has('replaced_causes') ? since : undefined
    await steps.paged('replaced causes', from, ofReplaced, undefined)
  }
}

/** Reads, from time to time, all that may still have to die. */
function makeReading({ ask, clock, matchCauses, reviewQueue, isolation, steps }: ReconcileDeps) {
  let owed: SessionPosition | undefined = firstSession
  let lastAllAt = clock.now()
  const read: ReadRows = (rows, each) => isolation.readRows(rows, 'curfews', each)
  const isAllDue = (): boolean => clock.now() - lastAllAt >= allAgainMs
  return {
    isAllDue,
    /** A page at a time; whether there is another one to be read at once. */
    async readOwed(): Promise<boolean> {
      if (isAllDue()) {
        lastAllAt = clock.now()
        matchCauses.sweepAgain()
        owed ??= firstSession
      }
      const place = owed
      if (!place) return false
      if (reviewQueue.size > waitingMax) return true
      const readOne = async (): Promise<void> => {
        const page = await askOutstanding(ask, place, read)
        for (const each of page.found) reviewQueue.add(each)
        owed = page.next
      }
      await steps.run('owed sessions', 0, readOne, undefined)
      return owed !== undefined && !steps.hasFailed('owed sessions')
    },
  }
}

/** Requests lists of subjects of live causes without one since; each cause is read once. */
async function requestUnlisted(
  { ask, clock, scheduler, isolation }: ReconcileDeps,
  causes: readonly Cause[],
): Promise<void> {
  const about = ({ tenant, instance, causeId }: Cause) => {
    return { tenant, instance, action: 'list the subject of a cause', id: causeId }
  }
  await isolation.runAll(causes, about, async (some) => {
    for (const each of await unlistedSubjects(ask, clock, some)) scheduler.requestList(each, true)
  })
}

/** Requests idle lists for a page of subjects in wide scopes. Returns whether there may be more. */
async function requestRelated({ relatedSubjects, scheduler }: ReconcileDeps): Promise<boolean> {
  const page = await relatedSubjects.next((instance) => scheduler.idleListsOf(instance) < spareMax)
  for (const each of page ?? []) scheduler.requestIdleList(each)
  return page !== undefined
}
