import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Demo } from '../../src/demo/company.ts'
import { deadlineSeconds, openDemo } from '../../src/demo/company.ts'
import type { Snapshot } from '../../src/demo/figures.ts'
import { readFigures } from '../../src/demo/figures.ts'
import { drawSummary, drawView } from '../../src/demo/view.ts'
import { systemClock } from '../../src/process/clock.ts'
import { makeLog } from '../../src/process/log.ts'
import { expand } from '../dashboards/expand.ts'
import { queryAt, situationOf } from '../dashboards/stand.ts'
import { keepColumns } from './columns.ts'
import { drawPanels } from './panels.ts'
import { drawTerminal } from './terminal.ts'

/**
 * Run as a program: one run of the demo, and from it every picture in docs/pictures/. Each shows what
 * the commands, or the queries of the dashboards, answered in that run. The token is the one thing left out.
 */
const folder = join(import.meta.dirname, '../../docs/pictures')
const seconds = 60
const people = 200
const waitForVerdictsMs = 30_000
const bucketMs = 2_000

const run = promisify(execFile)

await using stack = new AsyncDisposableStack()
const begun = systemClock.now()
const demo = await openDemo(
  {
    ...{ seed: 'pictures', people, port: 0, log: makeLog('error') },
    until: begun + seconds * 1_000,
    stopPlantingAt: begun + seconds * 600,
  },
  stack,
)
const scratch = mkdtempSync(join(tmpdir(), 'curfew-pictures-'))
stack.defer(() => rmSync(scratch, { recursive: true }))
const tokenFile = join(scratch, 'token.txt')
writeFileSync(tokenFile, demo.token, { mode: 0o600 })

await demo.simulation.run()
await demo.simulation.stop()
await demo.simulation.probe()
const seen = await settled(demo)
if (seen.figures.machine.tooSlow) {
  throw new Error('this machine was too slow for the deadlines of the demo; try when it is idle')
}
mkdirSync(folder, { recursive: true })
save('demo', {
  title: 'The last screen of curfew demo: verdicts by cause, coverage, latency and survivors',
  command: `./curfew demo --once --seconds ${seconds}`,
  output: screen(seen),
})
save('session', {
  title: 'The life of one session: uses, cause, curfew, order, evidence and verdict',
  command: `./curfew session ${sessionOf(seen)}`,
  output: keepColumns(
    await curfew('session', sessionOf(seen)),
    ['at', 'times', 'what', 'word', 'outcome', 'actor', 'reason'],
    40,
  ),
})
save('coverage', {
  title: 'The report coverage: by cause class, how many sessions died in time',
  command: './curfew report coverage',
  output: keepColumns(
    await curfew('report', 'coverage'),
    [
      ...['cause_class', 'eligible', 'contained_in_time', 'contained_late'],
      ...['ended_otherwise_in_time', 'still_alive', 'unknown', 'coverage'],
    ],
    20,
  ),
})
save('population', {
  title: 'The report population: each condemned session, its cause, death and verdict',
  command: './curfew report population --names',
  output: keepColumns(
    await curfew('report', 'population', '--names'),
    [
      'cause_class',
      'session_kind',
      'subject',
      'cause_at',
      'dead_at',
      'dead_by',
      'verdict',
      'counts_as',
    ],
    14,
  ),
})
writeFileSync(
  join(folder, 'dashboard.svg'),
  drawPanels(
    'Two panels of the dashboard Revocation: what became of condemned sessions over time, and the best evidence',
    await panel('curfew-revocation/7'),
    await panel('curfew-revocation/8'),
  ),
)

/** What the demo shows once no curfew is open any more, or the time for that has passed. */
async function settled(of: Demo): Promise<Snapshot> {
  const end = systemClock.now() + waitForVerdictsMs
  for (;;) {
    const now = await readFigures(of)
    const open = Object.values(now.figures.curfews).reduce((sum, each) => sum + each.open, 0)
    if (open === 0 || systemClock.now() > end) return now
    await systemClock.wait(500)
  }
}

function screen(of: Snapshot): string {
  const about = {
    ...{ url: demo.curfew.api.url, token: 'demo_…', people },
    seconds: Math.round((systemClock.now() - demo.startedAt) / 1_000),
    deadlineMs: deadlineSeconds * 1_000,
  }
  return `${drawView(of, about, { columns: 80, rows: 40 })}\n${drawSummary(of, about)}`
}

/** A session that Curfew ended, and that people reset the password of. */
function sessionOf({ found }: Snapshot): string {
  const ended = found.curfews.filter(({ endedByUs, dead, certain }) => endedByUs && dead && certain)
  const one = ended.find((each) => each.class === 'credential_reset') ?? ended[0]
  if (one === undefined) throw new Error('Curfew ended no session in this run')
  return `loopback/${one.session}`
}

/** What a command prints, asked of the demo over its API. */
async function curfew(...args: readonly string[]): Promise<string> {
  const server = ['--url', demo.curfew.api.url, '--token-file', tokenFile]
  const { stdout } = await run('./curfew', [...args, ...server])
  return stdout
}

/** A panel as Grafana would fill it, but for the width of a bucket: a demo is short. */
async function panel(place: string) {
  const query = queryAt(place)
  const all = { tenant: null, instance: null, class: null }
  const situation = situationOf({ fromMs: begun, toMs: systemClock.now(), ...all }, bucketMs)
  const rows = await demo.curfew.store.ask(expand(query.sql, situation))
  return { title: query.place.replace(/^\S+ /, ''), rows }
}

function save(name: string, printed: Parameters<typeof drawTerminal>[0]): void {
  writeFileSync(join(folder, `${name}.svg`), drawTerminal(printed))
}
