import { CurfewError } from '../../contract/errors.ts'
import type { Demo } from '../../demo/company.ts'
import type { Snapshot } from '../../demo/figures.ts'
import type { Narrator } from '../../demo/narrator.ts'
import { makeNarrator } from '../../demo/narrator.ts'
import type { About } from '../../demo/view.ts'
import { drawLine, drawSummary, drawView } from '../../demo/view.ts'
import { systemClock } from '../../process/clock.ts'
import { makeLog } from '../../process/log.ts'
import { exitCodes } from '../command.ts'
import { untilStopped } from '../stopping.ts'
import type { Screen } from '../terminal.ts'
import { screenOf } from '../terminal.ts'

export interface Options {
  readonly once?: boolean
  readonly seconds?: number
  readonly json?: boolean
  readonly seed: string
  readonly people: number
  readonly port: number
}

/** Nothing is planted in the last two fifths, so that what was planted can be judged. */
const plantingShare = 0.6
/** Verdicts are waited for, but not for ever. */
const waitForVerdictsMs = 30_000
/** How long the summary waits for a slow store after a stop, ms. */
const waitForSummaryMs = 5_000
const redrawMs = 1_000
const lineEveryMs = 60_000
const checkEveryMs = 5_000

/** A running demo, and how it is shown. */
interface Show {
  readonly demo: Demo
  readonly screen: Screen
  readonly read: () => Promise<Snapshot>
  readonly about: () => About
}

export async function run(options: Options): Promise<void> {
  const { once, json } = options
  if (!once && (json || options.seconds !== undefined)) {
    const reason = `${json ? '--json' : '--seconds'} needs --once: a demo runs until it is stopped`
    throw new CurfewError('SETTINGS_INVALID', reason)
  }
  const stopped = untilStopped()
  const screen = screenOf(process.stdout)
  // With --json, progress goes to standard error, and only on a terminal.
  const progress = json ? screenOf(process.stderr) : screen
  const write = json && !progress.isTTY ? () => {} : progress.write
  using narrator = makeNarrator({ stream: { ...progress, write }, now: systemClock.now })
  write('Curfew demo: a simulated company and its identity provider. Ctrl-C ends it.\n')
  narrator.begin('loading')
  void stopped.then(() => {
    narrator.end()
    write(`${screen.isTTY && !json ? clear : ''}Stopping …\n`)
  })
  try {
    await live(options, { screen, narrator, stopped })
  } finally {
    narrator.end()
  }
}

async function live(
  { once, json, seed, people, port, seconds = 60 }: Options,
  {
    screen,
    narrator,
    stopped,
  }: {
    readonly screen: Screen
    readonly narrator: Narrator
    readonly stopped: Promise<NodeJS.Signals>
  },
): Promise<void> {
  // Loaded here: loading all of Curfew takes a moment, and the user is shown that first.
  const { deadlineSeconds, openDemo } = await import('../../demo/company.ts')
  const { readFigures } = await import('../../demo/figures.ts')
  await using stack = new AsyncDisposableStack()
  const [begun, lengthMs] = [systemClock.now(), seconds * 1_000]
  const bounds = { until: begun + lengthMs, stopPlantingAt: begun + lengthMs * plantingShare }
  const company = { seed, people, port, log: makeLog('error'), say: narrator.begin }
  const demo = await openDemo({ ...company, ...(once ? bounds : {}) }, stack)
  const about = (): About => ({
    url: demo.curfew.api.url,
    token: demo.token,
    seconds: Math.round((systemClock.now() - demo.startedAt) / 1_000),
    people,
    deadlineMs: deadlineSeconds * 1_000,
  })
  let last: Snapshot | undefined
  let reading: Promise<Snapshot> | undefined
  const read = async (): Promise<Snapshot> => {
    reading = readFigures(demo)
    last = await reading
    return last
  }
  const show: Show = { demo, screen, about, read }
  const watching = new AbortController()
  const watched = json ? keepReading(read, watching.signal) : watch(show, narrator, watching.signal)
  const running = demo.simulation.run()
  const signal = await Promise.race([running.then(() => undefined), stopped, demo.curfew.failed])
  if (signal !== undefined) {
    watching.abort()
    if (once) process.exitCode = exitCodes.stopped
    running.catch(() => {})
    await sumUp(show, () => last, json ?? false)
    narrator.begin('closing, and removing its data')
    // A query under way would fail when its data is removed.
    await Promise.allSettled([watched, reading])
    return
  }
  await demo.simulation.stop()
  // The screen stays live while verdicts are awaited.
  await conclude(show, stopped)
  watching.abort()
  await watched
  const snapshot = await show.read()
  if (screen.isTTY && !json) screen.write(clear)
  const { stdout } = process
  if (json) stdout.write(`${JSON.stringify(snapshot.figures)}\n`)
  else {
    const size = screen.isTTY ? { ...roomy, columns: screen.columns } : roomy
    stdout.write(`${drawView(snapshot, about(), size)}\n${drawSummary(snapshot, about())}`)
  }
  narrator.begin('closing, and removing its data')
}

