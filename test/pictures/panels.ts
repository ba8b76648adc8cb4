import type { Row } from '../../src/contract/ports.ts'
import { boxAt, escapeXml, round, textAt } from './svg.ts'

/** A panel of a dashboard and the rows that its query answers. */
export interface Panel {
  readonly title: string
  readonly rows: readonly Row[]
}

const width = 900
const height = 300
const gap = 12
const colours: { readonly [series: string]: string } = {
  contained_in_time: '#73bf69',
  ended_otherwise_in_time: '#5794f2',
  contained_late: '#ff9830',
  ended_otherwise_late: '#fade2a',
  expired: '#b877d9',
  still_alive: '#f2495c',
  unknown: '#8e8e99',
}
const anyColour = '#73bf69'

/** Two panels beside each other, drawn as Grafana draws them: bars over time, and a ranking. */
export function drawPanels(title: string, bars: Panel, ranking: Panel): string {
  const left = Math.round(width * 0.62)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}" font-family="Inter, system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif">`,
    boxAt({ x: 0, y: 0, width, height, fill: '#111217' }),
    frame(0, left - gap, bars.title, drawBars(bars.rows, left - gap)),
    frame(left, width - left, ranking.title, drawRanking(ranking.rows, width - left)),
    '</svg>',
    '',
  ].join('\n')
}

function frame(x: number, wide: number, title: string, inside: readonly string[]): string {
  return [
    `<g transform="translate(${x} 0)">`,
    `<rect x="0.5" y="0.5" width="${wide - 1}" height="${height - 1}" rx="3" fill="#181b1f" stroke="#2c2f36"/>`,
    textAt({ x: 12, y: 22, text: title, size: 14 }),
    ...inside,
    '</g>',
  ].join('\n')
}

/** Stacked bars: rows of time, outcome and number. */
function drawBars(rows: readonly Row[], wide: number): readonly string[] {
  const [plotLeft, plotTop, plotBottom] = [36, 40, height - 58]
  const times = [...new Set(rows.map(({ time }) => String(time)))].sort()
  const series = [...new Set(rows.map(({ outcome }) => String(outcome)))].sort()
  const countOf = (time: string, outcome: string) =>
    Number(rows.find((row) => String(row.time) === time && row.outcome === outcome)?.curfews ?? 0)
  const sums = times.map((time) => series.reduce((sum, each) => sum + countOf(time, each), 0))
  const top = Math.max(2, ...sums) + 1
  const [from, to] = [Date.parse(times[0] ?? ''), Date.parse(times.at(-1) ?? '')]
  const step = Math.min(
    ...times.slice(1).map((time, at) => Date.parse(time) - Date.parse(times[at] ?? '')),
    5_000,
  )
  const count = (to - from) / step + 1
  const each = (wide - plotLeft - 14) / count
  const xOf = (time: string) => plotLeft + ((Date.parse(time) - from) / step) * each
  const yOf = (value: number) => plotBottom - (value / top) * (plotBottom - plotTop)
  const grid = [0, Math.round(top / 2), top].flatMap((value) => [
    boxAt({ x: plotLeft, y: yOf(value), width: wide - plotLeft - 14, height: 1, fill: '#2c2f36' }),
    textAt({ x: plotLeft - 8, y: yOf(value) + 4, text: String(value), size: 11, anchor: 'end' }),
  ])
  const bars = times.flatMap((time) => {
    let below = 0
    return series.flatMap((outcome) => {
      const value = countOf(time, outcome)
      below += value
      const box = { x: xOf(time) + 1, y: yOf(below), width: each - 2 }
      const fill = colours[outcome] ?? anyColour
      return value === 0
        ? []
        : [boxAt({ ...box, height: (value / top) * (plotBottom - plotTop), fill })]
    })
  })
  const marks = times
    .filter((_, at) => at % Math.ceil(times.length / 5) === 0)
    .map((time) =>
      textAt({
        x: xOf(time) + each / 2,
        y: plotBottom + 16,
        text: time.slice(11, 19),
        size: 11,
        anchor: 'middle',
      }),
    )
  return [...grid, ...bars, ...marks, ...legend(series, plotLeft, height - 16)]
}

function legend(series: readonly string[], left: number, y: number): readonly string[] {
  let x = left
  return series.flatMap((name) => {
    const at = x
    x += 36 + name.length * 7.3
    return [
      boxAt({ x: at, y: y - 8, width: 14, height: 4, fill: colours[name] ?? anyColour }),
      textAt({ x: at + 20, y: y - 2, text: name, size: 12 }),
    ]
  })
}

/** One horizontal bar for each row: its first column is the name, its second the number. */
function drawRanking(rows: readonly Row[], wide: number): readonly string[] {
  const entries = rows
    .map((row) => Object.values(row))
    .map(([name, n]) => [String(name), Number(n)] as const)
  const most = Math.max(1, ...entries.map(([, n]) => n))
  const step = Math.min(64, (height - 50) / Math.max(1, entries.length))
  return entries.flatMap(([name, n], at) => {
    const y = 50 + at * step
    const full = wide - 70
    return [
      textAt({ x: 14, y: y + 10, text: name }),
      boxAt({ x: 14, y: y + 18, width: full, height: 18, fill: '#22252b' }),
      boxAt({ x: 14, y: y + 18, width: round((n / most) * full), height: 18, fill: anyColour }),
      textAt({
        x: wide - 14,
        y: y + 33,
        text: String(n),
        size: 16,
        fill: anyColour,
        anchor: 'end',
      }),
    ]
  })
}
