import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * What questions cost on a store of ten times the events: each store is made and asked in a process of
 * its own. Both hold the same curfews in the period that is asked about, so what grows is history.
 */
const { values: options } = parseArgs({
  options: {
    scale: { type: 'boolean' },
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '30000000' },
  },
})
const events = Number(options.events)
const grows = 10
const growthMax = 1.5

/** One question on one store: the quickest of three. */
export interface Asked {
  readonly question: string
  readonly rows: number
  readonly seconds: number
  /** Of all threads together. */
  readonly processorSeconds: number
  readonly goalSeconds: number
  /** What the engine said where it gave up, as for want of memory. */
  readonly failure?: string
}

const folder = mkdtempSync(join(tmpdir(), 'curfew-scale-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function measure(size: number): readonly Asked[] {
  const args = [join(import.meta.dirname, 'scale-one.ts'), join(folder, String(size)), String(size)]
  const out = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(out)
}

const small = measure(events / grows)
const large = measure(events)
const results = large.map((asked, at) => {
  const before = small[at]?.seconds ?? Number.NaN
  const growth = Math.round((asked.seconds / before) * 100) / 100
  // What takes no time at either size has nothing to grow: the clock's grain decides.
  const grew = growth > growthMax && asked.seconds > asked.goalSeconds / 10
  return {
    ...asked,
    secondsBefore: before,
    growth,
    met: asked.failure === undefined && asked.seconds <= asked.goalSeconds && !grew,
  }
})
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 1e9),
  node: process.version,
}
if (options.json) process.stdout.write(`${JSON.stringify({ events, results, machine })}\n`)
else {
  process.stdout.write(`${events / grows} and ${events} events; seconds, the quickest of three\n`)
  for (const each of results) {
    const figures = `${each.secondsBefore.toFixed(2)} ${each.seconds.toFixed(2)} (goal ${each.goalSeconds}), ${each.growth} times`
    const verdict = each.failure ?? (each.met ? 'met' : 'missed')
    process.stdout.write(`${each.question.padEnd(28)} ${figures.padEnd(40)} ${verdict}\n`)
  }
  const met = results.filter((each) => each.met).length
  process.stdout.write(`${met} of ${results.length} goals met on ${machine.cores} cores\n`)
}
