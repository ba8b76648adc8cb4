import { instanceKey } from '../../contract/identity.ts'
import type { LifeName } from '../session/session-key.ts'
import { lifeKey } from '../session/session-key.ts'
import type { Demand } from './demand.ts'

/** A subject with sessions that still have to die, at an instance whose list can show them. */
export interface WatchedSubject {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}

interface Watched {
  readonly life: LifeName
  readonly demand: Demand
}

export function subjectName({ tenant, instance, subjectRef }: WatchedSubject): string {
  return `${instanceKey(tenant, instance)}\u0000${subjectRef}`
}

interface Owed {
  readonly subject: WatchedSubject
  readonly lives: Set<string>
}

/** What is still owed, in memory: whom to list again, and which orders are the more urgent. */
export class Watch {
  readonly #lives = new Map<string, Watched>()
  /** By instance, then by reference. */
  readonly #subjects = new Map<string, Map<string, Owed>>()

  /** Takes note of what a life of a session is owed now; undefined when nothing. */
  put(life: LifeName, demand: Demand | undefined): void {
    const key = lifeKey(life)
    this.#drop(key)
    if (!demand?.owed || !demand.mayAct) return
    this.#lives.set(key, { life, demand })
    const { subjectRef } = demand
    if (subjectRef === '') return
    const { tenant, instance } = life
    const of = instanceKey(tenant, instance)
    const subjects = this.#subjects.get(of) ?? new Map<string, Owed>()
    this.#subjects.set(of, subjects)
    const subject = { tenant, instance, subjectRef }
    const known = subjects.get(subjectRef) ?? { subject, lives: new Set<string>() }
    subjects.set(subjectRef, known)
    known.lives.add(key)
  }

  demandOf(life: LifeName): Demand | undefined {
    return this.#lives.get(lifeKey(life))?.demand
  }

  /** Those of one instance, by its `instanceKey`. */
  *subjectsAt(key: string): Generator<WatchedSubject> {
    for (const { subject } of this.#subjects.get(key)?.values() ?? []) yield subject
  }

  get size(): number {
    return this.#lives.size
  }

  #drop(key: string): void {
    const known = this.#lives.get(key)
    if (!known) return
    this.#lives.delete(key)
    const { tenant, instance } = known.life
    const subjects = this.#subjects.get(instanceKey(tenant, instance))
    const owed = subjects?.get(known.demand.subjectRef)
    owed?.lives.delete(key)
    if (owed?.lives.size === 0) subjects?.delete(known.demand.subjectRef)
  }
}
