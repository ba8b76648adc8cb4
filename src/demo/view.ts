import type { Row } from '../contract/ports.ts'
import type { Figures } from './figures.ts'

/** One screen of a running demo, as lines of plain text; pure. */
export function drawView(
  figures: Figures,
  newest: readonly Row[],
  about: { readonly url: string; readonly token: string; readonly seconds: number },
): string {
  const { survivors, latency } = figures
  const share =
    figures.coverage === null ? 'no data yet' : `${(100 * figures.coverage).toFixed(1)} %`
  const ms = (value: number | null) => (value === null ? '–' : `${(value / 1_000).toFixed(1)} s`)
  return [
    'Curfew demo: a simulated company, its identity provider, and whoever should not be in it any more',
    '',
    `  API    ${about.url}/docs`,
    `  token  ${about.token}`,
    '',
    `  ${about.seconds} s   events ${figures.events} (${figures.eventsPerSecond}/s)   rejected ${figures.rejected}`,
    `  findings  ${pairs(figures.findings)}`,
    '',
    '  curfews                    kept  broken    open  unproven',
    ...Object.entries(figures.curfews).map(
      ([cause, of]) =>
        `    ${cause.padEnd(22)} ${[of.kept, of.broken, of.open, of.unproven].map((n) => String(n).padStart(6)).join('  ')}`,
    ),
    '',
    `  coverage ${share}   cause → proven dead: p50 ${ms(latency.p50Ms)}, p95 ${ms(latency.p95Ms)} (n ${latency.n})`,
    `  survivors planted ${survivors.planted}, found ${survivors.found}, dead ${survivors.contained}, ended wrongly ${survivors.false}`,
    '',
    '  newest revocations         proof  after',
    ...newest.map(
      (row) =>
        `    ${String(row.class).padEnd(22)} ${String(row.dead_by === '' ? '…' : row.dead_by).padEnd(5)} ${ms(typeof row.waited === 'number' ? row.waited : null).padStart(7)}  ${String(row.session_id).slice(0, 40)}`,
    ),
    '',
  ].join('\n')
}

function pairs(counts: { readonly [name: string]: number }): string {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one)
  return entries.length === 0 ? 'none yet' : entries.map(([name, n]) => `${name} ${n}`).join('   ')
}
