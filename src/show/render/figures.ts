/**
 * A share in per cent, rounded to two places. Only 0 and 1 are shown as 0 % and 100 %: 99.996 % is not
 * rounded to 100 %.
 *
 * @param value between 0 and 1.
 */
export function shareText(value: number): string {
  const percent = (value * 100).toFixed(2)
  if (percent === '100.00' && value < 1) return '> 99.99 %'
  if (percent === '0.00' && value > 0) return '< 0.01 %'
  return `${percent} %`
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/**
 * A duration in its two largest units: `22 d 10 h`, `3 min 20 s`, `0.350 s`. Raw numbers are in
 * JSON and CSV.
 *
 * @param seconds negative where clocks disagree.
 */
export function durationText(seconds: number): string {
  const sign = seconds < 0 ? '-' : ''
  const span = Math.abs(seconds)
  if (span < 59.9995) return `${sign}${span.toFixed(3)} s`
  const whole = Math.round(span)
  const first = units.findIndex(([, size]) => whole >= size)
  const [unit = 's', size = 1] = units[first] ?? []
  const [lesser, lesserSize = 1] = units[first + 1] ?? []
  // Rounded to the smaller unit before it is split: 23 h 59.7 min must not become 23 h 60 min.
  const rounded = Math.round(whole / lesserSize) * lesserSize
  if (unit === 'h' && rounded >= size * 24) return durationText(Math.sign(seconds) * rounded)
  const rest = Math.round((rounded % size) / lesserSize)
  return `${sign}${Math.floor(rounded / size)} ${unit}${lesser === undefined ? '' : ` ${rest} ${lesser}`}`
}
