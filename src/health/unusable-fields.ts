import type { Log, Meter, Now } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'

/** A field that a source often fills with unusable values. */
export interface UnusableField {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly field: string
  /** Share of the source's events, 0 to 1. */
  readonly share: number
  /** Begin of the window in which the events were counted, ms since the epoch. */
  readonly since: number
}

/** The part of a decoded batch that is counted. */
interface Decoded {
  readonly events: readonly unknown[]
  /** In how many events each field was left out or cut. */
  readonly leftOut: ReadonlyMap<string, number>
}

/** Fewer events, or a shorter time, are no measure of a source. */
const eventsMin = 100
const windowMs = 10 * 60_000
/** A client may send one odd value; a producer that does so in every tenth event is at fault. */
const shareMax = 0.1
/** A fault that comes and goes is notified once a day. */
const againMs = 24 * 60 * 60_000
const sourcesMax = 1_000

interface Window {
  since: number
  events: number
  readonly counts: Map<string, number>
  readonly notifiedAt: Map<string, number>
}

/**
 * Counts the fields that decode left out or cut, and notifies of fields that were unusable in a tenth
 * of a source's events: an address or a device is then missing from detection.
 *
 * Keeps a few numbers per source; beyond 1,000 sources the one added first is evicted.
 */
export function watchUnusableFields({
  now,
  meter,
  log,
  notify,
}: {
  readonly now: Now
  readonly meter: Meter
  readonly log: Log
  readonly notify: (leftOut: UnusableField) => void
}): (batch: Batch, decoded: Decoded) => void {
  const windows = new Map<string, Window>()

  const windowOf = ({ source, binding: { tenant, instance } }: Batch, at: number): Window => {
    const key = [tenant, instance, source].join('\u0000')
    const existing = windows.get(key)
    if (existing) return existing
    const [first] = windows.keys()
    if (windows.size >= sourcesMax && first !== undefined) windows.delete(first)
    const made = { since: at, events: 0, counts: new Map(), notifiedAt: new Map() }
    windows.set(key, made)
    return made
  }

  return (batch, { events, leftOut }) => {
    if (events.length === 0) return
    const at = now()
    const window = windowOf(batch, at)
    window.events += events.length
    for (const [field, count] of leftOut) {
      meter.count('curfew_decode_fields_left_out_total', { source: batch.source, field }, count)
      window.counts.set(field, (window.counts.get(field) ?? 0) + count)
    }
    if (window.events < eventsMin || at - window.since < windowMs) return
    for (const [field, count] of window.counts) {
      const share = count / window.events
      const notifiedAt = window.notifiedAt.get(field) ?? Number.NEGATIVE_INFINITY
      if (share < shareMax || at - notifiedAt < againMs) continue
      window.notifiedAt.set(field, at)
      const { tenant, instance } = batch.binding
      const unusable = { tenant, instance, source: batch.source, field, share, since: window.since }
      log.warn(unusable, 'a source often fills a field with unusable values; they are left out')
      notify(unusable)
    }
    window.since = at
    window.events = 0
    window.counts.clear()
  }
}
