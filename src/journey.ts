import type { Batch } from './contract/raw-message.ts'
import type { Decode } from './decode/decode.ts'
import type { Detect } from './detect/detect.ts'
import type { Enrich } from './enrich/enrich.ts'
import type { Impose } from './impose/impose.ts'
import type { DecodedBatch, Recall, SkipRecorded } from './recall/recall.ts'
import type { Recorder } from './record/record.ts'

/** The stages of the journey, as `main.ts` opens them. */
export interface Stages {
  readonly skipRecorded: SkipRecorded
  readonly decode: Decode
  readonly enrich: Enrich['enrich']
  readonly recall: Recall
  readonly detect: Detect
  readonly impose: Impose
  readonly record: Recorder['record']
}

/**
 * The whole way of some batches, in the order it is travelled: their events are judged in the order of
 * the list, and the store is asked once for what memory lacks of all of them. It resolves once they are
 * judged and gathered for writing; of each, `durable` settles once it is recorded and its position committed.
 */
export async function travel(
  batches: readonly Batch[],
  stages: Stages,
): Promise<readonly { readonly durable: Promise<void> }[]> {
  const { events: decoded, rejected } = await newOf(batches, stages)
  const recalled = await stages.recall(stages.enrich(decoded))
  // Each event is judged by what was known before it; memory learns it when the next is asked for.
  const findings = stages.detect(recalled.inOrder())
  const { events, contexts, derivedFacts } = recalled.close()
  const { causes, replaced, curfews } = stages.impose(contexts, findings)
  const recorded = await stages.record({
    events,
    rejected,
    findings,
    causes,
    replaced,
    curfews,
    derivedFacts,
  })
  // Last, so that a crash anywhere above brings the batch again instead of losing it.
  return batches.map(({ commit }) => ({ durable: recorded.durable.then(commit) }))
}

/** What was recorded before a restart has been judged and is not judged again. */
async function newOf(
  batches: readonly Batch[],
  { skipRecorded, decode }: Stages,
): Promise<DecodedBatch> {
  const [only] = batches
  if (only && batches.length === 1) return await skipRecorded(only, decode(only))
  const all: DecodedBatch[] = []
  for (const batch of batches) all.push(await skipRecorded(batch, decode(batch)))
  return {
    events: all.flatMap(({ events }) => events),
    rejected: all.flatMap(({ rejected }) => rejected),
  }
}
