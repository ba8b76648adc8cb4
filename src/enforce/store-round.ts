import type { Cause } from '../contract/cause.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock } from '../contract/ports.ts'
import type { Changed } from './changed.ts'
import type { Condemned } from './condemned.ts'
import { askCondemned, askOwed, askReplaced, condemnedMax, printOf } from './condemned.ts'
import type { FollowDirectory } from './directory.ts'
import type { Expand } from './expand.ts'
import type { Lanes } from './lanes.ts'
import type { Ledger } from './ledger.ts'
import type { FindLostRoles } from './lost-roles.ts'
import type { Notice } from './notice.ts'
import { noticeOf } from './notice.ts'
import type { Beat } from './pulse.ts'
import type { AnswerRequests } from './requests.ts'
import type { Review } from './review.ts'
import { makeSeen } from './seen.ts'
import type { JoinSignIns } from './sign-ins.ts'
import type { Tied } from './tied.ts'
import { unlistedSubjects } from './unlisted.ts'

export interface StoreRoundDeps {
  readonly ask: Ask
  readonly clock: Clock
  readonly policy: Policy
  readonly pulse: () => Promise<Beat>
  readonly ledger: Ledger
  readonly answerRequests: AnswerRequests
  readonly expand: Expand
  readonly joinSignIns: JoinSignIns
  readonly findLostRoles: FindLostRoles
  readonly followDirectory: FollowDirectory
  readonly review: Review
  readonly lanes: Lanes
  readonly tied: Tied
  readonly changed: Changed
  readonly tell: (notice: Notice) => Promise<void>
}

/** What one round over the store did. */
export interface StoreRound {
  readonly curfews: number
  readonly reviewed: number
  readonly more: boolean
}

/** Sessions of one review, reviews of one round, and sessions that may wait before more are read. */
const sessionsPerReview = 500
const reviewsPerRound = 8
const waitingMax = 20_000
const seenMax = 50_000
/** Subjects of wide scopes that wait to be listed before more of them are read. */
const spareMax = 500
const allAgainMs = 24 * 60 * 60_000

/**
 * The part of a tick that only the store is asked for: what came is answered, expanded and reviewed.
 * No provider is called here, so that none of them can hold it up.
 */
export function makeStoreRound(deps: StoreRoundDeps): () => Promise<StoreRound> {
  const { ask, clock, ledger, expand, lanes, changed } = deps
  const seen = makeSeen(seenMax)
  let first = true
  // Kept over a failure: a cause is given to us once, and its list must not be forgotten.
  let unlisted: Cause[] = []
  let owed: { readonly after: Condemned | undefined } | undefined = { after: undefined }
  let lastAllAt = clock.now()
  for (const { last } of ledger.open()) changed.add(last)

  const readCondemned = async (askSome: typeof askCondemned, since: number): Promise<void> => {
    for (let after: Condemned | undefined; ; ) {
      const some = await askSome(ask, since, after)
      for (const each of some) if (!seen.has(printOf(each))) changed.add(each)
      for (const each of some) seen.add(printOf(each))
      after = some.at(-1)
      if (some.length < condemnedMax) return
    }
  }
  const readOwed = async (): Promise<void> => {
    if (clock.now() - lastAllAt >= allAgainMs) {
      lastAllAt = clock.now()
      expand.sweepAgain()
      owed ??= { after: undefined }
    }
    if (!owed || changed.size > waitingMax) return
    const some = await askOwed(ask, owed.after)
    for (const each of some) changed.add(each)
    owed = some.length < condemnedMax ? undefined : { after: some.at(-1) }
  }

  return async () => {
    await ledger.reconcile()
    const beat = await deps.pulse()
    if (first || beat.news.has('requests')) {
      for (const each of await deps.answerRequests(first ? 0 : beat.since)) lanes.want(each)
    }
    const tied = await joinTold(deps, beat, first)
    const expanded = await expand.round(beat)
    for (const each of expanded.condemned) changed.add(each)
    for (const each of expanded.unlisted) lanes.want(each)
    for (const each of expanded.causes) unlisted.push(each)
    const followed = await deps.followDirectory(expanded.causes)
    for (const each of await unlistedSubjects(ask, clock, unlisted)) lanes.want(each)
    deps.tied.add(unlisted)
    unlisted = []
    const moreTied = await wantTied(deps)
    const { news, since } = beat
    if (news.has('curfews') || expanded.curfews > 0) await readCondemned(askCondemned, since)
    if (news.has('replaced_causes')) await readCondemned(askReplaced, since)
    await readOwed()
    await lapse(deps)
    const reviewed = await reviewSome(deps)
    if (!expanded.postponed) beat.settle()
    first = false
    // Ties and causes that were found are news of the next round.
    const more = tied + followed > 0 || expanded.more || moreTied || owed !== undefined
    const { curfews } = expanded
    return { curfews, reviewed, more: more || (reviewed > 0 && changed.size > 0) }
  }
}

/** Joins what was told of sign-ins and of roles; at first all that the store still holds of them. */
async function joinTold(
  { joinSignIns, findLostRoles }: StoreRoundDeps,
  { news, since }: Beat,
  first: boolean,
): Promise<number> {
  const from = first ? 0 : since
  const tied = first || news.has('sign_ins') ? await joinSignIns(from) : 0
  const lost = first || news.has('entitlements') ? await findLostRoles(from) : 0
  return tied + lost
}

/** Hands the lanes a page of those that wide scopes reach; whether there is room for another. */
async function wantTied({ tied, lanes }: StoreRoundDeps): Promise<boolean> {
  const hasRoom = () => !tied.isEmpty && lanes.spare < spareMax
  if (hasRoom()) for (const each of await tied.next()) lanes.wantSpare(each)
  return hasRoom()
}

/** Reviews what changed, in pages; what a lane holds, or a failing store cuts off, waits on. */
async function reviewSome({ changed, review }: StoreRoundDeps): Promise<number> {
  let reviewed = 0
  const held: Parameters<Changed['add']>[0][] = []
  try {
    for (let pages = 0; pages < reviewsPerRound && changed.size > 0; pages += 1) {
      const some = changed.take(sessionsPerReview)
      for (const each of some) held.push(each)
      const { tenant, instance } = some[0] ?? { tenant: '', instance: '' }
      const busy = await review(tenant, instance, some)
      held.splice(held.length - some.length, some.length, ...busy)
      reviewed += some.length - busy.length
    }
  } finally {
    for (const each of held) changed.add(each)
  }
  return reviewed
}

/** Approvals that nobody gave in time: the order is over and somebody is told. */
async function lapse({ ledger, clock, policy, tell }: StoreRoundDeps): Promise<void> {
  const late = ledger
    .open()
    .filter(
      ({ last, since }) =>
        last.state === 'awaiting_approval' && clock.now() - since > policy.guards.approvalTtlMs,
    )
  // What it waited for stays known: once that is over, the session is ended after all.
  const lapsed = await ledger.move(
    late.map((order) => {
      const reason = `${order.last.reason}; nobody decided in time`
      return { order, by: [{ what: 'lapsed', reason }] }
    }),
  )
  for (const order of lapsed) await tell(noticeOf(order, 'held', 'nobody decided in time', clock))
}
