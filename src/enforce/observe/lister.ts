import type { Evidence, Listing } from '../../contract/evidence.ts'
import { identify } from '../../contract/identity.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Append, Ask, Clock } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { LoadFacts, SessionFacts } from '../../verdict/session-facts.ts'
import type { CallResult, ProviderChannel } from '../calls/provider-channel.ts'
import type { BudgetShare } from '../calls/rate-limit.ts'
import { incarnationOf } from '../orders/demand.ts'
import type { OrderLog } from '../orders/order-log.ts'
import type { SubjectKey } from '../orders/outstanding.ts'
import { subjectKey } from '../orders/outstanding.ts'
import type { ListAnswer } from '../provider-kit/provider.ts'
import {
  evidenceRow,
  listedEdgeRows,
  listedPrincipalRow,
  listedRow,
  listingRow,
} from '../rows/write-rows.ts'
import type { SubjectIds } from '../session/subject-ids.ts'
import { baselineOf, evidenceOf } from './evidence.ts'
import type { ListTroubles } from './list-troubles.ts'
import type { ListSnapshot } from './recent-lists.ts'
import { RecentLists } from './recent-lists.ts'

/** `unknown_subject`: the provider's id of the subject is not known. */
export type ListResult = CallResult<ListSnapshot> | { readonly outcome: 'unknown_subject' }

export interface ListerDeps {
  readonly condemnedOf: CondemnedOf
  readonly append: Append
  readonly clock: Clock
  readonly loadFacts: LoadFacts
  readonly orderLog: OrderLog
  readonly policy: Policy
  readonly subjectIds: SubjectIds
  readonly troubles: ListTroubles
  readonly pseudonymOf?: (tenant: string, instance: string, subjectId: string) => string
  /** Sessions of which something was learnt, for the next review. */
  readonly queueReview: (session: SessionFacts) => void
  /** A list that should be followed by another one soon: only a second silence proves a death. */
  readonly again: (subject: SubjectKey) => void
}

/** Facts assessed before the event loop continues. */
const unitsAtOnce = 5_000

export function sessionLabel(sessionKind: string, sessionId: string): string {
  return `${sessionKind} ${sessionId}`
}

/** Whether a list would show a session, by its `shownName`, if it were alive. */
export function wouldShow({ complete, kinds }: ListSnapshot, name: string): boolean {
  return complete && (kinds === undefined || kinds.some((kind) => name.startsWith(`${kind} `)))
}

/** Whether its silence proves nothing of a session; that its subject is gone is no silence. */
export function isBlind({ blindTo }: Assessment, { subjectGone = false }: ListSnapshot): boolean {
  return blindTo.listing && !subjectGone
}

/**
 * Complete lists begun after an instant that do not show the session; a list that shows it
 * restarts the count.
 */
export function absences(
  lists: readonly ListSnapshot[],
  name: string,
  after: number,
): readonly ListSnapshot[] {
  const later = lists.filter((list) => list.startedAt > after && wouldShow(list, name))
  return later.slice(later.findLastIndex(({ names }) => names.has(name)) + 1)
}

/** Condemned sessions of a few subjects, in pages of so many. */
const condemnedMax = 5_000
const condemned = `
select session_id
from curfews
where tenant = {tenant:String} and instance = {instance:String} and session_id > {after:String} and session_id in
(
  select session_id from sessions
  where tenant = {tenant:String} and instance = {instance:String}
    and (subject_ref in {refs:Array(String)} or least_subject_ref in {refs:Array(String)})
)
group by session_id
order by session_id
limit ${condemnedMax}`

/** Ids of the sessions under a curfew of some subjects of one instance. */
export type CondemnedOf = (
  tenant: string,
  instance: string,
  refs: readonly string[],
) => Promise<readonly string[]>

export function makeCondemnedOf(ask: Ask): CondemnedOf {
  return async (tenant, instance, refs) => {
    const found: string[] = []
    for (let after = ''; ; after = found.at(-1) ?? '') {
      const rows = await ask(condemned, { tenant, instance, refs, after })
      for (const row of rows) found.push(text(row, 'session_id'))
      if (rows.length < condemnedMax) return found
    }
  }
}

/**
 * Lists subjects at their provider and writes down what it showed: who is known, who is alive, and,
 * after two complete lists without it, who is gone.
 */
export class Lister {
  readonly #deps: ListerDeps
  readonly #lists = new RecentLists()
  readonly #running = new Map<
    string,
    { readonly startedAt: number; readonly done: Promise<ListResult> }
  >()

  constructor(deps: ListerDeps) {
    this.#deps = deps
  }

  /** What is remembered of a subject, oldest first. */
  listsOf(subject: SubjectKey): readonly ListSnapshot[] {
    return this.#lists.of(subject)
  }

  /** The last time a subject was listed, complete or not; undefined when not since opening. */
  lastAt(subject: SubjectKey): number | undefined {
    return this.listsOf(subject).at(-1)?.startedAt
  }

