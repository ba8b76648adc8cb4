import { systemClock } from '../../clock.ts'
import { CurfewError } from '../../contract/errors.ts'
import type { Demo } from '../../demo/company.ts'
import { openDemo } from '../../demo/company.ts'
import { readFigures } from '../../demo/figures.ts'
import { drawLine, drawView } from '../../demo/view.ts'
import { makeLog } from '../../log.ts'
import { exitCodes } from '../command.ts'
import { untilStopped } from '../opening.ts'

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
const redrawMs = 1_000
const lineEveryMs = 60_000

export async function run(options: Options): Promise<void> {
  const { once, json, seed, people, port, seconds = 60 } = options
  if (!once && (json || options.seconds !== undefined)) {
    const reason = `${json ? '--json' : '--seconds'} needs --once: a demo runs until it is stopped`
    throw new CurfewError('SETTINGS_INVALID', reason)
  }
  await using stack = new AsyncDisposableStack()
  const [begun, lengthMs] = [systemClock.now(), seconds * 1_000]
  const bounds = { until: begun + lengthMs, stopPlantingAt: begun + lengthMs * plantingShare }
  const company = { seed, people, port, log: makeLog('error'), ...(once ? bounds : {}) }
  const demo = await openDemo(company, stack)
  const stopped = untilStopped()
  const watching = new AbortController()
  const watched = json ? undefined : watch(demo, watching.signal)
  const running = demo.simulation.run()
  const signal = await Promise.race([running.then(() => undefined), stopped, demo.curfew.failed])
  await demo.simulation.stop()
  if (once && signal !== undefined) process.exitCode = exitCodes.stopped
  // The screen goes on: verdicts are waited for, and somebody may be looking.
  if (once && signal === undefined) await conclude(demo, stopped)
  watching.abort()
  await watched
  await say(demo, json ?? false)
}

/** Tries what was left alive, and waits until no curfew is open any more, or it is stopped. */
async function conclude(demo: Demo, stopped: Promise<NodeJS.Signals>): Promise<void> {
  const enough = new AbortController()
  void stopped.then(() => {
    process.exitCode = exitCodes.stopped
    enough.abort()
  })
  await demo.simulation.probe()
  const end = systemClock.now() + waitForVerdictsMs
  while (!enough.signal.aborted && systemClock.now() <= end) {
    const { curfews } = await readFigures(demo)
    const open = Object.values(curfews).reduce((sum, of) => sum + of.open, 0)
    if (open === 0) return
    await Promise.race([systemClock.wait(500, enough.signal), demo.curfew.failed])
  }
}

async function say(demo: Demo, json: boolean): Promise<void> {
  const { found, ...figures } = await readFigures(demo)
  process.stdout.write(
    json ? `${JSON.stringify(figures)}\n` : drawView(figures, found.curfews, aboutOf(demo)),
  )
}

function aboutOf({ curfew, token, startedAt }: Demo) {
  const seconds = Math.round((systemClock.now() - startedAt) / 1_000)
  return { url: curfew.api.url, token, seconds }
}

/** Redraws the screen on a terminal; elsewhere says once where the API is, and a line a minute. */
async function watch(demo: Demo, signal: AbortSignal): Promise<void> {
  const { stdout } = process
  if (!stdout.isTTY) stdout.write(`API ${demo.curfew.api.url}/docs\ntoken ${demo.token}\n`)
  while (!signal.aborted) {
    if (!stdout.isTTY) await systemClock.wait(lineEveryMs, signal)
    if (signal.aborted) return
    const { found, ...figures } = await readFigures(demo)
    if (!stdout.isTTY) {
      stdout.write(`${drawLine(figures, aboutOf(demo).seconds)}\n`)
      continue
    }
    // Home, each line to its end, and then all below: clearing first would flicker.
    const lines = drawView(figures, found.curfews, aboutOf(demo)).replaceAll('\n', '\x1b[K\n')
    stdout.write(`\x1b[H${lines}\x1b[J`)
    await systemClock.wait(redrawMs, signal)
  }
  stdout.write('\x1b[H\x1b[J')
}
