import type { OnFault } from '../contract/code-fault.ts'
import { reasonOf } from '../contract/errors.ts'
import { isAboutData, makeIsolatingAppend } from '../contract/isolate-refused-rows.ts'
import type { Append, Clock, Log, Meter } from '../contract/ports.ts'
import type { Rejected } from '../contract/rejected.ts'
import { causeRow, curfewRow, findingRow, replacedCauseRow } from '../contract/rows.ts'
import type { OnWork } from '../contract/work.ts'
import type { EventsBlock, Origin } from './events-block.ts'
import { eventColumns } from './events-block.ts'
import type { OpenBlock } from './open-block.ts'
import { entitlementRow, rejectedRow, signInRow } from './rows.ts'

export interface WriteDeps {
  readonly append: Append
  readonly insertBlock: (
    table: string,
    columns: readonly string[],
    block: readonly Uint8Array[],
  ) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Called for each row, other than an event, that the store refuses for its data; the row is left out. */
  readonly onFault?: OnFault
  /** Called before and after each write. */
  readonly onWork?: OnWork
}

/** Waits between retries while the store is unavailable, ms: doubled up to the last. */
const firstWaitMs = 250
const lastWaitMs = 10_000
/** A write that takes longer counts as failing, ms. */
const writeMsMax = 120_000
const recording = { work: 'recording', of: '' } as const

/**
 * Writes one block: findings, causes and curfews first, then the derived facts that memory loads,
 * and last the events. A crash in between leaves findings without their events,
 * which are judged again to the same findings. The reverse order could leave a first sighting
 * in the store whose finding was lost, and judged again the sighting would not be new.
 *
 * Infrastructure faults are retried without limit: the position does not move and nothing is lost. A block
 * that the store refuses for its data is halved until the bad row is found: one message
 * must not stop all others.
 */
export function makeWriteBlock(deps: WriteDeps, signal: AbortSignal) {
  const insert = (table: string, columns: readonly string[], bytes: readonly Uint8Array[]) =>
    patiently(`insert ${table}`, () => deps.insertBlock(table, columns, bytes), deps, signal)
  const append = makeIsolatingAppend({
    ...deps,
    append: (table, rows) =>
      patiently(`append to ${table}`, () => deps.append(table, rows), deps, signal),
  })
  return async (block: OpenBlock): Promise<void> => {
    await append('findings', block.findings.map(findingRow))
    await append('causes', block.causes.map(causeRow))
    await append('replaced_causes', block.replaced.map(replacedCauseRow))
    await append('curfews', block.curfews.map(curfewRow))
    // In sequence: parallel writes finish sooner, but the engine then writes twice as many
    // blocks per second and spends more than that time on merging them.
    for (const each of block.names) await insert('identities', each.columns, each.bytes())
    for (const each of block.firstSights) await insert('subject_firsts', each.columns, each.bytes())
    for (const each of block.edges) await insert('session_edges', each.columns, each.bytes())
    await append('sign_ins', block.signIns.map(signInRow))
    await append('entitlements', block.entitlements.map(entitlementRow))
    await append('rejected', block.rejected.map(rejectedRow))
    for (const month of block.months) {
      const refused = await insertRows(month.block, 0, month.block.rows(), insert)
      await append('rejected', refused.map(rejectedRow))
    }
  }
}

/** Retries without limit while the store is at fault; data faults and the end of the process are thrown. */
async function patiently(
  doing: string,
  work: () => Promise<void>,
  deps: WriteDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      deps.onWork?.({ ...recording, isUnderway: true, withinMs: writeMsMax })
      await work()
      deps.onWork?.(recording)
      return
    } catch (error) {
      // The isolating append reports refused rows; the store did answer.
      if (isAboutData(error)) deps.onWork?.(recording)
      if (isAboutData(error) || signal.aborted) throw error
      deps.onWork?.({ ...recording, error })
      deps.meter.count('curfew_record_retries_total')
      const waitMs = Math.min(lastWaitMs, firstWaitMs * 2 ** Math.min(tries - 1, 10))
      deps.log.warn(
        { doing, tries, waitMs, reason: reasonOf(error) },
        'the store is unavailable; writes are retried and nothing is lost',
      )
      await deps.clock.wait(waitMs, signal)
      if (signal.aborted) throw error
    }
  }
}

/** Inserts rows; a block that is refused for its data is halved until the row stands alone. */
async function insertRows(
  block: EventsBlock,
  from: number,
  to: number,
  insert: (
    table: string,
    columns: readonly string[],
    bytes: readonly Uint8Array[],
  ) => Promise<void>,
): Promise<readonly Rejected[]> {
  try {
    await insert('events', eventColumns, block.bytes(from, to))
    return []
  } catch (error) {
    if (!isAboutData(error)) throw error
    if (to - from === 1) return [refusedByStore(block.origin(from), reasonOf(error))]
  }
  const middle = Math.ceil((from + to) / 2)
  const left = await insertRows(block, from, middle, insert)
  return [...left, ...(await insertRows(block, middle, to, insert))]
}

function refusedByStore({ eventId, ...origin }: Origin, why: string): Rejected {
  return {
    ...origin,
    reason: 'refused_by_store',
    detail: why.slice(0, 200),
    excerpt: '',
    digest: eventId,
    bytes: 0,
  }
}
