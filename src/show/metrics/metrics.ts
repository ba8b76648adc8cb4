import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Labels, Meter } from '../../contract/ports.ts'
import type { Metric } from './metric.ts'
import { metrics } from './metric-table.ts'

/** Distinct values of one open label; each is one time series. */
const labelValuesMax = 200

/** Histogram buckets, seconds: from a cached look-up to a provider call of minutes. */
const secondsBuckets = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 900]

/** The metrics of one process. */
export interface Metrics {
  readonly meter: Meter
  /** The metrics in the text format of Prometheus. */
  readonly text: () => Promise<string>
  /** Resets all counts. */
  readonly close: () => void
}

/**
 * Opens the metrics registry over the declared table.
 *
 * The meter throws TypeError for a name, a label or a value of a closed label that is not in the
 * table: a programming mistake that the first test of that code finds.
 */
export function openMetrics({
  table = metrics,
}: {
  readonly table?: readonly Metric[]
} = {}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'curfew_' })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const { name, type, help, labels } of table) {
    const shape = { name, help, labelNames: Object.keys(labels), registers: [registry] }
    if (type === 'counter') counters.set(name, new Counter(shape))
    else if (type === 'gauge') gauges.set(name, new Gauge(shape))
    else histograms.set(name, new Histogram({ ...shape, buckets: secondsBuckets }))
  }
  const checked = makeCheck(table)
  const meter: Meter = {
    count: (name, labels, by = 1) => find(counters, name, 'counter').inc(checked(name, labels), by),
    gauge: (name, value, labels) => find(gauges, name, 'gauge').set(checked(name, labels), value),
    observeMs: (name, ms, labels) =>
      find(histograms, name, 'histogram').observe(checked(name, labels), ms / 1_000),
  }
  return { meter, text: () => registry.metrics(), close: () => registry.clear() }
}

function find<Kind>(kinds: ReadonlyMap<string, Kind>, name: string, type: string): Kind {
  const found = kinds.get(name)
  if (found === undefined) {
    throw new TypeError(
      `there is no ${type} named '${name}'; declare it in show/metrics/metric-table.ts`,
    )
  }
  return found
}

/** Makes the check of a metric's labels: all declared ones, no others, values of their lists. */
function makeCheck(table: readonly Metric[]) {
  const declared = new Map(table.map((metric) => [metric.name, Object.entries(metric.labels)]))
  const seen = new Map<string, Set<string>>()
  const bounded = (name: string, label: string, value: string): string => {
    const key = `${name}\u0000${label}`
    const values = seen.get(key) ?? new Set<string>()
    seen.set(key, values)
    if (!values.has(value) && values.size >= labelValuesMax) return 'other'
    values.add(value)
    return value
  }
  return (name: string, given: Labels = {}): { [label: string]: string } => {
    const labels = declared.get(name) ?? []
    if (Object.keys(given).length !== labels.length) throw misfit(name, labels, given)
    return Object.fromEntries(
      labels.map(([label, values]) => {
        const value = given[label]
        if (value === undefined) throw misfit(name, labels, given)
        if (values === 'open') return [label, bounded(name, label, value)]
        if (!values.includes(value)) throw misfit(name, labels, given)
        return [label, value]
      }),
    )
  }
}

function misfit(
  name: string,
  labels: readonly (readonly [string, readonly string[] | 'open'])[],
  given: Labels,
): TypeError {
  const expected = labels.map(
    ([label, values]) => `${label}=${values === 'open' ? '…' : values.join('|')}`,
  )
  const found = Object.entries(given).map(([label, value]) => `${label}=${value}`)
  return new TypeError(`'${name}' takes {${expected.join(', ')}}; found {${found.join(', ')}}`)
}
