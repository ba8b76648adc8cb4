import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { VariantName } from './variants.ts'

/**
 * Ratios measured in one run: variants take turns, round by round, each in a process of its own on
 * an empty store, and the median of each round's ratio is what counts. Absolute rates say more about
 * the machine than about the code, and are printed beside it.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '400000' },
    rounds: { type: 'string', default: '3' },
  },
})
const events = Number(options.events)
const rounds = Number(options.rounds)
const flushMs = 200

const folder = mkdtempSync(join(tmpdir(), 'curfew-bench-'))
const input = join(folder, 'batches')
execFileSync(process.execPath, [join(import.meta.dirname, 'make-input.ts'), input, String(events)])
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

interface FlatOut {
  readonly eventsPerSecond: number
  readonly cpuMicrosPerEvent: number
  readonly mainThreadMicrosPerEvent: number
  readonly residentMegabytes: number
  readonly rows: number
}
interface Paced {
  readonly perSecond: number
  readonly n: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

function run<Measured>(name: VariantName, count: number, perSecond?: number): Measured {
  // As the launcher starts Node.
  const flags = ['--no-allocation-site-pretenuring']
  const args = [...flags, join(import.meta.dirname, 'run-one.ts'), name, String(count), input]
  if (perSecond !== undefined) args.push(String(perSecond))
  const out = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(out)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

const names: readonly VariantName[] = ['ordinaryFloor', 'ownFloor', 'full']
const runs: { [Name in VariantName]: FlatOut[] } = { ordinaryFloor: [], ownFloor: [], full: [] }
for (let round = 0; round < rounds; round += 1) {
  for (const name of names) {
    const measured = run<FlatOut>(name, events)
    if (measured.rows !== events)
      throw new Error(`${name} wrote ${measured.rows} of ${events} rows`)
    runs[name].push(measured)
    say(`round ${round + 1} of ${rounds}: ${name} ${measured.eventsPerSecond} events/s`)
  }
}

const rate = (name: VariantName) => median(runs[name].map((each) => each.eventsPerSecond))
const ratio = (over: VariantName) =>
  median(
    runs.full.map(
      (each, at) => each.eventsPerSecond / (runs[over][at]?.eventsPerSecond ?? Number.NaN),
    ),
  )
const half = Math.round(rate('full') / 2)
const latency = run<Paced>('full', half * 10, half)
const result = {
  ratios: {
    overOrdinaryFloor: round2(ratio('ordinaryFloor')),
    overOwnFloor: round2(ratio('ownFloor')),
  },
  rates: {
    ordinaryFloor: rate('ordinaryFloor'),
    ownFloor: rate('ownFloor'),
    full: rate('full'),
    fullMainThreadMicrosPerEvent: round2(
      median(runs.full.map((each) => each.mainThreadMicrosPerEvent)),
    ),
    fullCpuMicrosPerEvent: round2(median(runs.full.map((each) => each.cpuMicrosPerEvent))),
  },
  latency: { flushMs, ...latency },
  memory: { residentMegabytes: Math.max(...runs.full.map((each) => each.residentMegabytes)) },
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    node: process.version,
  },
}
if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)

function round2(value: number): number {
  return Math.round(value * 100) / 100
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
