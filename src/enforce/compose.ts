import type { OnFault } from '../contract/code-fault.ts'
import type { Condemn } from '../contract/curfew.ts'
import type { ProofRule } from '../contract/deaths.ts'
import { contractRule } from '../contract/deaths.ts'
import type { SessionName } from '../contract/identity.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'
import type { Append, Ask, Clock, Log, Meter } from '../contract/ports.ts'
import type { OnWork } from '../contract/work.ts'
import { makeLoadFacts } from '../verdict/session-facts.ts'
import { ProviderChannel } from './calls/provider-channel.ts'
import { makeBudget } from './calls/rate-limit.ts'
import { makeFollowDirectory } from './derive/directory-causes.ts'
import { makeFindLostRoles } from './derive/lost-roles.ts'
import { makeJoinSignIns } from './derive/sign-in-ties.ts'
import { Scheduler } from './execute/scheduler.ts'
import type { Guard } from './guarding/guard.ts'
import { makeJudge } from './guarding/run-guards.ts'
import type { KillSwitch } from './kill-switch/kill-switch.ts'
import { makeApplyCauses } from './match/apply-causes.ts'
import { makeApplyIsolated } from './match/apply-isolated.ts'
import { ApplyToChanged } from './match/apply-to-changed.ts'
import { makeVoidExemptions } from './match/exemption.ts'
import { MatchCauses } from './match/match-causes.ts'
import { makeFindOutlived } from './match/outlived-expiry.ts'
import { makePollChanges } from './match/poll-changes.ts'
import type { Notice, Notify } from './notices/notice.ts'
import { notifySafely } from './notices/notice.ts'
import { SentNotices } from './notices/sent-notices.ts'
import { makeAlsoEnded } from './observe/also-ended.ts'
import {
  batchAppends,
  batchCondemnedOf,
  batchLoadFacts,
  batchSubjectIds,
} from './observe/batch-loader.ts'
import { makeListTroubles } from './observe/list-troubles.ts'
import { Lister, makeCondemnedOf } from './observe/lister.ts'
import { RelatedSubjects } from './observe/related-subjects.ts'
import type { Random } from './orders/backoff.ts'
import { Counters } from './orders/counters.ts'
import { makeAnswerRequests } from './orders/operator-requests.ts'
import { OrderLog } from './orders/order-log.ts'
import { Outstanding } from './orders/outstanding.ts'
import type { OpenProvider } from './provider-kit/provider.ts'
import { makeReview } from './review/review.ts'
import { ReviewQueue } from './review/review-queue.ts'
import { makeReviewRounds } from './review/review-rounds.ts'
import type { ReconcileDeps } from './rounds/reconcile.ts'
import { makeReconcile } from './rounds/reconcile.ts'
import { Isolation } from './scheduling/isolate.ts'
import { makeMutex } from './scheduling/mutex.ts'
import { Pace } from './scheduling/pace.ts'
import { Steps } from './scheduling/steps.ts'
import { recordRules } from './session/clock-uncertainty.ts'
import { proofRuleOf } from './session/proof-rule.ts'
import { makeSubjectIds } from './session/subject-ids.ts'

export interface EnforcerOptions {
  readonly ask: Ask
  /** For orders that are under way, which must not wait for what looks over all that is stored. */
  readonly askOrders?: Ask
  /** For reviews of sessions, from which orders begin: they must not wait for that look either. */
  readonly askReviews?: Ask
  readonly append: Append
  /** Open connections by `instanceKey`; an instance without one is only reported on. */
  readonly providers: ReadonlyMap<string, OpenProvider>
  readonly policy: Policy
  readonly guards: readonly Guard[]
  readonly condemn: Condemn
  /** Names subjects that a list shows beside the one that was asked for. */
  readonly pseudonymOf?: (tenant: string, instance: string, subjectId: string) => string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly meter: Meter
  readonly killSwitch: Pick<KillSwitch, 'isOn'>
  /** Asked before each call: whether this is still the one process that enforces. Always, by default. */
  readonly isElected?: () => boolean
  /** Called for each look, round of orders and list, however it went. */
  readonly onWork?: OnWork
  /** Called for each row of the store that cannot be read, and is left out. */
  readonly onFault?: OnFault
  /** Aborts when calls under way are to be given up, so that the process can stop. */
  readonly givenUp?: AbortSignal
  /** How often to look when nobody nudges, ms. */
  readonly everyMs: number
  readonly notify: Notify
  /** Calls to one instance at a time. */
  readonly callsAtOnceMax?: number
  /** Bound of every call, ms. */
  readonly callTimeoutMs?: number
}

const callsAtOnce = 16
/**
 * Bound of every call, ms. A test holds it, with the age that a beat may have, below the silence
 * after which the group lets a successor begin.
 */
export const callTimeoutMs = 8_000

