import { instanceKey } from '../contract/identity.ts'
import type { LifeName } from './life-name.ts'
import { lifeKey } from './life-name.ts'
import type { Demand } from './proposal.ts'

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

/** What is still owed, in memory: whom to list again, and which orders are the more urgent. */
export class Watch {
  readonly #lives = new Map<string, Watched>()
  readonly #subjects = new Map<string, { subject: WatchedSubject; lives: Set<string> }>()

  /** Takes note of what a life of a session is owed now; undefined when nothing. */
  put(life: LifeName, demand: Demand | undefined): void {
    const key = lifeKey(life)
    this.#drop(key)
    if (!demand?.owed || !demand.mayAct) return
    this.#lives.set(key, { life, demand })
    if (demand.subjectRef === '') return
    const { tenant, instance } = life
    const subject = { tenant, instance, subjectRef: demand.subjectRef }
    const name = subjectName(subject)
    const known = this.#subjects.get(name) ?? { subject, lives: new Set<string>() }
    this.#subjects.set(name, known)
    known.lives.add(key)
  }

  demandOf(life: LifeName): Demand | undefined {
    return this.#lives.get(lifeKey(life))?.demand
  }

  subjects(): Iterable<WatchedSubject> {
    return this.#subjects.values().map(({ subject }) => subject)
  }

  get size(): number {
    return this.#lives.size
  }

  #drop(key: string): void {
    const known = this.#lives.get(key)
    if (!known) return
    this.#lives.delete(key)
    const { tenant, instance } = known.life
    const name = subjectName({ tenant, instance, subjectRef: known.demand.subjectRef })
    const subject = this.#subjects.get(name)
    subject?.lives.delete(key)
    if (subject?.lives.size === 0) this.#subjects.delete(name)
  }
}
