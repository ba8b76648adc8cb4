import type { Log, Meter, Now } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'

/** A field that a source often fills with what cannot be used. */
export interface LeftOut {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly field: string
  /** Share of the source's events, 0 to 1. */
  readonly share: number
  /** ms since the epoch from which on the events were looked at. */
  readonly since: number
}

/** What of a decoded batch matters here. */
interface Heard {
  readonly events: readonly unknown[]
  /** Of how many events each field was left out or cut. */
  readonly leftOut: ReadonlyMap<string, number>
}

/** A share of fewer events says little about a source, and of a shorter time little about a day. */
const eventsMin = 100
const windowMs = 10 * 60_000
/** Whoever signs in may send one odd value; a producer that does so in every tenth event has a fault. */
const shareMax = 0.1
/** A fault that comes and goes is told of once a day. */
const againMs = 24 * 60 * 60_000
const sourcesMax = 1_000

interface Window {
  since: number
  events: number
  readonly counts: Map<string, number>
  readonly toldAt: Map<string, number>
}

/**
 * Counts the fields that decode left out or cut, and tells of those that a source fills so in a tenth
 * of its events: what they would have said, an address or a device, is then missing from detection.
 *
 * Holds a few numbers per source; past a bound of sources it forgets the one it knew first.
 */
export function watchLeftOut({
  now,
  meter,
  log,
  tell,
}: {
  readonly now: Now
  readonly meter: Meter
  readonly log: Log
  readonly tell: (leftOut: LeftOut) => void
}): (batch: Batch, decoded: Heard) => void {
  const windows = new Map<string, Window>()

  const windowOf = ({ source, binding: { tenant, instance } }: Batch, at: number): Window => {
    const key = [tenant, instance, source].join('\u0000')
    const known = windows.get(key)
    if (known) return known
    const [first] = windows.keys()
    if (windows.size >= sourcesMax && first !== undefined) windows.delete(first)
    const made = { since: at, events: 0, counts: new Map(), toldAt: new Map() }
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
      const toldAt = window.toldAt.get(field) ?? Number.NEGATIVE_INFINITY
      if (share < shareMax || at - toldAt < againMs) continue
      window.toldAt.set(field, at)
      const { tenant, instance } = batch.binding
      const told = { tenant, instance, source: batch.source, field, share, since: window.since }
      log.warn(told, 'a source fills a field with what cannot be used; it is left out')
      tell(told)
    }
    window.since = at
    window.events = 0
    window.counts.clear()
  }
}
