import { CurfewError } from '../../contract/errors.ts'
import type { Demo } from '../../demo/company.ts'
import { openDemo } from '../../demo/company.ts'
import type { Figures } from '../../demo/figures.ts'
import { newestContainments, readFigures } from '../../demo/figures.ts'
import { drawView } from '../../demo/view.ts'
import { makeLog } from '../../log.ts'
import { whole } from '../argument.ts'
import type { Command } from '../command.ts'
import { untilStopped } from '../opening.ts'

interface Options {
  readonly once?: boolean
  readonly seconds: number
  readonly json?: boolean
  readonly seed: string
  readonly people: number
  readonly port: number
}

export const command: Command = {
  id: 'demo',
  add: (program) => {
    program
      .command('demo')
      .description(
        'A simulated company on the embedded engine, everything live, nothing to configure.',
      )
      .option('--once', 'end by itself')
      .option('--seconds <n>', 'with --once: how long', whole(5, 86_400), 60)
      .option('--json', 'with --once: print one JSON object and nothing else on standard output')
      .option('--seed <text>', 'which company', 'demo')
      .option('--people <n>', 'how many', whole(10, 10_000), 200)
      .option('--port <n>', 'port of the API; any free one by default', whole(0, 65_535), 0)
      .addHelpText('after', '\nExample:\n  curfew demo\n  curfew demo --once --seconds 60 --json')
      .action(run)
  },
}

/** Nothing is planted in the last two fifths, so that what was planted can be judged. */
const plantingShare = 0.6
/** Verdicts are waited for, but not for ever. */
const waitForVerdictsMs = 30_000

async function run(options: Options): Promise<void> {
  if (options.json && !options.once) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      '--json needs --once: a demo without end has no figures',
    )
  }
  await using stack = new AsyncDisposableStack()
  const until = Date.now() + options.seconds * 1_000
  const demo = await openDemo(
    {
      seed: options.seed,
      people: options.people,
      port: options.port,
      log: makeLog('error'),
      ...(options.once
        ? { until, stopPlantingAt: Date.now() + options.seconds * 1_000 * plantingShare }
        : {}),
    },
    stack,
  )
  const stopped = untilStopped()
  const watching = new AbortController()
  const watched = options.json ? undefined : watch(demo, watching.signal)
  await Promise.race([demo.simulation.run(), stopped, demo.curfew.failed])
  await demo.simulation.stop()
  if (options.once) await demo.simulation.probe()
  watching.abort()
  await watched
  const figures = await (options.once ? settled(demo) : readFigures(demo))
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
  else process.stdout.write(`${drawView(figures, await newestContainments(demo), aboutOf(demo))}\n`)
}

function aboutOf({ curfew, token, startedAt }: Demo) {
  return { url: curfew.api.url, token, seconds: Math.round((Date.now() - startedAt) / 1_000) }
}

/** Redraws the screen every second on a terminal; elsewhere says once where the API is. */
async function watch(demo: Demo, signal: AbortSignal): Promise<void> {
  const { stdout } = process
  if (!stdout.isTTY) stdout.write(`API ${demo.curfew.api.url}/docs\ntoken ${demo.token}\n`)
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    if (!stdout.isTTY) continue
    const [figures, newest] = [await readFigures(demo), await newestContainments(demo)]
    stdout.write(`\x1b[H\x1b[2J${drawView(figures, newest, aboutOf(demo))}`)
  }
}

/** The figures once no curfew is open and no order under way, or when the wait is over. */
async function settled(demo: Demo): Promise<Figures> {
  const end = Date.now() + waitForVerdictsMs
  for (;;) {
    const figures = await readFigures(demo)
    const open = Object.values(figures.curfews).reduce((sum, of) => sum + of.open, 0)
    if (open === 0 || Date.now() > end) return figures
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
