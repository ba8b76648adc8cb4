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
export interface QueryResult {
  readonly question: string
  readonly rows: number
  /** Null where the engine gave up. */
  readonly seconds: number | null
  /** Of all threads together. */
  readonly processorSeconds: number | null
  readonly goalSeconds: number
  /** Why the engine gave up, as for want of memory. */
  readonly failure?: string
}

const folder = mkdtempSync(join(tmpdir(), 'curfew-scale-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function measure(size: number): readonly QueryResult[] {
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
  const { seconds, goalSeconds, failure = small[at]?.failure } = asked
  const secondsBefore = small[at]?.seconds ?? null
  if (seconds === null || secondsBefore === null) {
    return { ...asked, failure, secondsBefore, growth: null, met: false }
  }
  const growth = Math.round((seconds / secondsBefore) * 100) / 100
  // What takes no time at either size has nothing to grow: the clock's grain decides.
  const grew = growth > growthMax && seconds > goalSeconds / 10
  const isLean = failure === undefined
  return { ...asked, secondsBefore, growth, met: isLean && seconds <= goalSeconds && !grew }
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
    const figures = `${shown(each.secondsBefore)} ${shown(each.seconds)} (goal ${each.goalSeconds}), ${shown(each.growth)} times`
    const verdict = each.failure ?? (each.met ? 'met' : 'missed')
    process.stdout.write(`${each.question.padEnd(28)} ${figures.padEnd(40)} ${verdict}\n`)
  }
  const met = results.filter((each) => each.met).length
  process.stdout.write(`${met} of ${results.length} goals met on ${machine.cores} cores\n`)
}

function shown(figure: number | null): string {
  return figure === null ? 'none' : figure.toFixed(2)
}
