import type { Device } from './devices.ts'
import type { Plan } from './habits.ts'
import type { Tokens } from './idp/idp.ts'
import type { Network } from './networks.ts'
import type { Actor } from './people.ts'

/** A session that the company created, with its tokens. Wire times. */
export interface CompanySession {
  readonly id: string
  readonly actor: Actor
  readonly device: Device
  readonly organizationId: string
  readonly plan: Plan
  readonly createdAt: number
  readonly expiresAt: number
  /** When its owner means to use it no more. */
  readonly usedUntil: number
  tokens: Tokens
  /** When the provider last accepted it. */
  confirmedAt: number
  /** The owner's last use and where; a thief's are not counted. */
  lastUse: { readonly at: number; readonly network: Network }
  /** Counts how often its next use was planned; only the last plan holds. */
  turn: number
  alive: boolean
  /** Named by a cause or a plant, so the ledger records how it ends. */
  watched: boolean
  /** What was meant for it when a cause condemned it and it was left alive. */
  left: 'active' | 'idle' | 'no'
  /** An administrator is about to end it. */
  doomed: boolean
  /** Kept for a planted story: its owner neither logs out nor uses it any more. */
  reserved: boolean
}

/** The company's own list of living sessions, which only the company changes. */
export class CompanySessions {
  readonly #byActor = new Map<string, Set<CompanySession>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(session: CompanySession): void {
    const mine = this.#byActor.get(session.actor.id) ?? new Set()
    this.#byActor.set(session.actor.id, mine.add(session))
    this.#size += 1
  }

  /** False when it was known to be dead already. */
  end(session: CompanySession): boolean {
    if (!session.alive) return false
    session.alive = false
    const mine = this.#byActor.get(session.actor.id)
    if (mine?.delete(session) === true) this.#size -= 1
    if (mine?.size === 0) this.#byActor.delete(session.actor.id)
    return true
  }

  *all(): Generator<CompanySession> {
    for (const mine of this.#byActor.values()) yield* mine
  }

  /** Living sessions of somebody at an instant of wire time, in order of creation. */
  of(actor: Actor, now: number): readonly CompanySession[] {
    const mine = this.#byActor.get(actor.id)
    return mine === undefined ? [] : [...mine].filter((session) => session.expiresAt > now)
  }
}
