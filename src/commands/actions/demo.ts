import { CurfewError } from '../../contract/errors.ts'
import type { Demo } from '../../demo/company.ts'
import type { Seen } from '../../demo/figures.ts'
import type { About } from '../../demo/view.ts'
import { drawLine, drawSummary, drawView } from '../../demo/view.ts'
import type { Voice } from '../../demo/voice.ts'
import { makeVoice } from '../../demo/voice.ts'
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
/** Whoever stops it wants its summary now: a slow store is not waited for longer. */
const waitForSummaryMs = 5_000
const redrawMs = 1_000
const lineEveryMs = 60_000
const checkEveryMs = 5_000

/** A running demo, and how it is shown. */
interface Show {
  readonly demo: Demo
  readonly screen: Screen
  readonly look: () => Promise<Seen>
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
  // Where an object is to be printed, what happens is told to whoever looks at a terminal only.
  const told = json ? screenOf(process.stderr) : screen
  const write = json && !told.isTTY ? () => {} : told.write
  using voice = makeVoice({ stream: { ...told, write }, now: systemClock.now })
  write('Curfew demo: a simulated company and its identity provider. Ctrl-C ends it.\n')
  voice.begin('loading')
  void stopped.then(() => {
    voice.end()
    write(`${screen.isTTY && !json ? clear : ''}Stopping …\n`)
  })
  try {
    await live(options, { screen, voice, stopped })
  } finally {
    voice.end()
  }
}

async function live(
  { once, json, seed, people, port, seconds = 60 }: Options,
  {
    screen,
    voice,
    stopped,
  }: {
    readonly screen: Screen
    readonly voice: Voice
    readonly stopped: Promise<NodeJS.Signals>
  },
): Promise<void> {
  // Only here: loading all of Curfew takes a moment, and whoever waits was told of it before.
  const { deadlineSeconds, openDemo } = await import('../../demo/company.ts')
  const { readFigures } = await import('../../demo/figures.ts')
  await using stack = new AsyncDisposableStack()
  const [begun, lengthMs] = [systemClock.now(), seconds * 1_000]
  const bounds = { until: begun + lengthMs, stopPlantingAt: begun + lengthMs * plantingShare }
  const company = { seed, people, port, log: makeLog('error'), say: voice.begin }
  const demo = await openDemo({ ...company, ...(once ? bounds : {}) }, stack)
  const about = (): About => ({
    url: demo.curfew.api.url,
    token: demo.token,
    seconds: Math.round((systemClock.now() - demo.startedAt) / 1_000),
    people,
    deadlineMs: deadlineSeconds * 1_000,
  })
  let last: Seen | undefined
  let looking: Promise<Seen> | undefined
  const look = async (): Promise<Seen> => {
    looking = readFigures(demo)
    last = await looking
    return last
  }
  const show: Show = { demo, screen, about, look }
  const watching = new AbortController()
  const watched = json ? keepLooking(look, watching.signal) : watch(show, voice, watching.signal)
  const running = demo.simulation.run()
  const signal = await Promise.race([running.then(() => undefined), stopped, demo.curfew.failed])
  if (signal !== undefined) {
    watching.abort()
    if (once) process.exitCode = exitCodes.stopped
    running.catch(() => {})
    await sumUp(show, () => last, json ?? false)
    voice.begin('closing, and removing its data')
    // A question that is under way would fail for want of the data that it reads.
    await Promise.allSettled([watched, looking])
    return
  }
  await demo.simulation.stop()
  // The screen goes on: verdicts are waited for, and somebody may be looking.
  await conclude(show, stopped)
  watching.abort()
  await watched
  const seen = await show.look()
  if (screen.isTTY && !json) screen.write(clear)
  const { stdout } = process
  if (json) stdout.write(`${JSON.stringify(seen.figures)}\n`)
  else {
    const size = screen.isTTY ? { ...roomy, columns: screen.columns } : roomy
    stdout.write(`${drawView(seen, about(), size)}\n${drawSummary(seen, about())}`)
  }
  voice.begin('closing, and removing its data')
}

/** From the upper left corner to the end of the screen. */
const clear = '\x1b[H\x1b[J'

/** Where nothing is redrawn there is room for everything. */
const roomy = { columns: 120, rows: 40 }

/** What was seen last, at once; where nothing was, what the store answers in time. */
async function sumUp(
  { demo, look, about }: Show,
  before: () => Seen | undefined,
  json: boolean,
): Promise<void> {
  const late = systemClock.wait(waitForSummaryMs).then(() => undefined)
  const seen = before() ?? (await Promise.race([look(), late]))
  const { stdout } = process
  if (seen === undefined) {
    stdout.write(json ? '' : 'The store is too busy to sum up.\n')
    return
  }
  // Of now, as what was seen last may be of before the machine became too slow.
  const figures = { ...seen.figures, machine: demo.strain.slowness() }
  const words = json ? `${JSON.stringify(figures)}\n` : drawSummary({ ...seen, figures }, about())
  stdout.write(words)
}

/** Looks without a word: for the summary, which is to come at once, and at how long a look takes. */
async function keepLooking(look: Show['look'], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look()
    await systemClock.wait(checkEveryMs, signal)
  }
}

/** Tries what was left alive, and waits until no curfew is open any more, or it is stopped. */
async function conclude({ demo, look }: Show, stopped: Promise<NodeJS.Signals>): Promise<void> {
  const enough = new AbortController()
  void stopped.then(() => {
    process.exitCode = exitCodes.stopped
    enough.abort()
  })
  await demo.simulation.probe()
  const end = systemClock.now() + waitForVerdictsMs
  while (!enough.signal.aborted && systemClock.now() <= end) {
    const { figures } = await look()
    const open = Object.values(figures.curfews).reduce((sum, of) => sum + of.open, 0)
    if (open === 0) return
    await Promise.race([systemClock.wait(500, enough.signal), demo.curfew.failed])
  }
}

/** Redraws the screen on a terminal; elsewhere says once where the API is, and a line a minute. */
async function watch({ demo, screen, look, about }: Show, voice: Voice, signal: AbortSignal) {
  const { write } = screen
  if (!screen.isTTY) {
    voice.end()
    write(`API ${demo.curfew.api.url}/docs\ntoken ${demo.token}\n`)
  }
  let lineAt = systemClock.now() + lineEveryMs
  while (!signal.aborted) {
    const seen = await look()
    // It may have been stopped meanwhile, and the summary stand there already.
    if (signal.aborted) return
    if (!screen.isTTY) {
      if (systemClock.now() >= lineAt) {
        write(`${drawLine(seen.figures, about())}\n`)
        lineAt += lineEveryMs
      }
      // Looked at for the summary, which is to come at once.
      await systemClock.wait(checkEveryMs, signal)
      continue
    }
    voice.end()
    // Home, each line to its end, and then all below: clearing first would flicker.
    const { columns, rows } = screenOf(process.stdout)
    const lines = drawView(seen, about(), { columns, rows }).replaceAll('\n', '\x1b[K\n')
    write(`\x1b[H${lines}\x1b[J`)
    await systemClock.wait(redrawMs, signal)
  }
}
