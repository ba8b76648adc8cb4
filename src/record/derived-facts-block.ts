import type { FirstSightFact, SessionEdge, SubjectIdentity } from '../contract/derived-facts.ts'
import type { Chunks } from './native-bytes.ts'
import type { Column } from './native-columns.ts'
import { LongColumn, LowCardinalityColumn, TextColumn, writeBlock } from './native-columns.ts'

/**
 * Derived facts → column blocks of the small tables beside the events. A new subject brings several, so
 * while memory is young there are as many of them as events.
 */

const time = "DateTime64(3, 'UTC')"

/** `Tuple(DateTime64, String)`: all times, then all texts. */
class MomentColumn implements Column {
  readonly type = `Tuple(${time}, String)`
  readonly name: string
  private readonly times = new LongColumn('', time)
  private readonly texts = new TextColumn('')

  constructor(name: string) {
    this.name = name
  }

  get held(): number {
    return this.times.held + this.texts.held
  }

  push(at: number, text: string): void {
    this.times.push(at)
    this.texts.push(text)
  }

  write(out: Chunks, from: number, to: number): void {
    this.times.write(out, from, to)
    this.texts.write(out, from, to)
  }

  clear(): void {
    this.times.clear()
    this.texts.clear()
  }
}

/** Rows of one such table being gathered, at most `rowsMax`; meant to be used again and again. */
export interface FactsBlock<Fact> {
  /** Names of the columns, in the order of the block. */
  readonly columns: readonly string[]
  readonly rows: () => number
  readonly push: (fact: Fact) => void
  /** Native bytes of its rows: those of the columns, so it may be cleared only once they are out. */
  readonly bytes: () => readonly Uint8Array[]
  readonly clear: () => void
}

function blockOf<Fact>(columns: readonly Column[], push: (fact: Fact) => void): FactsBlock<Fact> {
  let rows = 0
  return {
    columns: columns.map(({ name }) => name),
    rows: () => rows,
    push(fact) {
      push(fact)
      rows += 1
    },
    bytes: () => writeBlock(columns, 0, rows),
    clear() {
      for (const column of columns) column.clear()
      rows = 0
    },
  }
}

/** Rows of `session_edges`. */
export function makeEdgeBlock(): FactsBlock<SessionEdge> {
  const tenant = new LowCardinalityColumn('tenant')
  const instance = new LowCardinalityColumn('instance')
  const kind = new LowCardinalityColumn('edge')
  const value = new TextColumn('value')
  const sessionKind = new LowCardinalityColumn('session_kind')
  const sessionId = new TextColumn('session_id')
  const firstSeenAt = new LongColumn('first_seen_at', time)
  const all = [tenant, instance, kind, value, sessionKind, sessionId, firstSeenAt]
  return blockOf(all, (fact) => {
    tenant.push(fact.tenant)
    instance.push(fact.instance)
    kind.push(fact.edge)
    value.push(fact.value)
    sessionKind.push(fact.sessionKind)
    sessionId.push(fact.sessionId)
    firstSeenAt.push(fact.at)
  })
}

/** Rows of `subject_firsts`. */
export function makeFirstSightBlock(): FactsBlock<FirstSightFact> {
  const tenant = new LowCardinalityColumn('tenant')
  const instance = new LowCardinalityColumn('instance')
  const subjectRef = new TextColumn('subject_ref')
  const attribute = new LowCardinalityColumn('attribute')
  const value = new TextColumn('value')
  const first = new MomentColumn('first')
  const all = [tenant, instance, subjectRef, attribute, value, first]
  return blockOf(all, (sight) => {
    tenant.push(sight.tenant)
    instance.push(sight.instance)
    subjectRef.push(sight.subjectRef)
    attribute.push(sight.attribute)
    value.push(sight.value)
    first.push(sight.at, sight.eventId)
  })
}

/** Rows of `identities`. */
export function makeIdentityBlock(): FactsBlock<SubjectIdentity> {
  const tenant = new LowCardinalityColumn('tenant')
  const instance = new LowCardinalityColumn('instance')
  const subjectRef = new TextColumn('subject_ref')
  const subjectId = new TextColumn('subject_id')
  const subjectKind = new LowCardinalityColumn('subject_kind')
  const email = new MomentColumn('email')
  const lastAt = new LongColumn('last_at', time)
  const all = [tenant, instance, subjectRef, subjectId, subjectKind, email, lastAt]
  return blockOf(all, (fact) => {
    tenant.push(fact.tenant)
    instance.push(fact.instance)
    subjectRef.push(fact.subjectRef)
    subjectId.push(fact.subjectId)
    subjectKind.push(fact.subjectKind)
    // An event that gives no address must not outdo one that did: its time counts as none.
    email.push(fact.subjectEmail === '' ? 0 : fact.at, fact.subjectEmail)
    lastAt.push(fact.at)
  })
}
