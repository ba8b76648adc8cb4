import type { EnrichedEvent } from '../contract/enriched-event.ts'
import { CurfewError, reasonOf } from '../contract/errors.ts'
import type { Append, Clock, Log, Meter } from '../contract/ports.ts'
import type { Rejected } from '../contract/rejected.ts'
import { eventColumns } from './events-block.ts'
import { edgeRow, firstSightRow, identityRow } from './note-rows.ts'
import type { OpenBlock } from './open-block.ts'
import { causeRow, curfewRow, eventRow, findingRow, rejectedRow } from './rows.ts'

export interface WriteDeps {
  readonly append: Append
  readonly insertBlock: (table: string, columns: readonly string[], block: Buffer) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
}

/** Waits between tries against a store that is away, ms: doubled up to the last. */
const firstWaitMs = 250
const lastWaitMs = 10_000

/**
 * Writes one block: names, ties and first sights, then findings, causes and curfews, then the
 * events that feed the memory. A crash in between leaves findings without their events, which are
 * then judged again to the same findings; never events whose findings were lost.
 *
 * Infrastructure faults are waited out for ever: the position does not move and nothing is lost. A
 * block that the store refuses for its data is taken apart until the one row is found.
 */
export async function writeBlock(
  block: OpenBlock,
  deps: WriteDeps,
  signal: AbortSignal,
): Promise<void> {
  const put = (table: string, rows: readonly object[]) =>
    rows.length === 0
      ? Promise.resolve()
      : patiently(`append to ${table}`, () => deps.append(table, rows), deps, signal)
  await put('identities', block.names.map(identityRow))
  await put('subject_firsts', block.firstSights.map(firstSightRow))
  await put('session_edges', block.edges.map(edgeRow))
  await put('findings', block.findings.map(findingRow))
  await put('causes', block.causes.map(causeRow))
  await put('curfews', block.curfews.map(curfewRow))
  await put('rejected', block.rejected.map(rejectedRow))
  for (const { block: columns, events } of block.months) {
    const bytes = columns.finish()
    try {
      await patiently(
        'insert events',
        () => deps.insertBlock('events', eventColumns, bytes),
        deps,
        signal,
      )
    } catch (error) {
      if (!(error instanceof CurfewError && error.code === 'RECORD_DATA')) throw error
      await takeApart(events, deps, signal)
    }
  }
}

/** Tries for ever while the fault is the store's; data faults and the end of the process come out. */
async function patiently(
  doing: string,
  work: () => Promise<void>,
  deps: WriteDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work()
      return
    } catch (error) {
      if (error instanceof CurfewError && error.code === 'RECORD_DATA') throw error
      if (signal.aborted) throw error
      deps.meter.count('record_retries_total')
      const waitMs = Math.min(lastWaitMs, firstWaitMs * 2 ** Math.min(tries - 1, 10))
      deps.log.warn(
        { doing, tries, waitMs, reason: reasonOf(error) },
        'the store is away; nothing is lost, waiting',
      )
      await deps.clock.wait(waitMs, signal)
      if (signal.aborted) throw error
    }
  }
}

/** Halves a refused block until the row that the store cannot take stands alone. */
async function takeApart(
  events: readonly EnrichedEvent[],
  deps: WriteDeps,
  signal: AbortSignal,
): Promise<void> {
  try {
    await patiently(
      'insert events',
      () => deps.append('events', events.map(eventRow)),
      deps,
      signal,
    )
    return
  } catch (error) {
    if (!(error instanceof CurfewError && error.code === 'RECORD_DATA')) throw error
    const [first] = events
    if (events.length === 1 && first) {
      const rejected = refusedByStore(first, reasonOf(error))
      await patiently(
        'append to rejected',
        () => deps.append('rejected', [rejectedRow(rejected)]),
        deps,
        signal,
      )
      return
    }
  }
  const middle = Math.ceil(events.length / 2)
  await takeApart(events.slice(0, middle), deps, signal)
  await takeApart(events.slice(middle), deps, signal)
}

function refusedByStore({ event }: EnrichedEvent, why: string): Rejected {
  return {
    tenant: event.tenant,
    instance: event.instance,
    source: event.source,
    partition: event.partition,
    offset: event.offset,
    receivedAt: event.receivedAt,
    reason: 'refused_by_store',
    detail: why.slice(0, 200),
    excerpt: '',
    digest: event.id,
    bytes: 0,
  }
}
