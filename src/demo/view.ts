import { shareText } from '../show/render/figures.ts'
import type { Figures, Snapshot } from './figures.ts'
import { storiesOf } from './stories.ts'

/** What a screen takes: a line is cut at `columns`, and there are at most `rows - 1` of them. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface About {
  readonly url: string
  readonly token: string
  /** Since it began. */
  readonly seconds: number
  readonly people: number
  readonly deadlineMs: number
}

const causesMax = 10
const storiesMax = 8
/** Lines beside those of causes and stories; the last line of a terminal is the cursor's. */
const fixedLines = 13

/** One screen of a running demo, as lines of plain text; pure. */
export function drawView(seen: Snapshot, about: About, size: Size): string {
  const { figures, found, names } = seen
  const { latency, coverage, machine } = figures
  const free = size.rows - 1 - fixedLines - (machine.tooSlow ? 2 : 0)
  const causes = table(figures.curfews, Math.max(1, Math.min(causesMax, free - 5)))
  const stories = storiesOf(
    found.curfews,
    names,
    Math.max(1, Math.min(storiesMax, free - causes.length)),
  )
  const deadline = about.deadlineMs / 1_000
  const lines = [
    `Curfew demo: a simulated company of ${about.people} people. Ctrl-C ends it.`,
    line('API', `${about.url}/docs`),
    line('token', about.token),
    line(
      `${about.seconds} s`,
      `${figures.events} events, ${figures.eventsPerSecond} a second; ${figures.rejected} rejected`,
    ),
    line('findings', pairs(figures.findings)),
    ...(machine.tooSlow
      ? [`  ! ${tooSlow(machine, deadline)}`, `    ${tooSlowSo}. ${tooSlowTodo}`]
      : []),
    '',
    ...causes,
    `  kept: proven dead within ${deadline} s of its cause; broken: seen alive after that`,
    '',
    line(
      'coverage',
      coverage === null
        ? 'no data yet'
        : `${shareText(coverage)} of what had to end was proven dead in time`,
    ),
    line('latency', latencyText(latency)),
    line('survivors', survivorsText(figures.survivors)),
    line('', 'planted: left alive by the company; found and dead: in time or late'),
    '',
    ...(stories.length === 0
      ? ['  nobody was signed out yet']
      : stories.map((each) => `  ${each}`)),
  ]
  return `${lines.map((each) => cut(each, size.columns)).join('\n')}\n`
}

/** Said wherever figures are, for as long as they count what came too late. */
const tooSlow = ({ longestWaitMs }: Figures['machine'], deadline: number): string =>
  `This machine is too slow for deadlines of ${deadline} s: things waited up to ${seconds(longestWaitMs)}.`
const tooSlowSo = 'What is broken or unproven may be so for that alone'
const tooSlowTodo = 'Fewer people help: --people 50'

const quantiles = ({ p50Ms, p95Ms }: Figures['latency']): string =>
  `half proven dead in ${seconds(p50Ms)}, 95 % in ${seconds(p95Ms)}`

/** Only of curfews whose session Curfew ended: what the provider ended by itself is none of its speed. */
const latencyText = (latency: Figures['latency']): string =>
  latency.n === 0
    ? 'no data yet'
    : `${counted(latency.n, 'curfew')} Curfew ended: ${quantiles(latency)}`

const survivorsText = ({ planted, found, dead, endedWrongly }: Figures['survivors']) =>
  `planted ${planted}, found ${found}, dead ${dead}, ended wrongly ${endedWrongly}`

/** The same in one line, for where nobody looks at a screen; pure. */
export function drawLine(
  { events, rejected, survivors, coverage, machine }: Figures,
  { seconds: since, deadlineMs }: Pick<About, 'seconds' | 'deadlineMs'>,
): string {
  const figures = [
    `${since} s: ${events} events, ${rejected} rejected`,
    `survivors ${survivorsText(survivors)}`,
    `coverage ${coverage === null ? 'no data yet' : shareText(coverage)}`,
  ].join('; ')
  return machine.tooSlow ? `${figures}. ${tooSlow(machine, deadlineMs / 1_000)}` : figures
}

/** What a demo says at its end, in a few sentences; pure. */
export function drawSummary({ figures, found }: Snapshot, { seconds, deadlineMs }: About): string {
  const { events, coverage, latency, survivors, machine } = figures
  const deadline = deadlineMs / 1_000
  const ended = found.curfews.filter(({ endedByUs, dead }) => endedByUs && dead)
  const sessions = new Set(ended.map(({ session }) => session)).size
  const people = new Set(ended.map(({ subjectRef }) => subjectRef)).size
  const lines = [
    `In ${lengthOf(seconds)} Curfew read ${counted(events, 'event')} and ended ${counted(sessions, 'session')} of ${counted(people, 'person', 'people')}.`,
    coverage === null
      ? 'No deadline has passed yet, so there is no coverage.'
      : `Of what had to end, ${shareText(coverage)} was proven dead within ${deadline} s of its cause.`,
    ...(latency.n === 0
      ? []
      : [`Of ${counted(latency.n, 'curfew')} that Curfew ended, ${quantiles(latency)}.`]),
    `Of ${counted(survivors.planted, 'session')} left alive on purpose it found ${survivors.found}; ${survivors.dead} are dead. Ended wrongly: ${survivors.endedWrongly}.`,
    ...(machine.tooSlow ? [`${tooSlow(machine, deadline)} ${tooSlowSo}. ${tooSlowTodo}.`] : []),
  ]
  return `${lines.join('\n')}\n`
}

const counted = (n: number, one: string, several = `${one}s`): string =>
  `${n} ${n === 1 ? one : several}`

function lengthOf(seconds: number): string {
  return seconds < 120 ? counted(seconds, 'second') : counted(Math.round(seconds / 60), 'minute')
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`
}

function cut(text: string, columns: number): string {
  const letters = [...text]
  return letters.length <= columns ? text : `${letters.slice(0, columns - 1).join('')}…`
}

/** Verdicts by class of cause, those with most curfews first. */
function table(curfews: Figures['curfews'], most: number): readonly string[] {
  const total = ({ kept, broken, open, unproven }: Figures['curfews'][string]) =>
    kept + broken + open + unproven
  const rows = Object.entries(curfews).sort(
    ([one, first], [other, second]) => total(second) - total(first) || one.localeCompare(other),
  )
  const shown = rows
    .slice(0, most)
    .map(([cause, of]) => cells(cause, of.kept, of.broken, of.open, of.unproven))
  const rest = rows.length - most
  return [
    cells('curfews for', 'kept', 'broken', 'open', 'unproven'),
    ...(shown.length === 0 ? ['  none yet'] : shown),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ]
}

function cells(first: string, ...others: readonly (string | number)[]): string {
  return `  ${first.padEnd(24)}${others.map((each) => String(each).padStart(10)).join('')}`
}

function seconds(ms: number | null): string {
  return ms === null ? '…' : `${(ms / 1_000).toFixed(1)} s`
}

function pairs(counts: { readonly [name: string]: number }): string {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one)
  return entries.length === 0 ? 'none yet' : entries.map(([name, n]) => `${name} ${n}`).join(', ')
}
