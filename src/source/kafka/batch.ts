interface ClientBatch {
  readonly rawMessages: readonly unknown[]
}
interface Emptiness {
  isEmpty: (this: ClientBatch) => boolean
  isEmptyDueToFiltering: (this: ClientBatch) => boolean
}

/**
 * Has the Kafka client hand on fetches in which nothing is left to read: all of an aborted
 * transaction, its marks, or messages that compaction removed. The client moves on from those by
 * itself and says nothing to who commits by hand, so the committed offset would stay before them
 * until the next message, and with it the lag that everybody's tools show.
 *
 * Changes the class it is given, once; does nothing to one of another shape.
 */
export function mendFilteredBatches(batch: unknown): void {
  if (typeof batch !== 'function') return
  const prototype: unknown = batch.prototype
  if (!isEmptiness(prototype)) return
  prototype.isEmpty = hasNothing
  prototype.isEmptyDueToFiltering = never
}

function hasNothing(this: ClientBatch): boolean {
  return this.rawMessages.length === 0
}

function never(): boolean {
  return false
}

function isEmptiness(value: unknown): value is Emptiness {
  return (
    typeof value === 'object' &&
    value !== null &&
    'isEmpty' in value &&
    typeof value.isEmpty === 'function' &&
    'isEmptyDueToFiltering' in value &&
    typeof value.isEmptyDueToFiltering === 'function'
  )
}