/** Puts the parts of the enforcer together and rebuilds what the store holds of them. */
export async function composeEnforcer(options: EnforcerOptions & { readonly onWork: OnWork }) {
  const append = batchAppends(options.append)
  const { ask, askReviews = ask, clock, policy, log, random, meter, condemn } = options
  const { providers, onWork } = options
  const isolation = new Isolation({ ...options, onWork })
  const steps = new Steps({ clock, log, isolation })
  const counters = new Counters({ ask: askReviews, clock })
  const orderLog = new OrderLog({ ask: askReviews, append, clock, counters, isolation })
  await orderLog.rebuild()
  await recordRules({ ask, append, clock, policy, providers })
  const sentNotices = new SentNotices({ ask: askReviews, append, clock })
  const [outstanding, reviewQueue, orderMutex] = [new Outstanding(), new ReviewQueue(), makeMutex()]
  const notify = (notice: Notice) => notifySafely(options.notify, log, notice)
  const loadFacts = makeLoadFacts(ask, ruleIn(providers))
  const common = {
    ...{ ask, append, clock, policy, log, random, meter, condemn, providers },
    ...{ counters, orderLog, outstanding, reviewQueue, sentNotices, loadFacts },
    ...{ onWork, isolation, steps, orderMutex },
    alsoEndedOf: makeAlsoEnded({ ask, loadFacts, orderLog, policy }),
    judge: makeJudge(options.guards),
    subjectIds: makeSubjectIds(ask),
    isKilled: () => options.killSwitch.isOn(),
    isElected: options.isElected ?? (() => true),
    notify,
    troubles: makeListTroubles({ clock, log, meter, notify, onWork }),
    queueReview: (session: SessionName) => reviewQueue.add(session),
    pace: new Pace({ clock }),
  }
  // Only lanes work side by side, so only they have anything to gather.
  const batchedParts = batched(common, options.askOrders ?? ask)
  const lister = new Lister({
    ...batchedParts,
    ...(options.pseudonymOf ? { pseudonymOf: options.pseudonymOf } : {}),
    again: (subject) => scheduler.requestList(subject),
  })
  const scheduler = new Scheduler({
    ...common,
    channels: openChannels(options),
    dispatchDeps: { ...batchedParts, lister },
    lister,
    atOnceMax: options.callsAtOnceMax ?? callsAtOnce,
    listingEveryMs: policy.timing.listingEveryMs,
  })
  const reconcile = composeReconcile(common, scheduler)
  const reviewPage = makeReview({ ...withAsk(common, askReviews), lister })
  const review = makeReviewRounds({ ...common, review: reviewPage })
  return { reconcile, review, scheduler, orderLog, outstanding, reviewQueue, orderMutex }
}

type Asking = Parameters<typeof makeAlsoEnded>[0] & Pick<EnforcerOptions, 'providers'>

/** The same on another way to the store. */
function withAsk<Common extends Asking>(common: Common, ask: Ask) {
  const loadFacts = makeLoadFacts(ask, ruleIn(common.providers))
  const alsoEndedOf = makeAlsoEnded({ ...common, ask, loadFacts })
  return { ...common, ask, loadFacts, subjectIds: makeSubjectIds(ask), alsoEndedOf }
}

/** The same for lanes: on a way of their own to the store, on which several ask at once. */
function batched<Common extends Asking>(common: Common, ask: Ask) {
  const own = withAsk(common, ask)
  return {
    ...own,
    loadFacts: batchLoadFacts(own.loadFacts),
    subjectIds: batchSubjectIds(own.subjectIds),
    condemnedOf: batchCondemnedOf(makeCondemnedOf(ask)),
  }
}

type ReconcileParts = Parameters<typeof makeFollowDirectory>[0] &
  Parameters<typeof makeAnswerRequests>[0] &
  Parameters<typeof makeFindOutlived>[0] &
  Omit<Parameters<typeof makeApplyCauses>[0], 'voidExemptions'> &
  Pick<ReconcileDeps, 'reviewQueue' | 'steps'> &
  Pick<EnforcerOptions, 'providers'> & { readonly pace: Pace }

/** The look over all that is new. */
function composeReconcile(common: ReconcileParts, scheduler: Scheduler) {
  const { ask } = common
  const applyCauses = makeApplyIsolated({
    ...common,
    applyCauses: makeApplyCauses({ ...common, voidExemptions: makeVoidExemptions(common) }),
  })
  const applyToChanged = new ApplyToChanged({ ...common, applyCauses })
  return makeReconcile({
    ...{
      ...common,
      scheduler,
      relatedSubjects: new RelatedSubjects(common),
      pollChanges: makePollChanges(ask),
    },
    answerRequests: makeAnswerRequests(common),
    ...makeFinders(common),
    matchCauses: new MatchCauses({
      ...common,
      applyCauses,
      applyToChanged,
      findOutlived: (isPaused) => makeFindOutlived({ ...common, isPaused }),
    }),
  })
}

/** What finds ties and causes that no single event tells. */
function makeFinders(
  common: Parameters<typeof makeFollowDirectory>[0],
): Pick<ReconcileDeps, 'joinSignIns' | 'findLostRoles' | 'followDirectory'> {
  return {
    joinSignIns: makeJoinSignIns(common),
    findLostRoles: makeFindLostRoles(common),
    followDirectory: makeFollowDirectory(common),
  }
}

/** What proves a death at an instance of which a connection is open; no other one is called. */
function ruleIn(providers: EnforcerOptions['providers']) {
  return (tenant: string, instance: string): ProofRule => {
    const provider = providers.get(instanceKey(tenant, instance))
    return provider ? proofRuleOf(provider.capabilities) : contractRule
  }
}

/** One lane per instance; policy may lower what a provider's documentation allows, never raise it. */
function openChannels(options: EnforcerOptions): ReadonlyMap<string, ProviderChannel> {
  const { clock, random, log, meter, policy, isElected = () => true, givenUp } = options
  return new Map(
    [...options.providers].map(([key, provider]) => {
      const callsPerSecondMax = Math.min(
        provider.capabilities.callsPerSecondMax,
        policy.guards.providerCallsPerSecondMax,
      )
      const budget = makeBudget({ callsPerSecondMax, clock })
      const bounds = { timeoutMs: options.callTimeoutMs ?? callTimeoutMs, isElected, givenUp }
      return [
        key,
        new ProviderChannel({ key, provider, budget, clock, random, log, meter, ...bounds }),
      ]
    }),
  )
}
