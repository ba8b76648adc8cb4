/** Numbers as people say them in the sentence of a finding. */

const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1_000 },
] as const

/**
 * A span of time in the largest unit of which it has at least two, rounded: `12 seconds`,
 * `90 minutes`, `1 second`. Anything shorter than half a second is `less than a second`.
 *
 * @param ms milliseconds, not negative.
 */
export function span(ms: number): string {
  const unit = units.find((each) => ms >= 2 * each.ms) ?? units[3]
  const count = Math.round(ms / unit.ms)
  if (count === 0) return 'less than a second'
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}

/** A lower bound of a distance, cut to what a look-up can bear: tens, and hundreds from 1,000 on. */
export function kilometres(km: number): number {
  const step = km < 1_000 ? 10 : 100
  return Math.floor(km / step) * step
}
