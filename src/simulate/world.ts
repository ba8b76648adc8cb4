import type { SessionEventV1 } from '../contract/session-event-v1.ts'
import type { Company } from './company.ts'
import type { CompanySession, CompanySessions } from './company-sessions.ts'
import type { EventQueue } from './event-queue.ts'
import type { Idp } from './idp/idp.ts'
import type { Outbox } from './outbox.ts'
import type { Pace } from './pace.ts'
import type { Random } from './random.ts'
import type { Ledger, SessionTruth, TruthEntry } from './truth.ts'

/** What the simulation has done so far. */
export interface Counts {
  sessions: number
  uses: number
  refusals: number
  causes: number
  survivorsActive: number
  survivorsIdle: number
  thefts: number
  usesAfterRevoke: number
  usesAfterExpiry: number
  /** Calls to the provider that got no usable answer. */
  unavailable: number
}

export function noCounts(): Counts {
  return {
    sessions: 0,
    uses: 0,
    refusals: 0,
    causes: 0,
    survivorsActive: 0,
    survivorsIdle: 0,
    thefts: 0,
    usesAfterRevoke: 0,
    usesAfterExpiry: 0,
    unavailable: 0,
  }
}

export type Action = () => Promise<void>

/** Everything an action may touch. */
export interface World {
  readonly random: Random
  readonly pace: Pace
  /** Wire time. */
  readonly now: () => number
  readonly queue: EventQueue<Action>
  readonly company: Company
  readonly held: CompanySessions
  readonly idp: Idp
  readonly outbox: Outbox
  readonly ledger: Ledger
  readonly instance: string
  /** Tells this run's own event ids from those of every other run. */
  readonly run: string
  readonly weekends: boolean
  readonly counts: Counts
  numbered: number
}

/** Does something later; `afterMs` in wire time. */
export function later(world: World, afterMs: number, action: Action): void {
  world.queue.add(Math.round(world.now() + afterMs), action)
}

/** A name nobody else in this run has. */
export function nameOf(world: World, what: string): string {
  world.numbered += 1
  return `${what}_${world.run}_${String(world.numbered).padStart(8, '0')}`
}

export function post(world: World, event: SessionEventV1): void {
  world.outbox.post(event, world.now())
}

export function writeTruth(world: World, entry: TruthEntry): void {
  world.ledger.write(JSON.stringify(entry))
}

export const timeText = (at: number): string => new Date(at).toISOString()

export function truthOf(world: World, session: CompanySession): SessionTruth {
  return { instance: world.instance, kind: session.plan.kind, id: session.id }
}

/** Books that a session is over by what the company did, or by its expiry. */
export function endedBy(
  world: World,
  session: CompanySession,
  how: 'logout' | 'expiry' | 'admin' | 'provider',
  at: number,
): void {
  if (!world.held.end(session) || !session.watched) return
  writeTruth(world, { kind: 'ended', session: truthOf(world, session), at: timeText(at), how })
}
