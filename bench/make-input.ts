import { simulateEvents } from '../src/simulate/event-stream.ts'
import { writeBatches } from './record-batches.ts'

/**
 * Writes what every variant reads, in a process of its own: neither the making nor its memory are
 * then part of what is measured.
 */
const [path = '', count] = process.argv.slice(2)
const events = Number(count)
const startAt = Date.now() - events - 60_000
await writeBatches(path, simulateEvents({ seed: 'bench', people: 50_000, count: events, startAt }))