/** From the upper left corner to the end of the screen. */
const clear = '\x1b[H\x1b[J'

/** The size where nothing is redrawn: room for everything. */
const roomy = { columns: 120, rows: 40 }

/** Prints the last snapshot at once; without one, what the store answers in time. */
async function sumUp(
  { demo, read, about }: Show,
  before: () => Snapshot | undefined,
  json: boolean,
): Promise<void> {
  const late = systemClock.wait(waitForSummaryMs).then(() => undefined)
  const snapshot = before() ?? (await Promise.race([read(), late]))
  const { stdout } = process
  if (snapshot === undefined) {
    stdout.write(json ? '' : 'No summary: the store is too busy to answer.\n')
    return
  }
  // The slowness of the machine now, since the snapshot may be older.
  const figures = { ...snapshot.figures, machine: demo.strain.slowness() }
  const words = json
    ? `${JSON.stringify(figures)}\n`
    : drawSummary({ ...snapshot, figures }, about())
  stdout.write(words)
}

/** Reads snapshots for the summary, which is printed at once, and measures how long a read takes. */
async function keepReading(read: Show['read'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await read()
    await systemClock.wait(checkEveryMs, signal)
  }
}

/** Uses the sessions that are still alive, and waits until no curfew is open, or for the stop. */
async function conclude({ demo, read }: Show, stopped: Promise<NodeJS.Signals>): Promise<void> {
  const enough = new AbortController()
  void stopped.then(() => {
    process.exitCode = exitCodes.stopped
    enough.abort()
  })
  await demo.simulation.probe()
  const end = systemClock.now() + waitForVerdictsMs
  while (!enough.signal.aborted && systemClock.now() <= end) {
    const { figures } = await read()
    const open = Object.values(figures.curfews).reduce((sum, of) => sum + of.open, 0)
    if (open === 0) return
    await Promise.race([systemClock.wait(500, enough.signal), demo.curfew.failed])
  }
}

/** Redraws the screen on a terminal; elsewhere prints the API's address, and then a line a minute. */
async function watch({ demo, screen, read, about }: Show, narrator: Narrator, signal: AbortSignal) {
  const { write } = screen
  if (!screen.isTTY) {
    narrator.end()
    write(`API ${demo.curfew.api.url}/docs\ntoken ${demo.token}\n`)
  }
  let lineAt = systemClock.now() + lineEveryMs
  while (!signal.aborted) {
    const snapshot = await read()
    // After a stop the summary may be printed already.
    if (signal.aborted) return
    if (!screen.isTTY) {
      if (systemClock.now() >= lineAt) {
        write(`${drawLine(snapshot.figures, about())}\n`)
        lineAt += lineEveryMs
      }
      // Looked at for the summary, which is to come at once.
      await systemClock.wait(checkEveryMs, signal)
      continue
    }
    narrator.end()
    // Home, each line to its end, and then all below: clearing first would flicker.
    const { columns, rows } = screenOf(process.stdout)
    const lines = drawView(snapshot, about(), { columns, rows }).replaceAll('\n', '\x1b[K\n')
    write(`\x1b[H${lines}\x1b[J`)
    await systemClock.wait(redrawMs, signal)
  }
}
