interface RequestQueue {
  readonly pending: { readonly length: number }
}
interface Schedules {
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

/**
 * Keeps the Kafka client's request queue from waking up a thousand times a second on every
 * connection: with nothing pending it schedules its next look at a negative time, which Node takes
 * for 1 ms and warns about (TimeoutNegativeWarning; tulios/kafkajs issue 1751, open since 2025).
 * With nothing pending there is nothing to look at, and every new request looks by itself.
 *
 * Changes the class it is given, once; does nothing to one of another shape.
 */
export function mendRequestQueue(queue: unknown): void {
  if (typeof queue !== 'function') return
  const prototype: unknown = queue.prototype
  if (!isSchedules(prototype)) return
  const schedule = prototype.scheduleCheckPendingRequests
  if (mended.has(schedule)) return
  const scheduleWhenPending = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this)
  }
  mended.add(scheduleWhenPending)
  prototype.scheduleCheckPendingRequests = scheduleWhenPending
}

const mended = new WeakSet<object>()

function isSchedules(value: unknown): value is Schedules {
  return (
    typeof value === 'object' &&
    value !== null &&
    'scheduleCheckPendingRequests' in value &&
    typeof value.scheduleCheckPendingRequests === 'function'
  )
}
