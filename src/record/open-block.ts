import type { Cause } from '../contract/cause.ts'
import type { Curfew } from '../contract/curfew.ts'
import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { Finding } from '../contract/finding.ts'
import type { FirstSightNote, Notes } from '../contract/notes.ts'
import type { Rejected } from '../contract/rejected.ts'
import type { EventsBlock } from './events-block.ts'
import { makeEventsBlock } from './events-block.ts'
import { rowsMax } from './native-columns.ts'

/** Everything one batch told, to be recorded together. */
export interface Told {
  readonly events: readonly EnrichedEvent[]
  readonly rejected: readonly Rejected[]
  readonly findings: readonly Finding[]
  readonly causes: readonly Cause[]
  readonly curfews: readonly Curfew[]
  readonly notes: Notes
}

/** Events of one month of receipt: an insert is atomic only within one partition of its table. */
interface MonthOfEvents {
  readonly month: string
  readonly block: EventsBlock
}

/** What is gathered for the next write. */
export interface OpenBlock {
  readonly months: MonthOfEvents[]
  readonly rejected: Rejected[]
  readonly findings: Finding[]
  readonly causes: Cause[]
  readonly curfews: Curfew[]
  readonly edges: Notes['edges'][number][]
  readonly firstSights: FirstSightNote[]
  readonly names: Notes['names'][number][]
  rows: number
}

export function blankBlock(): OpenBlock {
  return {
    months: [],
    rejected: [],
    findings: [],
    causes: [],
    curfews: [],
    edges: [],
    firstSights: [],
    names: [],
    rows: 0,
  }
}

/** Column blocks are large, so a few are used in turn instead of made anew. */
export function makePool() {
  const free: EventsBlock[] = []
  return {
    take: (): EventsBlock => free.pop() ?? makeEventsBlock(),
    give: (block: EventsBlock): void => {
      block.clear()
      if (free.length < 4) free.push(block)
    },
  }
}

/** Adds what a batch told. */
export function gather(into: OpenBlock, told: Told, take: () => EventsBlock): void {
  for (const enriched of told.events) {
    // Into columns at once: thousands of events that lived until the write would outgrow the young
    // generation, and collecting them would cost more than judging them.
    monthOf(into, enriched, take).block.push(enriched)
  }
  into.rejected.push(...told.rejected)
  into.findings.push(...told.findings)
  into.causes.push(...told.causes)
  into.curfews.push(...told.curfews)
  into.edges.push(...told.notes.edges)
  into.firstSights.push(...told.notes.firstSights)
  into.names.push(...told.notes.names)
  into.rows += told.events.length + told.rejected.length
}

function monthOf(
  into: OpenBlock,
  { event }: EnrichedEvent,
  take: () => EventsBlock,
): MonthOfEvents {
  const month = monthName(event.receivedAt)
  // A batch of more events than a block has room for goes on in another one.
  const known = into.months.findLast((each) => each.month === month && each.block.rows() < rowsMax)
  if (known) return known
  const opened = { month, block: take() }
  into.months.push(opened)
  return opened
}

let lastDay = -1
let lastMonth = ''

/** The partition of an instant; asked for every event, so the answer for its day is kept. */
function monthName(ms: number): string {
  const day = Math.floor(ms / 86_400_000)
  if (day !== lastDay) {
    lastDay = day
    lastMonth = new Date(ms).toISOString().slice(0, 7)
  }
  return lastMonth
}
