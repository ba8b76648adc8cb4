import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../test/parts/kafka.ts'
import { missingFor } from '../test/parts/needs.ts'
import { fillTopic } from './broker.ts'
import type { VariantName } from './variants.ts'

/**
 * Ratios measured in one run: variants take turns, round by round, each in a process of its own on
 * an empty store, and the median of each round's ratio is what counts. Absolute rates say more about
 * the machine than about the code, and are printed beside it.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '1000000' },
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

function run<Measured>(name: VariantName, ...how: readonly (string | number)[]): Measured {
  // As the launcher starts Node.
  const flags = ['--no-allocation-site-pretenuring']
  const args = [...flags, join(import.meta.dirname, 'run-one.ts'), name, String(events), input]
  for (const each of how.map(String)) args.push(each)
  const out = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(out)
}

/** Of an even number, the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const [low, high] = [Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2)]
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2
}

const names: readonly VariantName[] = ['ordinaryFloor', 'ownFloor', 'full']
type Runs<Measured> = { readonly [Name in VariantName]: readonly Measured[] }

/** Lets the variants take turns, so that a busy machine is busy for all of them. */
function alternate<Measured extends { readonly rows: number; readonly eventsPerSecond: number }>(
  ...how: readonly string[]
): Runs<Measured> {
  const runs: { [Name in VariantName]: Measured[] } = { ordinaryFloor: [], ownFloor: [], full: [] }
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) {
      const measured = run<Measured>(name, ...how)
      if (measured.rows !== events) {
        throw new Error(`${name} wrote ${measured.rows} of ${events} rows`)
      }
      runs[name].push(measured)
      const { eventsPerSecond } = measured
      print(
        `${[`round ${round} of ${rounds}`, ...how].join(' ')}: ${name} ${eventsPerSecond} events/s`,
      )
    }
  }
  return runs
}

type Rate = { readonly eventsPerSecond: number }

function rateOf(runs: readonly Rate[]): number {
  return median(runs.map((each) => each.eventsPerSecond))
}

/** The median of the ratios of each round. */
function ratioOf({ full, ...floors }: Runs<Rate>, over: 'ordinaryFloor' | 'ownFloor'): number {
  const ratios = full.map(
    (each, at) => each.eventsPerSecond / (floors[over][at]?.eventsPerSecond ?? Number.NaN),
  )
  return round2(median(ratios))
}

function figuresOf(runs: Runs<Rate>) {
  return {
    ratios: {
      overOrdinaryFloor: ratioOf(runs, 'ordinaryFloor'),
      overOwnFloor: ratioOf(runs, 'ownFloor'),
    },
    rates: {
      ordinaryFloor: rateOf(runs.ordinaryFloor),
      ownFloor: rateOf(runs.ownFloor),
      full: rateOf(runs.full),
    },
  }
}

/** The same over a real broker, where there is one: its own costs are then in every figure. */
async function overBroker() {
  if (missingFor('kafka').length > 0) {
    print(`no run over a broker: this machine lacks ${missingFor('kafka').join(' and ')}`)
    return undefined
  }
  await using kafka = await startKafka()
  await fillTopic(kafka.brokers, input)
  return figuresOf(alternate('broker', kafka.brokers.join(',')))
}

const runs = alternate<FlatOut>()
const { ratios, rates } = figuresOf(runs)
const half = Math.round(rates.full / 2)
const latency = run<Paced>('full', 'pace', half)
const broker = await overBroker()
const result = {
  ratios,
  rates: {
    ...rates,
    fullMainThreadMicrosPerEvent: round2(
      median(runs.full.map((each) => each.mainThreadMicrosPerEvent)),
    ),
    fullCpuMicrosPerEvent: round2(median(runs.full.map((each) => each.cpuMicrosPerEvent))),
  },
  ...(broker === undefined ? {} : { broker }),
  latency: { flushMs, ...latency },
  memory: {
    residentMegabytes: runs.full.reduce((most, each) => Math.max(most, each.residentMegabytes), 0),
  },
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

function print(line: string): void {
  process.stderr.write(`${line}\n`)
}
