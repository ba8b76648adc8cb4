import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Cause } from '../contract/cause.ts'
import type { OnFault } from '../contract/code-fault.ts'
import type { Condemn, Curfew } from '../contract/curfew.ts'
import type { Finding } from '../contract/finding.ts'
import type { Policy } from '../contract/policy.ts'
import type { Clock, Log, Meter } from '../contract/ports.ts'
import type { Batch } from '../contract/raw-message.ts'
import { Rota } from '../contract/rota.ts'
import type { Unread } from '../contract/unread.ts'
import type { OnWork } from '../contract/work.ts'
import type { Decode } from '../decode/decode.ts'
import { makeDecode } from '../decode/decode.ts'
import type { Envelope } from '../decode/envelope.ts'
import type { Format } from '../decode/format.ts'
import { makeDetect } from '../detect/detect.ts'
import type { Detector } from '../detect/detector.ts'
import { openEnrich } from '../enrich/enrich.ts'
import { watchFaults } from '../health/code-faults.ts'
import { makeUnreadBook } from '../health/unread-messages.ts'
import type { LeftOut } from '../health/unusable-fields.ts'
import { watchLeftOut } from '../health/unusable-fields.ts'
import { makeImpose } from '../impose/impose.ts'
import type { Stages } from '../journey.ts'
import { travel } from '../journey.ts'
import { loadCatalog, loadFolders } from '../process/catalog.ts'
import { makePatient } from '../process/retry.ts'
import { makeRecall } from '../recall/recall.ts'
import { makeSkipRecorded } from '../recall/skip-recorded.ts'
import { openRecorder } from '../record/record.ts'
import type { Deliver } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import { catalogs } from './catalog-folders.ts'

export interface IngestOptions {
  readonly settings: Settings
  readonly policy: Policy
  readonly store: Store
  readonly pseudonym: (tenant: string, instance: string, subjectId: string) => string
  readonly condemn: Condemn
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Called once live causes are durable. */
  readonly onCauses: (causes: readonly Cause[]) => void
  /** Called once curfews are durable. */
  readonly onCurfews?: (curfews: readonly Curfew[]) => void
  /** Where nobody waits for an answer, every user agent is read, however many there are. */
  readonly agents?: 'in_time' | 'all'
  /** Called for each kind of message of a batch in which a provider left out what would tell a cause. */
  readonly onBlind?: (unread: Unread) => void
  /** Called once findings are durable. */
  readonly onFindings?: (findings: readonly Finding[]) => void
  /** Called when a source often fills a field with what cannot be used. */
  readonly onLeftOut?: (leftOut: LeftOut) => void
  /** Called for code that throws on what an event holds; without it such faults are counted and logged. */
  readonly onFault?: OnFault
  /** Called before and after each write of what came in. */
  readonly onWork?: OnWork
}

