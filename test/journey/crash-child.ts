import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../src/store/store.ts'
import { openLastingStore } from '../parts/store.ts'
import { sweep } from './play.ts'
import {
  causesTold,
  firstSights,
  sessionsState,
  standingCurfews,
  standingFindings,
} from './read-store.ts'
import { bindingOf, evening, openTestIngest } from './world.ts'

/**
 * A process that ingests a file of messages and dies, without a chance to tidy up, before or after
 * its n-th write to the store; 0 lets it live. A life that reaches the end writes down what the
 * store then says. Its source is as plain as a source can be: per partition the next offset, kept
 * in a file that is written only to commit.
 */
const [folder = '', file = '', dieAt = '0', when = 'after'] = process.argv.slice(2)

interface Line {
  readonly partition: number
  readonly offset: number
  readonly receivedAt: number
  readonly value: string
}
const lines: readonly Line[] = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))

const batchSize = 3
/** Batches of a partition that may be recorded and not yet committed: those may come again. */
const underwayMax = 3

const store = await openLastingStore({ kind: 'embedded', path: join(folder, 'store') })
const counted = { writes: 0 }
const mortal: Store = {
  ...store,
  append: (table, rows) => orDie(rows.length, () => store.append(table, rows)),
  insertBlock: (table, columns, block) => orDie(1, () => store.insertBlock(table, columns, block)),
}

async function orDie(rows: number, write: () => Promise<void>): Promise<void> {
  if (rows > 0) counted.writes += 1
  const isLast = rows > 0 && counted.writes === Number(dieAt)
  if (isLast && when === 'before') await die()
  await write()
  if (isLast) await die()
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

const ingest = await openTestIngest({ store: mortal, flushRows: 5 })
const positions = readPositions()
const isRestart = positions !== undefined
const next = positions ?? { '0': 0, '1': 0 }
keep()
await Promise.all([read(0), read(1)])
await ingest.close()
await sweep(store)
writeFileSync(join(folder, 'state.json'), JSON.stringify(await state()))
await store.close()
process.exit(0)

async function read(partition: 0 | 1): Promise<void> {
  const mine = lines.filter(
    (line) => line.partition === partition && line.offset >= next[partition],
  )
  const underway: Promise<void>[] = []
  for (let from = 0; from < mine.length; from += batchSize) {
    const some = mine.slice(from, from + batchSize)
    const { durable } = await ingest.deliver({
      source: 'test',
      partition,
      format: 'session-event-v1',
      binding: bindingOf('acme'),
      messages: some.map(({ value, ...line }) => ({ ...line, value: Buffer.from(value) })),
      redelivered: isRestart && from / batchSize < underwayMax,
      commit: async () => {
        next[partition] = (some.at(-1)?.offset ?? 0) + 1
        keep()
      },
    })
    underway.push(durable)
    if (underway.length >= underwayMax) await underway.shift()
  }
  await Promise.all(underway)
}

function readPositions(): { '0': number; '1': number } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'positions.json'), 'utf8'))
  } catch {
    return undefined
  }
}

/** Whole or not at all, and on the disk before anybody relies on it. */
function keep(): void {
  const path = join(folder, 'positions.json')
  const fresh = openSync(`${path}.new`, 'w')
  writeFileSync(fresh, JSON.stringify(next))
  fsyncSync(fresh)
  closeSync(fresh)
  renameSync(`${path}.new`, path)
}

async function state() {
  const [events] = await store.ask(
    'select count() as rows, uniqExact(event_id) as ids, uniqExact(partition, offset) as places from events',
  )
  return {
    writes: counted.writes,
    events,
    rejected: await store.ask(
      'select distinct partition, offset, reason from rejected order by partition, offset',
    ),
    identities: await store.ask(
      'select distinct subject_ref, subject_id from identities order by all',
    ),
    ...(await sessionsState(store)),
    causes: await causesTold(store),
    findings: await standingFindings(store),
    sights: await firstSights(store),
    curfews: await standingCurfews(store, evening),
  }
}
