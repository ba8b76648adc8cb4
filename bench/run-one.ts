import { mkdtempSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openStore } from '../src/store/store.ts'
import { readTopic } from './broker.ts'
import { decodeBatch, readBatches } from './record-batches.ts'
import type { Variant, VariantName } from './variants.ts'
import { floorTable, openVariant, tableOf } from './variants.ts'

/**
 * One variant in a process of its own, on an empty store: prints one JSON object. `pace RATE` hands
 * batches in at so many events a second and reports the time from arrival to acknowledgement;
 * `broker HOST:PORT` reads them from a topic; without either they go in as fast as they can.
 *
 * The store is made beside the input and stays there: ext4 looks past every file deleted within the
 * last minute when it makes a new one, so what one variant deletes the next would pay for.
 */
const [name, count, input = '', mode, value = ''] = process.argv.slice(2)
const variantName: VariantName = name === 'ordinaryFloor' || name === 'ownFloor' ? name : 'full'
const events = Number(count)
const perSecond = Number(value)

const path = mkdtempSync(join(dirname(input), 'store-'))
const log = { debug() {}, info() {}, warn: shout, error: shout }
const store = await openStore({
  target: { kind: 'embedded', path },
  migrations: join(import.meta.dirname, '../schemas/clickhouse'),
  sealKey: Buffer.alloc(32, 9),
  log,
})
try {
  if (variantName === 'ordinaryFloor') await store.askControl(floorTable)
  const variant = await openVariant(variantName, store, path)
  const measured = await measure(variant)
  await variant.close()
  const [row] = await store.ask(`select count() as rows from ${tableOf[variantName]}`)
  process.stdout.write(`${JSON.stringify({ ...measured, rows: row?.rows })}\n`)
} finally {
  await store.close()
}
process.exit(0)

function measure(variant: Variant): Promise<object> {
  if (mode === 'pace') return atPace(variant)
  return mode === 'broker' ? overBroker(variant) : flatOut(variant)
}

/** The clock runs from the first message to the last acknowledgement. */
async function overBroker(variant: Variant) {
  const seconds = await readTopic(variant, value.split(','), events)
  return { eventsPerSecond: Math.round(events / seconds) }
}

/** As fast as it goes; the clock stops when the last row is acknowledged. */
async function flatOut(variant: Variant) {
  let residentMax = 0
  const watch = setInterval(() => {
    residentMax = Math.max(residentMax, process.memoryUsage.rss())
  }, 50)
  const begun = performance.now()
  const cpu = process.cpuUsage()
  const thread = process.threadCpuUsage()
  let last: Promise<void> = Promise.resolve()
  for (const bytes of readBatches(input)) {
    last = (await variant.take(await decodeBatch(bytes))).durable
    // A fetch comes over a socket: between two of them everything else has its turn.
    await new Promise(setImmediate)
  }
  await Promise.all([last, variantName === 'ordinaryFloor' ? variant.close() : undefined])
  const seconds = (performance.now() - begun) / 1_000
  clearInterval(watch)
  const used = process.cpuUsage(cpu)
  const main = process.threadCpuUsage(thread)
  return {
    eventsPerSecond: Math.round(events / seconds),
    cpuMicrosPerEvent: (used.user + used.system) / events,
    mainThreadMicrosPerEvent: (main.user + main.system) / events,
    residentMegabytes: Math.round(residentMax / 1e6),
  }
}

/** Slices at a steady pace, each timed from its arrival to its acknowledgement. */
async function atPace(variant: Variant) {
  const slice = Math.max(1, Math.round(perSecond / 50))
  const waits: Promise<number>[] = []
  const begun = performance.now()
  let handed = 0
  for (const bytes of readBatches(input)) {
    const messages = await decodeBatch(bytes)
    for (let from = 0; from < messages.length; from += slice) {
      const due = begun + (handed / perSecond) * 1_000
      const early = due - performance.now()
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
      const some = messages.slice(from, from + slice)
      handed += some.length
      const { durable } = await variant.take(some)
      waits.push(durable.then(() => performance.now() - Math.max(due, begun)))
    }
  }
  const waited = (await Promise.all(waits)).sort((one, other) => one - other)
  const at = (share: number) =>
    Math.round(waited[Math.min(waited.length - 1, Math.floor(waited.length * share))] ?? 0)
  return {
    perSecond,
    n: waited.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: at(1),
  }
}

function shout(fields: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`)
}
