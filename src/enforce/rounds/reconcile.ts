import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Ask, Clock, Row } from '../../contract/ports.ts'
import type { FollowDirectory } from '../derive/directory-causes.ts'
import type { FindLostRoles } from '../derive/lost-roles.ts'
import type { JoinSignIns } from '../derive/sign-in-ties.ts'
import type { Lanes } from '../execute/scheduler.ts'
import type { Expand } from '../match/match-causes.ts'
import type { Beat, Fed } from '../match/poll-changes.ts'
import type { Tied } from '../observe/related-subjects.ts'
import { unlistedSubjects } from '../observe/unlisted-subjects.ts'
import {
  askOwed,
  condemnedMax,
  condemnedOf,
  lately,
  printOf,
  replaced,
} from '../orders/open-curfews.ts'
import type { AnswerRequests } from '../orders/operator-requests.ts'
import { NewsPages } from '../paging/news-pages.ts'
import { makeSeenOfInstances } from '../paging/seen.ts'
import type { NamePlace, ReadRows } from '../paging/session-position.ts'
import { byName, firstPlace } from '../paging/session-position.ts'
import type { Changed } from '../review/review-queue.ts'
import type { Apart } from '../scheduling/isolate.ts'
import type { Steps } from '../scheduling/steps.ts'

export interface StoreRoundDeps {
  readonly ask: Ask
  readonly clock: Clock
  readonly pulse: () => Promise<Beat>
  readonly answerRequests: AnswerRequests
  readonly expand: Expand
  readonly joinSignIns: JoinSignIns
  readonly findLostRoles: FindLostRoles
  readonly followDirectory: FollowDirectory
  readonly lanes: Lanes
  readonly tied: Tied
  readonly changed: Changed
  readonly apart: Apart
  readonly steps: Steps
}

