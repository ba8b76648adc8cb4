import type { SessionKind } from '../contract/event-words.ts'
import { instanceKey } from '../contract/identity.ts'
import type { SignOut } from '../contract/memory.ts'
import type { Meter } from '../contract/ports.ts'
import { GenerationMap } from './generation-map.ts'
import { SightingsTable } from './sightings-table.ts'
import type { FirstMention } from './slots.ts'
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
export interface InstanceMemory {
  readonly tenant: string
  readonly instance: string
  readonly subjects: GenerationMap<SubjectSlot>
  /** By kind: an online and an offline session may share one id. */
  readonly sessions: { readonly [Kind in SessionKind]: GenerationMap<SessionSlot> }
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
  const instances = makeInstances()
  const [uses, sightings] = [new UsesTable(), new SightingsTable()]
  let isWhole = storeIsEmpty
  // An entry that a rotation evicts was last written before the rotation before it.
  let evictedIsRead = Promise.resolve()
  let agedIsRead = Promise.resolve()
  const rotateAll = (maps: readonly GenerationMap<SubjectSlot | SessionSlot>[], max: number) => {
    if (maps.reduce((sum, map) => sum + map.usedCount, 0) < max) return
    const [before, aged] = [evictedIsRead, agedIsRead]
    evictedIsRead = Promise.all([before, aged]).then(() => {})
    agedIsRead = settled()
    const evicted = maps.map((map) => map.rotate())
    if (!evicted.includes(true)) return
    isWhole = false
    meter.count('curfew_recall_generations_total')
  }
  return {
    instanceOf: instances.of,
    /** Evicts what was not used lately; to be called between batches. */
    rotate(): void {
      const all = instances.all()
      rotateAll(
        all.map(({ subjects }) => subjects),
        subjectsMax,
      )
      rotateAll(
        all.flatMap(({ sessions }) => [sessions.online, sessions.offline, sessions.agent]),
        sessionsMax,
      )
    },
    blankSubject: (instanceMemory: InstanceMemory, ref: string) =>
      new SubjectSlot(instanceMemory, ref, sightings),
    blankSession: (instanceMemory: InstanceMemory, told: FirstMention) =>
      new SessionSlot(instanceMemory, told, uses),
    /** Whether nothing of what was ever told has been forgotten. */
    isWhole: () => isWhole,
    /** Resolves once the store can tell what was forgotten; asked sooner, it would leave it out. */
    readable: () => evictedIsRead,
  }
}

/** One instanceMemory per instance that was ever heard of. */
function makeInstances() {
  const byKey = new Map<string, InstanceMemory>()
  let last: InstanceMemory | undefined
  const open = (tenant: string, instance: string): InstanceMemory => {
    const key = instanceKey(tenant, instance)
    const known = byKey.get(key)
    if (known) return known
    const map = () => new GenerationMap<SessionSlot>()
    const sessions = { online: map(), offline: map(), agent: map() }
    const subjects = new GenerationMap<SubjectSlot>()
    const instanceMemory: InstanceMemory = {
      tenant,
      instance,
      subjects,
      sessions,
      signOuts: noSignOuts,
    }
    byKey.set(key, instanceMemory)
    return instanceMemory
  }
  return {
    /** Neighbouring events are of one instance as a rule: then nothing is looked up. */
    of({
      tenant,
      instance,
    }: {
      readonly tenant: string
      readonly instance: string
    }): InstanceMemory {
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
export type AllMissed = Map<InstanceMemory, Missed>

export function missedOf(instanceMemory: InstanceMemory, all: AllMissed): Missed {
  const known = all.get(instanceMemory)
  if (known) return known
  const sessions = { online: new Map(), offline: new Map(), agent: new Map() }
  const missed = { subjects: new Map(), sessions }
  all.set(instanceMemory, missed)
  return missed
}

/** The sessions of all kinds that were missed. */
export function missedSessions({ sessions }: Missed): readonly SessionSlot[] {
  return [...sessions.online.values(), ...sessions.offline.values(), ...sessions.agent.values()]
}

/** Takes what was missed into memory. */
export function keepMissed(all: AllMissed): void {
  for (const [instanceMemory, missed] of all) {
    for (const [ref, slot] of missed.subjects) instanceMemory.subjects.put(ref, slot)
    for (const slot of missedSessions(missed)) {
      slot.isPartial = false
      instanceMemory.sessions[slot.kind].put(slot.id, slot)
    }
  }
}
