import type { Cause, ReplacedCause } from '../contract/cause.ts'
import type { Curfew } from '../contract/curfew.ts'
import type {
  DerivedFacts,
  Entitlement,
  FirstSightFact,
  SessionEdge,
  SignInSide,
  SubjectIdentity,
} from '../contract/derived-facts.ts'
import type { EnrichedEvent } from '../contract/enriched-event.ts'
import type { Finding } from '../contract/finding.ts'
import type { Rejected } from '../contract/rejected.ts'
import type { FactsBlock } from './derived-facts-block.ts'
import { makeEdgeBlock, makeFirstSightBlock, makeIdentityBlock } from './derived-facts-block.ts'
import type { EventsBlock } from './events-block.ts'
import { makeEventsBlock } from './events-block.ts'
import { rowsMax } from './native-columns.ts'

/** All rows of one batch; they are recorded together. */
export interface BatchRows {
  readonly events: readonly EnrichedEvent[]
  readonly rejected: readonly Rejected[]
  readonly findings: readonly Finding[]
  readonly causes: readonly Cause[]
  readonly replaced: readonly ReplacedCause[]
  readonly curfews: readonly Curfew[]
  readonly derivedFacts: DerivedFacts
}

/** Events of one month of receipt: an insert is atomic only within one partition of its table. */
interface MonthOfEvents {
  readonly month: string
  readonly block: EventsBlock
}

/** The block that is filled for the next write. */
export interface OpenBlock {
  readonly months: MonthOfEvents[]
  readonly rejected: Rejected[]
  readonly findings: Finding[]
  readonly causes: Cause[]
  readonly replaced: ReplacedCause[]
  readonly curfews: Curfew[]
  readonly edges: FactsBlock<SessionEdge>[]
  readonly firstSights: FactsBlock<FirstSightFact>[]
  readonly names: FactsBlock<SubjectIdentity>[]
  readonly signIns: SignInSide[]
  readonly entitlements: Entitlement[]
  rows: number
  /** Bytes of its events: long texts make a block large. */
  bytes: number
}

export function blankBlock(): OpenBlock {
  return {
    months: [],
    rejected: [],
    findings: [],
    causes: [],
    replaced: [],
    curfews: [],
    edges: [],
    firstSights: [],
    names: [],
    signIns: [],
    entitlements: [],
    rows: 0,
    bytes: 0,
  }
}

/** Column blocks are large, so a few are reused. */
export interface Pool<Block> {
  readonly take: () => Block
  readonly give: (block: Block) => void
}

function makePool<Block extends { readonly clear: () => void }>(make: () => Block): Pool<Block> {
  const free: Block[] = []
  return {
    take: () => free.pop() ?? make(),
    give: (block) => {
      block.clear()
      if (free.length < 4) free.push(block)
    },
  }
}

/** One pool for each kind of column block. */
export type Pools = ReturnType<typeof makePools>

export function makePools() {
  return {
    events: makePool(makeEventsBlock),
    edges: makePool(makeEdgeBlock),
    firstSights: makePool(makeFirstSightBlock),
    names: makePool(makeIdentityBlock),
  }
}

/** Adds the rows of a batch. */
export function addBatch(into: OpenBlock, batch: BatchRows, pools: Pools): void {
  // Straight into columns: thousands of objects that live until the write would leave the young
  // generation, and collecting them would cost more than judging them.
  for (const enriched of batch.events) monthOf(into, enriched, pools.events).block.push(enriched)
  pushAll(batch.derivedFacts.edges, into.edges, pools.edges)
  pushAll(batch.derivedFacts.firstSights, into.firstSights, pools.firstSights)
  pushAll(batch.derivedFacts.names, into.names, pools.names)
  for (const each of batch.derivedFacts.signIns) into.signIns.push(each)
  for (const each of batch.derivedFacts.entitlements) into.entitlements.push(each)
  for (const each of batch.rejected) into.rejected.push(each)
  for (const each of batch.findings) into.findings.push(each)
  for (const each of batch.causes) into.causes.push(each)
  for (const each of batch.replaced) into.replaced.push(each)
  for (const each of batch.curfews) into.curfews.push(each)
  into.rows += batch.events.length + batch.rejected.length
  into.bytes = into.months.reduce((sum, { block }) => sum + block.held(), 0)
}

/** Returns its column blocks to the pools after the write. */
export function release(block: OpenBlock, pools: Pools): void {
  for (const month of block.months) pools.events.give(month.block)
  for (const each of block.edges) pools.edges.give(each)
  for (const each of block.firstSights) pools.firstSights.give(each)
  for (const each of block.names) pools.names.give(each)
}

function pushAll<Fact>(
  derivedFacts: readonly Fact[],
  into: FactsBlock<Fact>[],
  pool: Pool<FactsBlock<Fact>>,
): void {
  let last = into.at(-1)
  for (const fact of derivedFacts) {
    if (last === undefined || last.rows() === rowsMax) {
      last = pool.take()
      into.push(last)
    }
    last.push(fact)
  }
}

function monthOf(
  into: OpenBlock,
  { event }: EnrichedEvent,
  pool: Pool<EventsBlock>,
): MonthOfEvents {
  const month = monthOfReceipt(event.receivedAt)
  // A batch with more events than a block can hold continues in another one.
  const known = into.months.findLast((each) => each.month === month && each.block.rows() < rowsMax)
  if (known) return known
  const opened = { month, block: pool.take() }
  into.months.push(opened)
  return opened
}

let lastDay = -1
let lastMonth = ''

/** The partition of an instant; called for every event, so the result is cached per day. */
function monthOfReceipt(ms: number): string {
  const day = Math.floor(ms / 86_400_000)
  if (day !== lastDay) {
    lastDay = day
    lastMonth = new Date(ms).toISOString().slice(0, 7)
  }
  return lastMonth
}