/** What one look over the store did. */
export interface StoreRound {
  readonly curfews: number
  readonly more: boolean
  /**
   * Where nothing is left and nothing failed, all that was recorded before has been looked at, by the store's
   * clock; undefined where some of it was put off.
   */
  readonly through: number | undefined
  /** Of a step that failed and is still to be done; undefined while all goes well. */
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
 * The look over all that is new: what came is answered and expanded, and sessions of which something changed
 * are handed to the reviews. No provider is called here, so that none of them can hold it up; and no step,
 * page or session that fails holds up the others.
 */
export function makeStoreRound(deps: StoreRoundDeps): () => Promise<StoreRound> {
  const { expand, lanes, changed, apart, steps } = deps
  let first = true
  // Kept over a failure: a cause is given to us once, and neither its list nor its person may be forgotten.
  let unfollowed: Cause[] = []
  let unlisted: Cause[] = []
  const reading = makeReading(deps)
  const readNews = makeNews(deps)
  let leftOutAt = Number.NEGATIVE_INFINITY
  // Not while all causes are gone through: those that were passed would be left out again.
  const lookForLeftOut = (): void => {
    const now = deps.clock.now()
    if (expand.isSweeping || now - leftOutAt < leftOutAgainMs || !lanes.takeLeftOut()) return
    leftOutAt = now
    expand.sweepAgain()
  }
  const follow = (): Promise<number> => {
    const causes = unfollowed
    unfollowed = []
    return deps.followDirectory(causes)
  }

  return async () => {
    await apart.again()
    const beat = await deps.pulse()
    // What was given up for want of room is found again once a day.
    const isAll = first || reading.isAllDue()
    const told = (table: Fed) => (isAll ? 0 : beat.news.has(table) ? beat.since : undefined)
    const { joinSignIns, findLostRoles } = deps
    const asked = await steps.run('requests', told('requests'), deps.answerRequests, [])
    for (const each of asked) lanes.want(each)
    const tied = await steps.paged('sign-ins', told('sign_ins'), joinSignIns, 0)
    const lost = await steps.paged('lost roles', told('entitlements'), findLostRoles, 0)
    const expanded = await expand.round(beat)
    for (const each of expanded.condemned) changed.add(each)
    for (const each of expanded.unlisted) lanes.want(each)
    deps.tied.add(expanded.causes)
    for (const each of expanded.causes) {
      unfollowed.push(each)
      unlisted.push(each)
    }
    const followed = await steps.run('directories', 0, follow, 0)
    await wantListed(deps, unlisted)
    unlisted = []
    lookForLeftOut()
    const moreTied = await wantTied(deps)
    await readNews(beat, expanded.curfews)
    const moreOwed = await reading.readOwed()
    if (!expanded.postponed) beat.settle()
    first = false
    // Ties and causes that were found are news of the next round.
    const found = tied + lost + followed > 0
    const more = found || expanded.more || moreTied || moreOwed || steps.more
    const through = expanded.postponed || steps.isBehind ? undefined : beat.through
    return { curfews: expanded.curfews, more, through, failure: steps.failure }
  }
}

/** Reads which condemned sessions have news. */
function makeNews({ ask, clock, changed, apart, steps }: StoreRoundDeps) {
  const seen = makeSeenOfInstances(seenMax)
  const read: ReadRows = (rows, each) => apart.rows(rows, 'curfews', each)
  const hasRoom = (instance: string): boolean => changed.sizeOf(instance) < roomMax
  const take = (rows: readonly Row[]): void => {
    for (const each of read(rows, condemnedOf)) {
      const of = instanceKey(each.tenant, each.instance)
      if (!seen.has(of, printOf(each))) changed.add(each)
      seen.add(of, printOf(each))
    }
  }
  const stepOf = (statement: string) => {
    const inPages = { ...byName, clock, hasRoom, share: sharedMax, most: condemnedMax }
    const pages = new NewsPages<NamePlace>(inPages)
    return { pages, work: () => pages.read((values) => ask(statement, values), take) }
  }
  const [ofPairs, ofReplaced] = [stepOf(lately), stepOf(replaced)]
  return async ({ news, since }: Beat, curfews: number): Promise<void> => {
    const condemned = news.has('curfews') || curfews > 0 ? since : undefined
    await steps.paged('curfews', condemned, ofPairs, undefined)
    const from = news.has('replaced_causes') ? since : undefined
    await steps.paged('replaced causes', from, ofReplaced, undefined)
  }
}

/** Reads, from time to time, all that may still have to die. */
function makeReading({ ask, clock, expand, changed, apart, steps }: StoreRoundDeps) {
  let owed: NamePlace | undefined = firstPlace
  let lastAllAt = clock.now()
  const read: ReadRows = (rows, each) => apart.rows(rows, 'curfews', each)
  const isAllDue = (): boolean => clock.now() - lastAllAt >= allAgainMs
  return {
    isAllDue,
    /** A page at a time; whether there is another one to be read at once. */
    async readOwed(): Promise<boolean> {
      if (isAllDue()) {
        lastAllAt = clock.now()
        expand.sweepAgain()
        owed ??= firstPlace
      }
      const place = owed
      if (!place) return false
      if (changed.size > waitingMax) return true
      const readOne = async (): Promise<void> => {
        const page = await askOwed(ask, place, read)
        for (const each of page.found) changed.add(each)
        owed = page.next
      }
      await steps.run('owed sessions', 0, readOne, undefined)
      return owed !== undefined && !steps.isOwed('owed sessions')
    },
  }
}

/** Has the subjects of live causes listed that no list has shown since; each cause is read once. */
async function wantListed(
  { ask, clock, lanes, apart }: StoreRoundDeps,
  causes: readonly Cause[],
): Promise<void> {
  const about = ({ tenant, instance, causeId }: Cause) => {
    return { tenant, instance, doing: 'list the subject of a cause', name: causeId }
  }
  await apart.each(causes, about, async (some) => {
    for (const each of await unlistedSubjects(ask, clock, some)) lanes.want(each, true)
  })
}

/** Hands the lanes a page of those that wide scopes reach; whether there is room for another. */
async function wantTied({ tied, lanes }: StoreRoundDeps): Promise<boolean> {
  const page = await tied.next((instance) => lanes.spareOf(instance) < spareMax)
  for (const each of page ?? []) lanes.wantSpare(each)
  return page !== undefined
}
