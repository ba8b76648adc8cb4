import type { Batch } from './contract/raw-message.ts'
import type { Decode } from './decode/decode.ts'
import type { Detect } from './detect/detect.ts'
import type { Enrich } from './enrich/enrich.ts'
import type { Impose } from './impose/impose.ts'
import type { Recall, Unrecorded } from './recall/recall.ts'
import type { Recorder } from './record/record.ts'

/** The stages of the journey, as `main.ts` opens them. */
export interface Stages {
  readonly unrecorded: Unrecorded
  readonly decode: Decode
  readonly enrich: Enrich['enrich']
  readonly recall: Recall
  readonly detect: Detect
  readonly impose: Impose
  readonly record: Recorder['record']
}

/**
 * The whole way of one batch, in the order it is travelled. It resolves once the batch is judged
 * and gathered for writing; `durable` settles once it is recorded and its position committed.
 */
export async function travel(batch: Batch, stages: Stages): Promise<{ durable: Promise<void> }> {
  // What was recorded before a restart has been judged and is not judged again.
  const { events, rejected } = await stages.unrecorded(batch, stages.decode(batch))
  const enriched = stages.enrich(events)
  // What was known before each event; memory learns an event when its successor is looked at.
  const recalled = await stages.recall(enriched)
  const findings = stages.detect(recalled.moments())
  const { causes, replaced, curfews } = stages.impose(recalled.seen, findings)
  const { notes, derived } = recalled
  const recorded = await stages.record({
    events: derived.length === 0 ? enriched : [...enriched, ...derived],
    rejected,
    findings,
    causes,
    replaced,
    curfews,
    notes,
  })
  // Last, so that a crash anywhere above brings the batch again instead of losing it.
  return { durable: recorded.durable.then(batch.commit) }
}
