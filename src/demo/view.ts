import type { FoundCurfew } from './evaluation.ts'
import type { Figures } from './figures.ts'

/** What the screen fits into: a terminal of 100 columns and 35 lines. */
const causesMax = 10
const newestMax = 6
const sessionMax = 48

/** Evidence that proves, in words. */
const proofs: { readonly [level: string]: string } = {
  E2: 'reading back',
  E3: 'its end event',
  E4: 'a refused use',
}

/** One screen of a running demo, as lines of plain text; pure. */
export function drawView(
  figures: Figures,
  curfews: readonly FoundCurfew[],
  about: { readonly url: string; readonly token: string; readonly seconds: number },
): string {
  const { survivors, latency, coverage } = figures
  return [
    'Curfew demo: a simulated company, its identity provider, and whoever should not be in any more',
    '',
    line('API', `${about.url}/docs`),
    line('token', about.token),
    '',
    line(
      `${about.seconds} s`,
      `${figures.events} events, ${figures.eventsPerSecond} a second; ${figures.rejected} rejected`,
    ),
    line('findings', pairs(figures.findings)),
    '',
    ...table(figures.curfews),
    '',
    line('coverage', coverage === null ? 'no data yet' : `${shareOf(coverage)} of what had to end`),
    line(
      'latency',
      latency.n === 0
        ? 'no data yet'
        : `cause to proven dead: half within ${seconds(latency.p50Ms)}, 95 % within ${seconds(latency.p95Ms)} (${latency.n} sessions)`,
    ),
    line(
      'survivors',
      `planted ${survivors.planted}, found ${survivors.found}, dead ${survivors.contained}, ended wrongly ${survivors.false}`,
    ),
    '',
    ...newest(curfews),
    '',
  ].join('\n')
}

/** The same in one line, for where nobody looks at a screen; pure. */
export function drawLine(
  { events, rejected, survivors, coverage }: Figures,
  seconds: number,
): string {
  const { planted, found, contained, false: wrongly } = survivors
  return [
    `${seconds} s: ${events} events, ${rejected} rejected`,
    `survivors planted ${planted}, found ${found}, dead ${contained}, ended wrongly ${wrongly}`,
    `coverage ${coverage === null ? 'no data yet' : shareOf(coverage)}`,
  ].join('; ')
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(10)} ${text}`
}

/** Verdicts by class of cause, those with most curfews first. */
function table(curfews: Figures['curfews']): readonly string[] {
  const total = ({ kept, broken, open, unproven }: Figures['curfews'][string]) =>
    kept + broken + open + unproven
  const rows = Object.entries(curfews).sort(
    ([one, first], [other, second]) => total(second) - total(first) || one.localeCompare(other),
  )
  const shown = rows
    .slice(0, causesMax)
    .map(([cause, of]) => cells(cause, of.kept, of.broken, of.open, of.unproven))
  const rest = rows.length - causesMax
  return [
    cells('curfews for', 'kept', 'broken', 'open', 'unproven'),
    ...(shown.length === 0 ? ['  none yet'] : shown),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ]
}

function cells(first: string, ...others: readonly (string | number)[]): string {
  return `  ${first.padEnd(24)}${others.map((each) => String(each).padStart(10)).join('')}`
}

/** The sessions that Curfew ended last, and what proves that they are dead. */
function newest(curfews: readonly FoundCurfew[]): readonly string[] {
  const ended = curfews
    .filter(({ endedByUs }) => endedByUs)
    .sort((one, other) => (other.acknowledgedAt ?? 0) - (one.acknowledgedAt ?? 0))
    .slice(0, newestMax)
  if (ended.length === 0) return []
  return [
    row('ended last, because of', 'dead after', 'proven by', 'session'),
    ...ended.map(({ class: cause, deadBy, diedAfterMs, session }) =>
      row(cause, seconds(diedAfterMs), proofs[deadBy] ?? '…', session),
    ),
  ]
}

/** Wide enough for the provider's ids whole, which somebody may want to look up; longer ones are cut. */
function row(cause: string, after: string, proof: string, session: string): string {
  const name = session.length > sessionMax ? `${session.slice(0, sessionMax - 1)}…` : session
  return `  ${cause.padEnd(22)}${after.padStart(12)}  ${proof.padEnd(13)} ${name}`
}

function seconds(ms: number | null): string {
  return ms === null ? '…' : `${(ms / 1_000).toFixed(1)} s`
}

/** A share in per cent. Cut, not rounded: 99.96 % is not 100 %. */
export function shareOf(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`
}

function pairs(counts: { readonly [name: string]: number }): string {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one)
  return entries.length === 0 ? 'none yet' : entries.map(([name, n]) => `${name} ${n}`).join(', ')
}
