import { askInPages } from '../../contract/in-pages.ts'
import type { OrderState, OrderStep } from '../../contract/order-step.ts'
import { terminalStates } from '../../contract/order-step.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask, Clock, Row } from '../../contract/ports.ts'
import { flag, instant, number, sessionKindOf, text } from '../../contract/read-row.ts'
import { isFindingCaused } from '../guarding/finding-only.ts'
import type { GuardCounts, Proposal } from '../guarding/guard.ts'
import type { IncarnationKey } from '../session/session-key.ts'
import { incarnationKey } from '../session/session-key.ts'
import { unprovenStates } from './order.ts'

/** The reason of an intent that only findings caused; a restart counts these. */
const causedByFindings = 'caused by findings'

const hourMs = 60 * 60_000
const minuteMs = 60_000
const liveForMs = 60_000
const wavesMax = 10_000

interface Intent {
  readonly subjectRef: string
  readonly at: number
  /** That one call ends. */
  readonly sessions: number
}

/** Sessions of one cause, by key: a later order of a session counts for it too. */
interface Wave {
  readonly dispatched: Set<string>
  readonly over: Set<string>
  readonly failed: Set<string>
}

const intents = `
select tenant, order_id, subject_ref, toUnixTimestamp64Milli(at) as at_ms,
  1 + length(also_ends) as sessions
from order_steps
where state = 'dispatching' and startsWith(reason, {mark:String}) and at >= {since:DateTime64(3)}
order by at_ms`

const waves = `
select cause, tenant, instance, toString(session_kind) as kind, session_id, incarnation,
  argMax(state, (epoch, at, seq)) as last,
  max(state in ('contained', 'already_ended')) as was_over
from order_steps
array join cause_ids as cause
where cause in {ids:Array(String)}
group by cause, tenant, instance, session_kind, session_id, incarnation
having max(state = 'dispatching')
order by cause`

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

/** The reason of an intent. */
export function intentReason(proposal: Proposal, policy: Policy): string {
  const unasked = proposal.approvedBy === '' && isFindingCaused(proposal, policy)
  return unasked ? causedByFindings : proposal.classes.join(' ')
}

/**
 * Counts intents for the guards. An intent counts when its step is acknowledged, before the call,
 * and is read back after a restart, so that a crash never doubles a budget.
 */
export class Counters {
  readonly #ask: Ask
  readonly #clock: Clock
  /** Finding-caused intents of the last hour, by tenant and order: a repeated call is no second order. */
  #intents = new Map<string, Map<string, Intent>>()
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
      const sessions = number(row, 'sessions')
      this.#intentsOf(tenant).set(text(row, 'order_id'), { subjectRef, at, sessions })
    }
    for (const row of await askInPages(this.#ask, waves, 'ids', causeIds)) {
      const wave = this.#wave(text(row, 'cause'))
      // Written by this folder alone, from the closed list of states.
      const last = text(row, 'last') as OrderState
      const life = incarnationKey(lifeOf(row))
      wave.dispatched.add(life)
      take(wave, life, last)
      if (flag(row, 'was_over')) wave.over.add(life)
    }
  }

  /**
   * Counts an order before its call and before its step is written, synchronously with the
   * judgement: orders judged side by side would otherwise pass under one limit.
   */
  reserve(proposal: Proposal, policy: Policy): void {
    const { orderId, tenant, subjectRef, alsoEnds } = proposal
    const at = this.#clock.now()
    if (intentReason(proposal, policy) === causedByFindings) {
      const intents = this.#intentsOf(tenant)
      intents.delete(orderId)
      intents.set(orderId, { subjectRef, at, sessions: 1 + alsoEnds.length })
      // The oldest come first, but for a clock that was set back.
      for (const [id, intent] of intents) {
        if (intent.at > at - hourMs) break
        intents.delete(id)
      }
    }
    for (const id of proposal.causeIds) this.#wave(id).dispatched.add(incarnationKey(proposal))
  }

  /** Counts a step that the store has acknowledged. */
  count(step: OrderStep): void {
    const life = incarnationKey(step)
    for (const id of step.causeIds) {
      const wave = this.#waves.get(id)
      if (wave?.dispatched.has(life)) take(wave, life, step.state)
    }
  }

  /**
   * The wave that an order waits for, when nothing of it is running and the rest has failed;
   * undefined while it may still finish.
   */
  stuckWave(proposal: Proposal): string | undefined {
    const found = this.#narrowest(proposal)
    if (!found) return undefined
    const [cause, { dispatched, over, failed }] = found
    const left = [...dispatched].filter((life) => !over.has(life))
    const isStuck = left.length > 0 && left.every((life) => failed.has(life))
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
  of(proposal: Proposal, killed: boolean): GuardCounts {
    const now = this.#clock.now()
    const { tenant, orderId } = proposal
    const hour = [...this.#intentsOf(tenant)]
      .filter(([id, { at }]) => id !== orderId && at > now - hourMs)
      .map(([, intent]) => intent)
    const wave = this.#narrowest(proposal)?.[1]
    const life = incarnationKey(proposal)
    return {
      now,
      findingOrdersLastMinute: hour.filter(({ at }) => at > now - minuteMs).length,
      findingSubjectsLastHour: new Set(hour.map(({ subjectRef }) => subjectRef)),
      findingSessionsLastHour: hour.reduce((sum, { sessions }) => sum + sessions, 0),
      liveSessions: this.#live.get(tenant)?.sessions ?? 0,
      dispatchedOfCause: without(wave?.dispatched, life),
      containedOfCause: without(wave?.over, life),
      failedOfCause: without(wave?.failed, life),
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
  #forgetOne(kept: string): void {
    let oldest: string | undefined
    for (const [id, { dispatched, over }] of this.#waves) {
      if (id === kept) continue
      oldest ??= id
      if (over.size < dispatched.size) continue
      oldest = id
      break
    }
    if (oldest !== undefined) this.#waves.delete(oldest)
  }

  #intentsOf(tenant: string): Map<string, Intent> {
    const known = this.#intents.get(tenant) ?? new Map<string, Intent>()
    this.#intents.set(tenant, known)
    return known
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
    if (this.#waves.size > wavesMax) this.#forgetOne(causeId)
    return wave
  }
}

function without(incarnations: ReadonlySet<string> | undefined, life: string): number {
  return (incarnations?.size ?? 0) - (incarnations?.has(life) ? 1 : 0)
}

function take({ over, failed }: Wave, life: string, state: OrderState): void {
  // One that is tried again after it failed has failed until it is over.
  if (unprovenStates.has(state)) failed.add(life)
  else if (terminalStates.has(state)) {
    failed.delete(life)
    over.add(life)
  }
}

function lifeOf(row: Row): IncarnationKey {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    sessionKind: sessionKindOf(text(row, 'kind')),
    sessionId: text(row, 'session_id'),
    incarnation: number(row, 'incarnation'),
  }
}
