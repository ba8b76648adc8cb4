import type { OnFault } from '../contract/code-fault.ts'
import type { Condemn } from '../contract/curfew.ts'
import type { ProofRule } from '../contract/deaths.ts'
import { contractRule } from '../contract/deaths.ts'
import type { SessionName } from '../contract/identity.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'
import type { Append, Ask, Clock, Log, Meter } from '../contract/ports.ts'
import type { OnWork } from '../contract/work.ts'
import { makeKnow } from '../verdict/session-facts.ts'
import { Lane } from './calls/provider-channel.ts'
import { makeBudget } from './calls/rate-limit.ts'
import { makeFollowDirectory } from './derive/directory-causes.ts'
import { makeFindLostRoles } from './derive/lost-roles.ts'
import { makeJoinSignIns } from './derive/sign-in-ties.ts'
import { Lanes } from './execute/scheduler.ts'
import type { Guard } from './guarding/guard.ts'
import { makeJudge } from './guarding/run-guards.ts'
import type { KillSwitch } from './kill-switch/kill-switch.ts'
import { makeHold } from './match/apply-causes.ts'
import { makeHoldApart } from './match/apply-isolated.ts'
import { HoldTold } from './match/apply-to-changed.ts'
import { makeSuspect } from './match/exemption.ts'
import { Expand } from './match/match-causes.ts'
import { makeExpired } from './match/outlived-expiry.ts'
import { makePulse } from './match/poll-changes.ts'
import type { Notice, Tell } from './notices/notice.ts'
import { tellSafely } from './notices/notice.ts'
import { Told } from './notices/sent-notices.ts'
import { makeAlsoEnded } from './observe/also-ended.ts'
import {
  gatherAppends,
  gatherCondemned,
  gatherKnow,
  gatherSubjectIds,
} from './observe/batch-loader.ts'
import { makeListTroubles } from './observe/list-troubles.ts'
import { Lister, makeCondemnedOf } from './observe/lister.ts'
import { Tied } from './observe/related-subjects.ts'
import type { Random } from './orders/backoff.ts'
import { Tallies } from './orders/counters.ts'
import { makeAnswerRequests } from './orders/operator-requests.ts'
import { Ledger } from './orders/order-log.ts'
import { Watch } from './orders/outstanding.ts'
import type { OpenProvider } from './provider-kit/provider.ts'
import { makeReview } from './review/review.ts'
import { Changed } from './review/review-queue.ts'
import { makeReviewing } from './review/review-rounds.ts'
import type { StoreRoundDeps } from './rounds/reconcile.ts'
import { makeStoreRound } from './rounds/reconcile.ts'
import { Apart } from './scheduling/isolate.ts'
import { Pace } from './scheduling/pace.ts'
import { Steps } from './scheduling/steps.ts'
import { makeTurns } from './scheduling/turns.ts'
import { declareRules } from './session/clock-uncertainty.ts'
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
  readonly tell: Tell
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
export async function openParts(options: EnforcerOptions & { readonly onWork: OnWork }) {
  const append = gatherAppends(options.append)
  const { ask, askReviews = ask, clock, policy, log, random, meter, condemn } = options
  const { providers, onWork } = options
  const apart = new Apart({ ...options, onWork })
  const steps = new Steps({ clock, log, apart })
  const tallies = new Tallies({ ask: askReviews, clock })
  const ledger = new Ledger({ ask: askReviews, append, clock, tallies, apart })
  await ledger.rebuild()
  await declareRules({ ask, append, clock, policy, providers })
  const told = new Told({ ask: askReviews, append, clock })
  const [watch, changed, orderTurns] = [new Watch(), new Changed(), makeTurns()]
  const tell = (notice: Notice) => tellSafely(options.tell, log, notice)
  const know = makeKnow(ask, ruleIn(providers))
  const common = {
    ...{ ask, append, clock, policy, log, random, meter, condemn, providers },
    ...{ tallies, ledger, watch, changed, told, know, onWork, apart, steps, orderTurns },
    alsoEndedOf: makeAlsoEnded({ ask, know, ledger, policy }),
    judge: makeJudge(options.guards),
    subjectIds: makeSubjectIds(ask),
    isKilled: () => options.killSwitch.isOn(),
    isElected: options.isElected ?? (() => true),
    tell,
    troubles: makeListTroubles({ clock, log, meter, tell, onWork }),
    learnt: (session: SessionName) => changed.add(session),
    pace: new Pace({ clock }),
  }
  // Only lanes work side by side, so only they have anything to gather.
  const gathered = gatheredOf(common, options.askOrders ?? ask)
  const lister = new Lister({
    ...gathered,
    ...(options.pseudonymOf ? { pseudonymOf: options.pseudonymOf } : {}),
    again: (subject) => lanes.want(subject),
  })
  const lanes = new Lanes({
    ...common,
    lanes: lanesOf(options),
    dispatchDeps: { ...gathered, lister },
    lister,
    atOnceMax: options.callsAtOnceMax ?? callsAtOnce,
    listingEveryMs: policy.timing.listingEveryMs,
  })
  const look = lookOf(common, lanes)
  const reviewPage = makeReview({ ...askingBy(common, askReviews), lister })
  const review = makeReviewing({ ...common, review: reviewPage })
  return { look, review, lanes, ledger, watch, changed, orderTurns }
}

