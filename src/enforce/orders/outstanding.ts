import { instanceKey } from '../../contract/identity.ts'
import type { IncarnationKey } from '../session/session-key.ts'
import { incarnationKey } from '../session/session-key.ts'
import type { Demand } from './demand.ts'

/** A subject with sessions that still have to die, at an instance whose list can show them. */
export interface SubjectKey {
  readonly tenant: string
  readonly instance: string
  readonly subjectRef: string
}

interface OutstandingSession {
  readonly life: IncarnationKey
  readonly demand: Demand
}

export function subjectKey({ tenant, instance, subjectRef }: SubjectKey): string {
  return `${instanceKey(tenant, instance)}\u0000${subjectRef}`
}

interface OutstandingSubject {
  readonly subject: SubjectKey
  readonly incarnations: Set<string>
}

/** The outstanding sessions in memory: the subjects to list, and the urgency of orders. */
export class Outstanding {
  readonly #incarnations = new Map<string, OutstandingSession>()
  /** By instance, then by reference. */
  readonly #subjects = new Map<string, Map<string, OutstandingSubject>>()

  /** Sets the demand of an incarnation; undefined for none. */
  put(life: IncarnationKey, demand: Demand | undefined): void {
    const key = incarnationKey(life)
    this.#drop(key)
    if (!demand?.outstanding || !demand.mayAct) return
    this.#incarnations.set(key, { life, demand })
    const { subjectRef } = demand
    if (subjectRef === '') return
    const { tenant, instance } = life
    const of = instanceKey(tenant, instance)
    const subjects = this.#subjects.get(of) ?? new Map<string, OutstandingSubject>()
    this.#subjects.set(of, subjects)
    const subject = { tenant, instance, subjectRef }
    const known = subjects.get(subjectRef) ?? { subject, incarnations: new Set<string>() }
    subjects.set(subjectRef, known)
    known.incarnations.add(key)
  }

  demandOf(life: IncarnationKey): Demand | undefined {
    return this.#incarnations.get(incarnationKey(life))?.demand
  }

  /** Those of one instance, by its `instanceKey`. */
  *subjectsAt(key: string): Generator<SubjectKey> {
    for (const { subject } of this.#subjects.get(key)?.values() ?? []) yield subject
  }

  get size(): number {
    return this.#incarnations.size
  }

  #drop(key: string): void {
    const known = this.#incarnations.get(key)
    if (!known) return
    this.#incarnations.delete(key)
    const { tenant, instance } = known.life
    const subjects = this.#subjects.get(instanceKey(tenant, instance))
    const owed = subjects?.get(known.demand.subjectRef)
    owed?.incarnations.delete(key)
    if (owed?.incarnations.size === 0) subjects?.delete(known.demand.subjectRef)
  }
}
