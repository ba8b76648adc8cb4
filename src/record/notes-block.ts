import type { SessionEvent } from '../contract/event.ts'
import type { EdgeNote, FirstSightNote } from '../contract/notes.ts'
import type { Column, Out } from './native-columns.ts'
import { LongColumn, rowsMax, TextColumn, WordColumn, writeBlock } from './native-columns.ts'

/**
 * Notes → column blocks of the small tables beside the events. A new subject brings several, so
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

  push(at: number, text: string): void {
    this.times.push(at)
    this.texts.push(text)
  }

  write(out: Out, from: number, to: number): void {
    this.times.write(out, from, to)
    this.texts.write(out, from, to)
  }

  clear(): void {
    this.times.clear()
    this.texts.clear()
  }
}

/** A block ready to insert. */
export interface Block {
  readonly columns: readonly string[]
  readonly bytes: Buffer
}

/** Fills columns from rows, at most `rowsMax` to a block. */
function blocksOf<Row>(
  rows: readonly Row[],
  columns: readonly Column[],
  push: (row: Row) => void,
): readonly Block[] {
  const blocks: Block[] = []
  for (let from = 0; from < rows.length; from += rowsMax) {
    const some = rows.slice(from, from + rowsMax)
    for (const row of some) push(row)
    blocks.push({
      columns: columns.map(({ name }) => name),
      bytes: writeBlock(columns, 0, some.length),
    })
    for (const column of columns) column.clear()
  }
  return blocks
}

export function makeEdgeBlocks() {
  const tenant = new WordColumn('tenant')
  const instance = new WordColumn('instance')
  const kind = new WordColumn('edge')
  const value = new TextColumn('value')
  const sessionKind = new WordColumn('session_kind')
  const sessionId = new TextColumn('session_id')
  const firstSeenAt = new LongColumn('first_seen_at', time)
  const all = [tenant, instance, kind, value, sessionKind, sessionId, firstSeenAt]
  return (edges: readonly EdgeNote[]) =>
    blocksOf(edges, all, ({ event, ...note }) => {
      tenant.push(event.tenant)
      instance.push(event.instance)
      kind.push(note.edge)
      value.push(note.value)
      sessionKind.push(event.sessionKind)
      sessionId.push(event.sessionId)
      firstSeenAt.push(event.occurredAt)
    })
}

export function makeFirstSightBlocks() {
  const tenant = new WordColumn('tenant')
  const instance = new WordColumn('instance')
  const subjectRef = new TextColumn('subject_ref')
  const attribute = new WordColumn('attribute')
  const value = new TextColumn('value')
  const first = new MomentColumn('first')
  const all = [tenant, instance, subjectRef, attribute, value, first]
  return (sights: readonly FirstSightNote[]) =>
    blocksOf(sights, all, (sight) => {
      tenant.push(sight.tenant)
      instance.push(sight.instance)
      subjectRef.push(sight.subjectRef)
      attribute.push(sight.attribute)
      value.push(sight.value)
      first.push(sight.at, sight.eventId)
    })
}

export function makeNameBlocks() {
  const tenant = new WordColumn('tenant')
  const instance = new WordColumn('instance')
  const subjectRef = new TextColumn('subject_ref')
  const subjectId = new TextColumn('subject_id')
  const subjectKind = new WordColumn('subject_kind')
  const email = new MomentColumn('email')
  const lastAt = new LongColumn('last_at', time)
  const all = [tenant, instance, subjectRef, subjectId, subjectKind, email, lastAt]
  return (events: readonly SessionEvent[]) =>
    blocksOf(events, all, (event) => {
      tenant.push(event.tenant)
      instance.push(event.instance)
      subjectRef.push(event.subjectRef)
      subjectId.push(event.subjectId)
      subjectKind.push(event.subjectKind)
      // An event that gives no address must not outdo one that did: its time counts as none.
      email.push(event.subjectEmail === '' ? 0 : event.occurredAt, event.subjectEmail)
      lastAt.push(event.occurredAt)
    })
}
