/** What the client reads of one record batch. */
interface RecordBatch {
  readonly firstOffset: string
  readonly lastOffsetDelta: number
  readonly records: readonly { readonly offset: string }[]
}
type Decode = (decoder: unknown) => Promise<RecordBatch>

const mended = new WeakSet<object>()

/**
 * Has the Kafka client see the end of a record batch whose last records are gone. Compaction keeps such a
 * batch, even an empty one, for the sake of its producer's sequence numbers; the client takes offsets from
 * records alone. Of an empty batch at the end of a partition it saw nothing: it fetched it again and
 * again, and the committed offset stayed before it, and with it the lag that everybody's tools show.
 *
 * The end is told as a control record, which the client hands to nobody and moves over.
 *
 * Changes what the module gives, once, and must do so before the first fetch; does nothing to one of
 * another shape.
 */
export function mendRecordBatches(module: { exports: unknown } | undefined): void {
  const decode = module?.exports
  if (module === undefined || !isDecode(decode) || mended.has(decode)) return
  const withEnd = makeWithEnd(decode)
  mended.add(withEnd)
  module.exports = withEnd
}

/** As the client's own decoder, with a control record at the batch's last offset where no record is. */
export function makeWithEnd(decode: Decode): Decode {
  return async (decoder) => {
    const batch = await decode(decoder)
    const { firstOffset, lastOffsetDelta, records } = batch
    if (typeof firstOffset !== 'string' || !Number.isInteger(lastOffsetDelta)) return batch
    const last = String(BigInt(firstOffset) + BigInt(lastOffsetDelta))
    if (!Array.isArray(records) || records.at(-1)?.offset === last) return batch
    const { records: _, ...batchContext } = batch
    const end = {
      ...{ offset: last, key: null, value: null, headers: {}, attributes: 0, timestamp: '0' },
      ...{ isControlRecord: true, batchContext },
    }
    return { ...batch, records: [...records, end] }
  }
}

function isDecode(value: unknown): value is Decode {
  return typeof value === 'function'
}
