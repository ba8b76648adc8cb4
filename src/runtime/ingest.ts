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
import { makeUnreadRegistry } from '../health/unread-messages.ts'
import type { UnusableField } from '../health/unusable-fields.ts'
import { watchUnusableFields } from '../health/unusable-fields.ts'
import { makeImpose } from '../impose/impose.ts'
import type { Stages } from '../journey.ts'
import { travel } from '../journey.ts'
import { loadCatalog, loadFolders } from '../process/catalog.ts'
import { makeRetryingAsk } from '../process/retry.ts'
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
  /** `all` parses every user agent, however many there are: for replays, where no caller waits. */
  readonly agents?: 'in_time' | 'all'
  /** Called for each kind of message of a batch that leaves out what would give a cause. */
  readonly onMissingCauses?: (unread: Unread) => void
  /** Called once findings are durable. */
  readonly onFindings?: (findings: readonly Finding[]) => void
  /** Called when a source often fills a field with unusable values. */
  readonly onUnusableField?: (leftOut: UnusableField) => void
  /** Called for code that throws on an event; without it such faults are counted and logged. */
  readonly onFault?: OnFault
  /** Called before and after each write of a block. */
  readonly onWork?: OnWork
}

export interface Ingest {
  readonly deliver: Deliver
  /**
   * Rejects once a batch failed and a retry cannot help. No batch is taken after it: memory has learnt
   * events that the store does not have, so only a new process judges correctly.
   */
  readonly failed: Promise<never>
  /** Number of messages that gave neither an event nor a reject. */
  readonly unread: () => number
  /** Counts messages that came in no batch, such as events that a provider refuses to give. */
  readonly noteUnread: (unread: Unread) => void
  /** Writes the open block, within 1.5 s or `graceMs` if less, and closes. */
  readonly close: (graceMs?: number) => Promise<void>
}

/** All formats: the general ones and those of the connectors. */
export async function loadFormats(): Promise<readonly Format[]> {
  return [
    ...(await loadCatalog<Format>(catalogs.formats, 'format')),
    ...(await loadFolders<Format>(catalogs.connectors, 'format')),
  ]
}

/** The stage that decodes bytes to events, with all formats and envelopes. */
export async function openDecode({ pseudonym }: Pick<IngestOptions, 'pseudonym'>): Promise<Decode> {
  const formats = await loadFormats()
  const envelopes = await loadCatalog<Envelope>(catalogs.envelopes, 'envelope')
  return makeDecode({ formats, envelopes, pseudonym })
}

/** Opens the stages of the journey and returns the function that delivers batches to them. */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const {
    policy,
    store,
    clock,
    log,
    meter,
    pseudonym,
    condemn,
    onMissingCauses = () => {},
  } = options
  const detectors = await loadCatalog<Detector>(catalogs.detectors, 'detector')
  const onFault = options.onFault ?? watchFaults({ now: clock.now, log, meter, notify() {} })
  const enrich = await openEnrich({ ...enrichingOf(options), now: clock.now, meter, onFault })
  for (const warning of enrich.warnings) log.warn({ warning }, 'a look-up database needs attention')
  const closing = new AbortController()
  const ask = makeRetryingAsk(store.askRecall, { clock, log, signal: closing.signal })
  const recorder = openRecorder(recordingOf(options, onFault))
  const unread = makeUnreadRegistry({ ...options, append: store.append, onMissingCauses })
  const decode = await openDecode({ pseudonym })
  const notify = (field: UnusableField) => options.onUnusableField?.(field)
  const countUnusableFields = watchUnusableFields({ now: clock.now, meter, log, notify })
  const stages: Stages = {
    skipRecorded: makeSkipRecorded(ask),
    decode: (batch) => {
      const decoded = decode(batch)
      for (const fault of decoded.faults) onFault(fault)
      countUnusableFields(batch, decoded)
      unread.note(batch.source, decoded)
      return decoded
    },
    enrich: enrich.enrich,
    recall: makeRecall({ ...(await memoryOf(options)), ask, settled: recorder.settled, onFault }),
    detect: makeDetect({ detectors, policy, now: clock.now, meter, onFault }),
    impose: makeImpose({ condemn, policy, now: clock.now, onFault }),
    record: async (rows) => {
      const recorded = await recorder.record(rows)
      // The closure holds the findings only: holding all rows would keep each event in memory until its
      // block is written.
      const { findings } = rows
      if (findings.length > 0) {
        recorded.durable.then(() => options.onFindings?.(findings)).catch(() => {})
      }
      return recorded
    },
  }
  const counting = unread.run(closing.signal)
  const close = async (graceMs?: number) => {
    closing.abort()
    await recorder.close(graceMs)
    await counting
    await enrich[Symbol.asyncDispose]()
  }
  const { deliver, failed } = makeDeliver(stages)
  const anyFailed = Promise.race([failed, recorder.failed])
  // Needs no listener: the caller of `deliver` gets the error as well.
  anyFailed.catch(() => {})
  const noteUnread = (each: Unread): void =>
    unread.note(each.source, { tombstones: 0, ignored: 0, unread: [each] })
  return { deliver, failed: anyFailed, unread: unread.total, noteUnread, close }
}

interface Waiting {
  readonly batch: Batch
  readonly settle: {
    readonly resolve: (delivered: Awaited<ReturnType<Deliver>>) => void
    readonly reject: (error: unknown) => void
  }
}

/** Messages after which no further waiting batch joins the batches that are judged together. */
const messagesTogether = 1_000

/**
 * Batches are judged one after the other, and written while the next is judged. Batches of one source
 * and instance keep their order; sources and instances are served in rotation, so that a flood of one does
 * not delay the others. Waiting batches are judged together: after a restart each batch needs facts from
 * the store, and one query for many small batches takes as long as for one. After a failed batch none is
 * taken.
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
    // A server may have other writers; our own data folder has none.
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