  /** A list begun after an instant: a remembered, a running, or a new one. */
  async list(
    channel: ProviderChannel,
    subject: SubjectKey,
    after: number,
    share: BudgetShare,
  ): Promise<ListResult> {
    const name = subjectKey(subject)
    const last = this.listsOf(subject).at(-1)
    if (last && last.startedAt > after) return { outcome: 'ok', value: last }
    const running = this.#running.get(name)
    if (running && running.startedAt > after) return await running.done
    const startedAt = this.#deps.clock.now()
    const done = this.#listNow(channel, subject, startedAt, share)
    const mine = { startedAt, done }
    this.#running.set(name, mine)
    try {
      return await done
    } finally {
      if (this.#running.get(name) === mine) this.#running.delete(name)
    }
  }

  async #listNow(
    channel: ProviderChannel,
    subject: SubjectKey,
    startedAt: number,
    share: BudgetShare,
  ): Promise<ListResult> {
    const { tenant, instance, subjectRef } = subject
    const ids = await this.#deps.subjectIds(tenant, instance, [subjectRef])
    const subjectId = ids.get(subjectRef) ?? ''
    const { list } = channel.provider
    if (subjectId === '' || !list) return { outcome: 'unknown_subject' }
    const { called, begunAt } = await channel.isolated(subjectId, async () => ({
      begunAt: Math.max(startedAt, this.#deps.clock.now()),
      called: await channel.call('list', share, () => list(subjectId)),
    }))
    const { troubles } = this.#deps
    if (called.outcome !== 'ok') {
      if (called.outcome !== 'deferred') await troubles.failed(subject, called)
      return called
    }
    const { flaw, ...answer } = called.value
    if (flaw === undefined) troubles.succeeded(subject)
    else
      await troubles.failed(subject, {
        outcome: 'unknown',
        reason: flaw,
        code: 'ENFORCE_MALFORMED',
      })
    const listing = this.#listingOf(subject, begunAt, answer)
    await this.#record(listing, subjectId)
    const shown = this.#remember(subject, listing, channel.provider.kindsListed?.(subjectId))
    await this.#recordEvidence(channel, subject, listing, shown)
    return { outcome: 'ok', value: shown }
  }

  #listingOf(subject: SubjectKey, startedAt: number, answer: ListAnswer): Listing {
    const { tenant, instance, subjectRef } = subject
    const finishedAt = this.#deps.clock.now()
    const about = [tenant, instance, subjectRef, String(startedAt), String(finishedAt)]
    return {
      tenant,
      instance,
      listingId: identify('listing', ...about),
      subjectRef,
      startedAt,
      finishedAt,
      ...answer,
    }
  }

  /** Sessions are written first: a list recorded as complete must never lack one. */
  async #record(listing: Listing, subjectId: string): Promise<void> {
    const { append, pseudonymOf } = this.#deps
    const { tenant, instance, sessions } = listing
    await append(
      'session_edges',
      sessions.flatMap((session) => listedEdgeRows(listing, session)),
    )
    await append(
      'sessions',
      sessions.flatMap((session) => {
        const { onBehalfOfId } = session
        if (onBehalfOfId === '' || !pseudonymOf) return []
        return [listedPrincipalRow(listing, session, pseudonymOf(tenant, instance, onBehalfOfId))]
      }),
    )
    await append(
      'listed_sessions',
      sessions.map((session) => {
        const own = session.subjectId === '' || session.subjectId === subjectId || !pseudonymOf
        const ref = own ? listing.subjectRef : pseudonymOf(tenant, instance, session.subjectId)
        return listedRow(listing, session, ref)
      }),
    )
    await append('listings', [listingRow(listing)])
  }

  #remember(subject: SubjectKey, listing: Listing, kinds: ListSnapshot['kinds']): ListSnapshot {
    const { startedAt, finishedAt, complete, subjectGone = false, sessions } = listing
    const names = new Set(sessions.map(({ kind, id }) => sessionLabel(kind, id)))
    const shown = { startedAt, finishedAt, complete, subjectGone, names, kinds }
    this.#lists.add(subject, shown)
    return shown
  }

  /** Evidence for every condemned session of the subject, whether or not it has an order. */
  async #recordEvidence(
    channel: ProviderChannel,
    subject: SubjectKey,
    listing: Listing,
    shown: ListSnapshot,
  ): Promise<void> {
    const { condemnedOf, loadFacts, policy, append, queueReview } = this.#deps
    const { tenant, instance, subjectRef: ref } = subject
    // Either may answer for others who asked at the same time.
    const ids = await condemnedOf(tenant, instance, [ref])
    const pause = makePause(unitsAtOnce)
    for (const page of pagesBy(ids, bytesOf)) {
      const evidence: Evidence[] = []
      for (const session of (await loadFacts(tenant, instance, page)).values()) {
        if (session.subjectRef !== ref) continue
        await pause(1 + session.pairs.length + session.refusals.length)
        const assessment = assess(session, policy.timing.clockUncertaintyMs).at(-1)
        if (!assessment) continue
        const found = this.#evidenceOf(channel, subject, assessment, listing, shown)
        if (!found) continue
        evidence.push(found)
        queueReview(session)
      }
      await append('evidence', evidence.map(evidenceRow))
    }
  }

  #evidenceOf(
    { provider }: ProviderChannel,
    subject: SubjectKey,
    assessment: Assessment,
    { listingId }: Listing,
    shown: ListSnapshot,
  ): Evidence | undefined {
    const { facts, active } = assessment
    if (active.length === 0) return undefined
    const life = incarnationOf(assessment)
    const order = this.#deps.orderLog.openOf(life)
    const rests = { listingId, orderId: order?.last.orderId ?? '' }
    const name = sessionLabel(facts.sessionKind, facts.sessionId)
    if (shown.names.has(name)) return evidenceOf(life, 'alive', 'listing', shown.startedAt, rests)
    // A list without this kind of sessions is no evidence.
    if (!provider.capabilities.kinds.includes(facts.sessionKind)) return undefined
    if (isBlind(assessment, shown)) return undefined
    if (!wouldShow(shown, name) || active.every(({ deadAt }) => deadAt !== null)) return undefined
    const silent = absences(this.listsOf(subject), name, baselineOf(assessment, order))
    if (silent.length === 1) this.#deps.again(subject)
    if (silent.length < 2) return undefined
    const means = shown.subjectGone === true ? 'subject_gone' : 'listing'
    return evidenceOf(life, 'E2', means, shown.finishedAt, rests)
  }
}