type Asking = Parameters<typeof makeAlsoEnded>[0] & Pick<EnforcerOptions, 'providers'>

/** The same on another way to the store. */
function askingBy<Common extends Asking>(common: Common, ask: Ask) {
  const know = makeKnow(ask, ruleIn(common.providers))
  const alsoEndedOf = makeAlsoEnded({ ...common, ask, know })
  return { ...common, ask, know, subjectIds: makeSubjectIds(ask), alsoEndedOf }
}

/** The same for lanes: on a way of their own to the store, on which several ask at once. */
function gatheredOf<Common extends Asking>(common: Common, ask: Ask) {
  const own = askingBy(common, ask)
  return {
    ...own,
    know: gatherKnow(own.know),
    subjectIds: gatherSubjectIds(own.subjectIds),
    condemnedOf: gatherCondemned(makeCondemnedOf(ask)),
  }
}

type LookParts = Parameters<typeof makeFollowDirectory>[0] &
  Parameters<typeof makeAnswerRequests>[0] &
  Parameters<typeof makeExpired>[0] &
  Omit<Parameters<typeof makeHold>[0], 'suspect'> &
  Pick<StoreRoundDeps, 'changed' | 'steps'> &
  Pick<EnforcerOptions, 'providers'> & { readonly pace: Pace }

/** The look over all that is new. */
function lookOf(common: LookParts, lanes: Lanes) {
  const { ask } = common
  const hold = makeHoldApart({
    ...common,
    hold: makeHold({ ...common, suspect: makeSuspect(common) }),
  })
  const told = new HoldTold({ ...common, hold })
  return makeStoreRound({
    ...{ ...common, lanes, tied: new Tied(common), pulse: makePulse(ask) },
    answerRequests: makeAnswerRequests(common),
    ...makeFinders(common),
    expand: new Expand({
      ...common,
      hold,
      told,
      expired: (rests) => makeExpired({ ...common, rests }),
    }),
  })
}

/** What finds ties and causes that no single event tells. */
function makeFinders(
  common: Parameters<typeof makeFollowDirectory>[0],
): Pick<StoreRoundDeps, 'joinSignIns' | 'findLostRoles' | 'followDirectory'> {
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
function lanesOf(options: EnforcerOptions): ReadonlyMap<string, Lane> {
  const { clock, random, log, meter, policy, isElected = () => true, givenUp } = options
  return new Map(
    [...options.providers].map(([key, provider]) => {
      const callsPerSecondMax = Math.min(
        provider.capabilities.callsPerSecondMax,
        policy.guards.providerCallsPerSecondMax,
      )
      const budget = makeBudget({ callsPerSecondMax, clock })
      const bounds = { timeoutMs: options.callTimeoutMs ?? callTimeoutMs, isElected, givenUp }
      return [key, new Lane({ key, provider, budget, clock, random, log, meter, ...bounds })]
    }),
  )
}
