import type { OrderStep } from '../contract/order-step.ts'
import { terminalStates } from '../contract/order-step.ts'
import type { Policy } from '../contract/policy.ts'
import type { Ask, Clock } from '../contract/ports.ts'
import { isFindingCaused } from './finding-caused.ts'
import type { Proposal, Tally } from './guard.ts'
import { unprovenStates } from './order.ts'
import { instant, number, text, texts } from './read-row.ts'

/** What an intent's step says when only findings asked for it, so that a restart can count it. */
const causedByFindings = 'caused by findings'

const hourMs = 60 * 60_000
const minuteMs = 60_000
const liveForMs = 60_000
const wavesMax = 10_000
const idsMax = 5_000

interface Intent {
  readonly tenant: string
  readonly subjectRef: string
  readonly at: number
}

/** Orders of one cause, by id. */
interface Wave {
  readonly dispatched: Set<string>
  readonly over: Set<string>
  readonly failed: Set<string>
}

const intents = `
select tenant, order_id, subject_ref, toUnixTimestamp64Milli(at) as at_ms
from order_steps
where state = 'dispatching' and startsWith(reason, {mark:String}) and at >= {since:DateTime64(3)}
order by at_ms`

const waves = `
select cause, groupArray(order_id) as dispatched, groupArrayIf(order_id, is_over) as over,
  groupArrayIf(order_id, last in ('unverified', 'rejected', 'dead')) as failed
from
(
  select cause, order_id, argMax(state, (epoch, seq)) as last,
    max(state in ('contained', 'already_ended', 'cancelled', 'suppressed', 'shadowed', 'denied', 'expired')) as is_over
  from order_steps
  array join cause_ids as cause
  where cause in {ids:Array(String)}
  group by cause, order_id
  having max(state = 'dispatching')
)
group by cause`

const live = `
select count() as sessions
from
(
  select max(s.last_seen_at) as seen, max(s.last_ended_at) as ended
  from sessions as s
  where tenant = {tenant:String}
  group by instance, session_kind, session_id
  having seen >= {since:DateTime64(3)} and (isNull(ended) or ended < seen)
)`

/** What an intent's step gives as its reason. */
export function intentReason(proposal: Proposal, policy: Policy): string {
  const unasked = proposal.approvedBy === '' && isFindingCaused(proposal, policy)
  return unasked ? causedByFindings : proposal.classes.join(' ')
}

/**
 * Counts intents for the guards. They are counted when their step is acknowledged, before the call,
 * and read back from the steps after a restart, so that a crash never buys a second budget.
 */
export class Tallies {
  readonly #ask: Ask
  readonly #clock: Clock
  /** Finding-caused intents of the last hour, by order: a repeated call is no second order. */
  #intents = new Map<string, Intent>()
  readonly #waves = new Map<string, Wave>()
  readonly #live = new Map<string, { readonly at: number; readonly sessions: number }>()

  constructor({ ask, clock }: { readonly ask: Ask; readonly clock: Clock }) {
    this.#ask = ask
    this.#clock = clock
  }