export interface Ingest {
  readonly deliver: Deliver
  /**
   * Rejects once a batch failed in a way that waiting cannot mend. No batch is taken after it: memory
   * has learnt what the store will never hold, so only a new process can judge rightly.
   */
  readonly failed: Promise<never>
  /** How many messages became no event and were no rejects. */
  readonly unread: () => number
  /** Counts what no batch brought, such as events that a provider refuses to give. */
  readonly noteUnread: (unread: Unread) => void
  /** Writes what is gathered, for 1.5 s or less, ms, and closes. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** Every format there is: those of nobody in particular, and those of the connectors. */
export async function loadFormats(): Promise<readonly Format[]> {
  return [
    ...(await loadCatalog<Format>(catalogs.formats, 'format')),
    ...(await loadFolders<Format>(catalogs.connectors, 'format')),
  ]
}

/** The stage that turns bytes into events, with all formats and envelopes there are. */
export async function openDecode({ pseudonym }: Pick<IngestOptions, 'pseudonym'>): Promise<Decode> {
  const formats = await loadFormats()
  const envelopes = await loadCatalog<Envelope>(catalogs.envelopes, 'envelope')
  return makeDecode({ formats, envelopes, pseudonym })
}

/** Opens the stages of the journey and joins them to the one way in. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { policy, store, clock, log, meter, pseudonym, condemn, onBlind = () => {} } = options
  const detectors = await loadCatalog<Detector>(catalogs.detectors, 'detector')
  const onFault = options.onFault ?? watchFaults({ now: clock.now, log, meter, tell() {} })
  const enrich = await openEnrich({ ...enrichingOf(options), now: clock.now, meter, onFault })
  for (const warning of enrich.warnings) log.warn({ warning }, 'a look-up database needs attention')
  const closing = new AbortController()
  const ask = makePatient(store.askRecall, { clock, log, signal: closing.signal })
  const recorder = openRecorder(recordingOf(options, onFault))
  const book = makeUnreadBook({ ...options, append: store.append, onBlind })
  const decode = await openDecode({ pseudonym })
  const tell = (leftOut: LeftOut) => options.onLeftOut?.(leftOut)
  const noteLeftOut = watchLeftOut({ now: clock.now, meter, log, tell })
  const stages: Stages = {
    skipRecorded: makeSkipRecorded(ask),
    decode: (batch) => {
      const decoded = decode(batch)
      for (const fault of decoded.faults) onFault(fault)
      noteLeftOut(batch, decoded)
      book.note(batch.source, decoded)
      return decoded
    },
    enrich: enrich.enrich,
    recall: makeRecall({ ...(await memoryOf(options)), ask, settled: recorder.settled, onFault }),
    detect: makeDetect({ detectors, policy, now: clock.now, meter, onFault }),
    impose: makeImpose({ condemn, policy, now: clock.now, onFault }),
    record: async (told) => {
      const recorded = await recorder.record(told)
      // The findings alone wait for it: a closure over all that was told would keep each event alive
      // until its block is written.
      const { findings } = told
      if (findings.length > 0) {
        recorded.durable.then(() => options.onFindings?.(findings)).catch(() => {})
      }
      return recorded
    },
  }
  const booking = book.run(closing.signal)
  const close = async (graceMs?: number) => {
    closing.abort()
    await recorder.close(graceMs)
    await booking
    await enrich[Symbol.asyncDispose]()
  }
  const { deliver, failed } = makeDeliver(stages)
  const anyFailed = Promise.race([failed, recorder.failed])
  // Nobody has to listen: whoever hands a batch in learns of it as well.
  anyFailed.catch(() => {})
  const noteUnread = (unread: Unread): void =>
    book.note(unread.source, { tombstones: 0, ignored: 0, unread: [unread] })
  return { deliver, failed: anyFailed, unread: book.total, noteUnread, close }
}

interface Waiting {
  readonly batch: Batch
  readonly settle: {
    readonly resolve: (delivered: Awaited<ReturnType<Deliver>>) => void
    readonly reject: (error: unknown) => void
  }
}

/** Messages of waiting batches after which no further batch joins those that travel together. */
const messagesTogether = 1_000

/**
 * Batches are judged one after the other and written while the next is judged: those of one source and
 * instance as handed in, and these take turns, so that one that is flooded holds up nobody else's. What
 * waits meanwhile travels together: after a restart every batch lacks something that the store is asked
 * for, and one statement for many small ones takes as long as for one. After one that failed none is taken.
 */
export function makeDeliver(stages: Stages): Pick<Ingest, 'deliver' | 'failed'> {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  const waiting = new Rota<Waiting>()
  let isBusy = false
  let broken: { readonly error: unknown } | undefined
  const takeSome = (some: Waiting[]): void => {
    for (let messages = 0; messages < messagesTogether; ) {
      const next = waiting.take()
      if (!next) break
      some.push(next)
      messages += Math.max(1, next.batch.messages.length)
    }
  }
  const work = async (): Promise<void> => {
    isBusy = true
    while (waiting.size > 0) {
      const some: Waiting[] = []
      try {
        takeSome(some)
        if (broken) throw broken.error
        const batches = some.map(({ batch }) => batch)
        const delivered = await travel(batches, stages)
        for (const [place, each] of delivered.entries()) some[place]?.settle.resolve(each)
      } catch (error) {
        broken ??= { error }
        failure.reject(error)
        for (const { settle } of some) settle.reject(error)
      }
    }
    isBusy = false
  }
  const deliver: Deliver = (batch) => {
    const { promise, ...settle } = Promise.withResolvers<Awaited<ReturnType<Deliver>>>()
    const { tenant, instance } = batch.binding
    waiting.add(JSON.stringify([tenant, instance, batch.source]), { batch, settle })
    if (!isBusy) void work()
    return promise
  }
  return { deliver, failed: failure.promise }
}

async function memoryOf({ settings, policy, store, meter }: IngestOptions) {
  const [row] = await store.askRecall(
    `select (select count() from events) + (select count() from sessions)
       + (select count() from subject_firsts) as known`,
  )
  const { clockUncertaintyMs, useGraceMs } = policy.timing
  return {
    meter,
    grace: { endMs: useGraceMs + clockUncertaintyMs, expiryMs: clockUncertaintyMs },
    subjectsMax: settings.CURFEW_MEMORY_SUBJECTS,
    sessionsMax: settings.CURFEW_MEMORY_SUBJECTS * 2,
    // A server may have other writers; a folder of our own has none.
    storeIsEmpty: settings.CURFEW_CLICKHOUSE_URL === undefined && row?.known === 0,
  }
}

function recordingOf(
  { settings, store, clock, log, meter, onCauses, onCurfews, onWork = () => {} }: IngestOptions,
  onFault: OnFault,
) {
  const { append, insertBlock } = store
  return {
    ...{ append, insertBlock, clock, log, meter, onCauses, onFault, onWork },
    ...(onCurfews && { onCurfews }),
    flushRows: settings.CURFEW_FLUSH_ROWS,
    flushBytes: settings.CURFEW_FLUSH_BYTES,
    flushMs: settings.CURFEW_FLUSH_MS,
  }
}

function enrichingOf({ settings, clock, log, agents }: IngestOptions) {
  const {
    CURFEW_DATA_DIR: data,
    CURFEW_CITY_DATABASE: cityFile,
    CURFEW_ASN_DATABASE: asnFile,
    CURFEW_NETWORKS_FILE: networksFile,
  } = settings
  const say = (line: string) => log.info({}, line)
  return {
    cityFile,
    asnFile,
    networksFile,
    defaults: { folder: join(data, 'look-ups'), clock, say },
    ...(agents === 'all' ? { missesPerSecondMax: Infinity, readingMsMax: Infinity } : {}),
  }
}
