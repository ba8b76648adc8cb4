import type { SessionKind } from '../contract/event-words.ts'
import { instanceKey } from '../contract/identity.ts'
import type { SignOut } from '../contract/memory.ts'
import type { Meter } from '../contract/ports.ts'
import { Shelf } from './shelf.ts'
import { SightingsTable } from './sightings-table.ts'
import type { FirstWord } from './slots.ts'
import { noSignOuts, SessionSlot, SubjectSlot } from './slots.ts'
import { UsesTable } from './uses-table.ts'

export interface MemoryOptions {
  readonly meter: Meter
  readonly subjectsMax: number
  readonly sessionsMax: number
  /**
   * True when the store was empty at open and only this process writes to it: what memory does not
   * know is then unknown to the store too, until something is forgotten.
   */
  readonly storeIsEmpty: boolean
  /** Settles once all that was judged up to this call can be read from the store, or never will. */
  readonly settled: () => Promise<void>
}

/** The slots of one instance's subjects and sessions; nothing crosses it. */
export interface Realm {
  readonly tenant: string
  readonly instance: string
  readonly subjects: Shelf<SubjectSlot>
  /** By kind: an online and an offline session may share one id. */
  readonly sessions: { readonly [Kind in SessionKind]: Shelf<SessionSlot> }
  /** The youngest sign-outs of everybody, `signOutsMax` at most. */
  signOuts: readonly SignOut[]
}

/** The slots of subjects and sessions that this process holds. */
export type Memory = ReturnType<typeof makeMemory>

export function makeMemory({
  meter,
  subjectsMax,
  sessionsMax,
  storeIsEmpty,
  settled,
}: MemoryOptions) {
  const realms = makeRealms()
  const [uses, sightings] = [new UsesTable(), new SightingsTable()]
  let isWhole = storeIsEmpty
  // What is forgotten at a turn was last told before the turn before it.
  let forgottenIsRead = Promise.resolve()
  let agedIsRead = Promise.resolve()
  const turnAll = (shelves: readonly Shelf<SubjectSlot | SessionSlot>[], max: number) => {
    if (shelves.reduce((sum, shelf) => sum + shelf.young, 0) < max) return
    const [before, aged] = [forgottenIsRead, agedIsRead]
    forgottenIsRead = Promise.all([before, aged]).then(() => {})
    agedIsRead = settled()
    const forgot = shelves.map((shelf) => shelf.turn())
    if (!forgot.includes(true)) return
    isWhole = false
    meter.count('curfew_recall_generations_total')
  }
  return {
    realmOf: realms.of,
    /** Forgets what was not heard of lately; to be called between batches. */
    turn(): void {
      const all = realms.all()
      turnAll(
        all.map(({ subjects }) => subjects),
        subjectsMax,
      )
      turnAll(
        all.flatMap(({ sessions }) => [sessions.online, sessions.offline, sessions.agent]),
        sessionsMax,
      )
    },
    blankSubject: (realm: Realm, ref: string) => new SubjectSlot(realm, ref, sightings),
    blankSession: (realm: Realm, told: FirstWord) => new SessionSlot(realm, told, uses),
    /** Whether nothing of what was ever told has been forgotten. */
    isWhole: () => isWhole,
    /** Resolves once the store can tell what was forgotten; asked sooner, it would leave it out. */
    readable: () => forgottenIsRead,
  }
}

/** One realm per instance that was ever heard of. */
function makeRealms() {
  const byKey = new Map<string, Realm>()
  let last: Realm | undefined
  const open = (tenant: string, instance: string): Realm => {
    const key = instanceKey(tenant, instance)
    const known = byKey.get(key)
    if (known) return known
    const shelf = () => new Shelf<SessionSlot>()
    const sessions = { online: shelf(), offline: shelf(), agent: shelf() }
    const subjects = new Shelf<SubjectSlot>()
    const realm: Realm = { tenant, instance, subjects, sessions, signOuts: noSignOuts }
    byKey.set(key, realm)
    return realm
  }
  return {
    /** Neighbouring events are of one instance as a rule: then nothing is looked up. */
    of({ tenant, instance }: { readonly tenant: string; readonly instance: string }): Realm {
      if (last?.tenant !== tenant || last.instance !== instance) last = open(tenant, instance)
      return last
    },
    all: () => [...byKey.values()],
  }
}

/** What a batch needs and memory does not hold, for one instance: slots to be filled and then kept. */
export interface Missed {
  readonly subjects: Map<string, SubjectSlot>
  readonly sessions: { readonly [Kind in SessionKind]: Map<string, SessionSlot> }
}

/** By instance. Nothing of it is in memory before it is filled: an unfilled slot would be a lie. */
export type AllMissed = Map<Realm, Missed>

export function missedOf(realm: Realm, all: AllMissed): Missed {
  const known = all.get(realm)
  if (known) return known
  const sessions = { online: new Map(), offline: new Map(), agent: new Map() }
  const missed = { subjects: new Map(), sessions }
  all.set(realm, missed)
  return missed
}

/** The sessions of all kinds that were missed. */
export function missedSessions({ sessions }: Missed): readonly SessionSlot[] {
  return [...sessions.online.values(), ...sessions.offline.values(), ...sessions.agent.values()]
}

/** Takes what was missed into memory. */
export function keepMissed(all: AllMissed): void {
  for (const [realm, missed] of all) {
    for (const [ref, slot] of missed.subjects) realm.subjects.put(ref, slot)
    for (const slot of missedSessions(missed)) {
      slot.isPartial = false
      realm.sessions[slot.kind].put(slot.id, slot)
    }
  }
}