  /** Reads the intents of the last hour, and how far each of the given causes was carried out. */
  async rebuild(causeIds: readonly string[]): Promise<void> {
    const rows = await this.#ask(intents, {
      mark: causedByFindings,
      since: this.#clock.now() - hourMs,
    })
    this.#intents = new Map()
    for (const row of rows) {
      const [tenant, subjectRef] = [text(row, 'tenant'), text(row, 'subject_ref')]
      const at = instant(row, 'at_ms') ?? 0
      this.#intents.set(text(row, 'order_id'), { tenant, subjectRef, at })
    }
    for (let from = 0; from < causeIds.length; from += idsMax) {
      const ids = causeIds.slice(from, from + idsMax)
      for (const row of await this.#ask(waves, { ids })) {
        const [dispatched, over] = [new Set(texts(row, 'dispatched')), new Set(texts(row, 'over'))]
        const failed = new Set(texts(row, 'failed'))
        this.#waves.set(text(row, 'cause'), { dispatched, over, failed })
      }
    }
  }

  /**
   * Counts an order that is about to be called for. Before its step is written and in the same turn
   * as the judgement, or orders judged side by side would all pass under one limit.
   */
  reserve(proposal: Proposal, policy: Policy): void {
    const { orderId, tenant, subjectRef } = proposal
    const at = this.#clock.now()
    if (intentReason(proposal, policy) === causedByFindings) {
      this.#intents.set(orderId, { tenant, subjectRef, at })
      for (const [id, intent] of this.#intents) {
        if (intent.at <= at - hourMs) this.#intents.delete(id)
      }
    }
    for (const id of proposal.causeIds) this.#wave(id).dispatched.add(orderId)
  }

  /** Takes note of a step that the store has acknowledged. */
  count({ state, causeIds, orderId }: OrderStep): void {
    for (const id of causeIds) {
      const wave = this.#waves.get(id)
      if (!wave?.dispatched.has(orderId)) continue
      wave.failed.delete(orderId)
      if (unprovenStates.has(state)) wave.failed.add(orderId)
      else if (terminalStates.has(state)) wave.over.add(orderId)
    }
  }

  /**
   * Names the wave that an order waits for, when nothing is under way in it any more and what is
   * left of it failed; undefined while it may still be over by itself.
   */
  stuckWave(proposal: Proposal): string | undefined {
    const found = this.#narrowest(proposal)
    if (!found) return undefined
    const [cause, { dispatched, over, failed }] = found
    const isStuck = failed.size > 0 && [...dispatched].every((id) => over.has(id) || failed.has(id))
    return isStuck ? `${cause} ${dispatched.size}` : undefined
  }

  /** Fetches what `of` cannot compute at once. */
  async prepare(proposal: Proposal, policy: Policy): Promise<void> {
    const { tenant } = proposal
    const now = this.#clock.now()
    const known = this.#live.get(tenant)
    if (!isFindingCaused(proposal, policy) || (known && now - known.at < liveForMs)) return
    const rows = await this.#ask(live, { tenant, since: now - 24 * hourMs })
    this.#live.set(tenant, { at: now, sessions: rows[0] ? number(rows[0], 'sessions') : 0 })
  }

  /** What the guards may count against one order. */
  of(proposal: Proposal, killed: boolean): Tally {
    const now = this.#clock.now()
    const { tenant, orderId } = proposal
    const hour = [...this.#intents]
      .filter(([id, intent]) => intent.tenant === tenant && id !== orderId)
      .map(([, intent]) => intent)
      .filter(({ at }) => at > now - hourMs)
    const wave = this.#narrowest(proposal)?.[1]
    return {
      now,
      findingOrdersLastMinute: hour.filter(({ at }) => at > now - minuteMs).length,
      findingSubjectsLastHour: new Set(hour.map(({ subjectRef }) => subjectRef)),
      findingSessionsLastHour: hour.length,
      liveSessions: this.#live.get(tenant)?.sessions ?? 0,
      dispatchedOfCause: without(wave?.dispatched, orderId),
      containedOfCause: without(wave?.over, orderId),
      failedOfCause: without(wave?.failed, orderId),
      killed,
    }
  }

  /** The cause that has asked for the fewest sessions: an order need not wait for a wider one. */
  #narrowest({ causeIds }: Proposal): readonly [cause: string, Wave] | undefined {
    let narrowest: readonly [string, Wave] | undefined
    for (const id of causeIds) {
      const wave = this.#waves.get(id)
      if (!wave) return undefined
      if (!narrowest || wave.dispatched.size < narrowest[1].dispatched.size) narrowest = [id, wave]
    }
    return narrowest
  }

  /** One that is over, if there is any: many small causes must not free a wide one of its waves. */
  #forgetOne(): void {
    let oldest: string | undefined
    for (const [id, { dispatched, over }] of this.#waves) {
      oldest ??= id
      if (over.size < dispatched.size) continue
      oldest = id
      break
    }
    if (oldest !== undefined) this.#waves.delete(oldest)
  }

  #wave(causeId: string): Wave {
    const known = this.#waves.get(causeId)
    if (known) return known
    const wave = {
      dispatched: new Set<string>(),
      over: new Set<string>(),
      failed: new Set<string>(),
    }
    this.#waves.set(causeId, wave)
    if (this.#waves.size > wavesMax) this.#forgetOne()
    return wave
  }
}

function without(orders: ReadonlySet<string> | undefined, orderId: string): number {
  return (orders?.size ?? 0) - (orders?.has(orderId) ? 1 : 0)
}
