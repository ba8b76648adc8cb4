import type { Send, SendAnswer, SendRequest } from '../../../src/contract/ports.ts'
import type { Batch, Binding } from '../../../src/contract/raw-message.ts'
import type { CursorPort, FeedPorts } from '../../../src/source/feeds/feed.ts'
import type { Deliver, Source } from '../../../src/source/source.ts'
import { idleMeter, makeClock, settle, silentLog } from '../../given.ts'

export const binding: Binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
}

export type Answer = { status?: number; body?: unknown; headers?: SendAnswer['headers'] }
export type Serve = (url: URL, request: SendRequest) => Answer

/** One delivered event, by which life of the feed it came, and whether it was said to be known. */
export interface Delivered {
  readonly life: number
  readonly partition: number
  readonly offset: number
  readonly json: unknown
  readonly known: boolean
}

/** A provider behind the `Send` port, and lives of a feed that share one clock and one cursor. */
export function makeFeedPlay(serve: Serve) {
  const time = makeClock()
  const cursors = new Map<string, string>()
  const urls: string[] = []
  const batches: Batch[] = []
  const delivered: Delivered[] = []
  const faults = { durable: true, cursor: false, unreachable: 0 }
  let life = 0
  const send: Send = async (url, request) => {
    urls.push(url)
    if (faults.unreachable > 0) {
      faults.unreachable -= 1
      throw new Error('no answer')
    }
    const { status = 200, body = {}, headers = {} } = serve(new URL(url), request)
    return { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) }
  }
  const cursor: CursorPort = {
    read: async (id) => cursors.get(id) ?? null,
    write: async (id, text) => {
      if (faults.cursor) throw new Error('the store is away')
      cursors.set(id, text)
    },
  }
  const ports: FeedPorts = {
    send,
    clock: time.clock,
    cursor,
    log: silentLog,
    meter: idleMeter,
  }
  const deliver: Deliver = async (batch) => {
    batches.push(batch)
    const { partition, redelivered: known } = batch
    for (const { offset, value } of batch.messages) {
      delivered.push({ life, partition, offset, json: JSON.parse(String(value)), known })
    }
    return { durable: faults.durable ? batch.commit() : new Promise(() => undefined) }
  }
  let running: { source: Source; run: Promise<void> } | undefined
  return {
    ...time,
    ports,
    cursors,
    urls,
    batches,
    delivered,
    faults,
    /** Begins a life of the feed, ending the one before as a crash would. */
    async live(open: (ports: FeedPorts) => Source): Promise<Source> {
      await running?.source.close(0)
      life += 1
      const source = open(ports)
      running = { source, run: source.run(deliver) }
      running.run.catch(() => undefined)
      await settle()
      return source
    },
    run: () => running?.run,
    async end(): Promise<void> {
      await running?.source.close(0)
    },
  }
}
