import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionsFile } from '../../config/connections.ts'
import type { Settings } from '../../config/settings.ts'
import type { Condemn } from '../../contract/curfew.ts'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import type { Finding } from '../../contract/finding.ts'
import { identify } from '../../contract/identity.ts'
import type { Meter } from '../../contract/ports.ts'
import type { Binding } from '../../contract/raw-message.ts'
import { findingRow } from '../../contract/rows.ts'
import { throughAll, workStateRow } from '../../contract/work.ts'
import { makePseudonym } from '../../decode/pseudonym.ts'
import { makeSchedule } from '../../detect/schedule.ts'
import type { Sweep } from '../../detect/sweep.ts'
import { openEnforcer } from '../../enforce/enforce.ts'
import { makeCondemn } from '../../impose/condemn.ts'
import type { CurfewOptions } from '../../main.ts'
import { loadCatalog } from '../../process/catalog.ts'
import { systemClock } from '../../process/clock.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Ingest } from '../../runtime/ingest.ts'
import { openIngest } from '../../runtime/ingest.ts'
import { readingOf } from '../../runtime/instances.ts'
import type { InstanceSources } from '../../runtime/proof-rules.ts'
import { declareProofs, sourcesOf } from '../../runtime/proof-rules.ts'
import { openMetrics } from '../../show/metrics/metrics.ts'
import { makeCheckpoint } from '../../source/files/checkpoint.ts'
import type { FileProgress } from '../../source/sources/file.ts'
import { openFiles } from '../../source/sources/file.ts'
import { makeConflictSweep } from '../../store/conflicts.ts'
import type { Store } from '../../store/store.ts'
import { exitCodes } from '../command.ts'
import { openStoreAlone, readOptions } from '../opening.ts'
import { makeProgressLine } from '../progress.ts'
import { makeReplayText, strangerNote } from '../replay-text.ts'
import { untilStopped } from '../stopping.ts'

export interface Options {
  readonly tenant: string
  readonly instance: string
  readonly format: string
  readonly envelope: string
  readonly json?: boolean
}

/** The binding with which events of the instance are read live, so that a copy has the same content. */
function bindingOf({ instances }: ConnectionsFile, { tenant, instance }: Options): Binding {
  const connection = instances.find((each) => each.tenant === tenant && each.instance === instance)
  return {
    tenant,
    instance,
    lane: 'historical',
    mayAct: false,
    trusted: [],
    ...(connection === undefined ? {} : readingOf(connection)),
  }
}

/** The instance by the connections; without a connection, by the format of the files. */
function withFormat({ instances }: ConnectionsFile, told: Options): readonly InstanceSources[] {
  const { tenant, instance, format } = told
  const known = sourcesOf(instances).find(
    (each) => each.tenant === tenant && each.instance === instance,
  )
  const { provider, formats = [], hasWebhook = false } = known ?? {}
  return [{ tenant, instance, provider, formats: [...formats, format], hasWebhook }]
}

export async function run(files: readonly string[], told: Options): Promise<void> {
  checkFiles(files)
  const options = await readOptions('quiet')
  const { settings, clock, log } = options
  const begunAt = clock.now()
  const note = strangerNote(options.connections, told)
  if (note !== undefined) process.stderr.write(`curfew: ${note}\n`)
  await using stack = new AsyncDisposableStack()
  const judging = await openJudging(options, stack)
  const linesOf = new Map<string, number>()
  const { format, envelope } = told
  await declareProofs(withFormat(options.connections, told), { store: judging.store, clock })
  const source = openFiles(files, {
    binding: bindingOf(options.connections, told),
    format,
    envelope,
    checkpoint: makeCheckpoint(checkpointsOf(settings, told)),
    log,
    clock,
    onProgress: makeProgress(({ path, lines }) => linesOf.set(path, lines)),
  })
  stack.defer(() => source.close())
  const running = source.run(judging.ingest.deliver)
  const stopped = untilStopped()
  const signal = await Promise.race([running.then(() => undefined), stopped])
  if (signal !== undefined) {
    running.catch(() => {})
    await source.close()
    process.exitCode = exitCodes.stopped
  }
  const done = signal === undefined
  // On a server the running Curfew does it; two enforcers would conflict.
  if (done && settings.CURFEW_CLICKHOUSE_URL === undefined) await judgeWholeStore(options, judging)
  const lines = [...linesOf.values()].reduce((sum, each) => sum + each, 0)
  const rejected = await rejectedSince(judging.store, told, begunAt)
  const unread = judging.ingest.unread()
  const words =
    (rejected === 0
      ? ''
      : `; ${rejected} of them are not events: see /v1/rejected for the reasons`) +
    (unread === 0 ? '' : `; ${unread} gave no event: see the report unread`) +
    (done ? '' : '; run the same command again to continue')
  process.stdout.write(
    told.json
      ? `${JSON.stringify({ files: files.length, lines, rejected, unread, done })}\n`
      : `recorded ${lines} lines${words}\n`,
  )
}

/** Lines that this run rejected first; no other process writes here meanwhile. */
async function rejectedSince(
  { ask }: Store,
  { tenant, instance }: Options,
  begunAt: number,
): Promise<number> {
  const [row] = await ask(
    `select uniqExact((source, offset)) as lines
     from rejected
     where tenant = {tenant:String} and instance = {instance:String}
       and startsWith(source, 'file:') and recorded_at >= {begun:DateTime64(3)}`,
    { tenant, instance, begun: new Date(begunAt) },
  )
  return Number(row?.lines ?? 0)
}

interface Judging {
  readonly ingest: Ingest
  readonly store: Store
  readonly condemn: Condemn
  readonly meter: Meter
}

const instead =
  'Events sent to its API would be live and could end sessions: stop it, replay the files, ' +
  'and start it again.'

/** The journey without an enforcer. */
async function openJudging(options: CurfewOptions, stack: AsyncDisposableStack): Promise<Judging> {
  const { store, key } = await openStoreAlone(options, instead)
  stack.defer(store.close)
  const metrics = openMetrics()
  stack.defer(metrics.close)
  const { meter } = metrics
  const condemn = makeCondemn({ policy: options.policy })
  const pseudonym = makePseudonym({ key, cacheMax: 500_000 })
  const ports = { store, pseudonym, condemn, meter, onCauses() {} }
  const ingest = await openIngest({ ...options, ...ports, agents: 'all' })
  stack.defer(ingest.close)
  return { ingest, store, condemn, meter }
}

/**
 * Judges what needs the whole store: sessions without a use after their cause, scopes wider than a subject,
 * and sweeps. No provider is open, so no session can be ended.
 */
async function judgeWholeStore(
  options: CurfewOptions,
  { store, condemn, meter }: Judging,
): Promise<void> {
  const enforcer = await openEnforcer({
    ...options,
    ask: store.askControl,
    append: store.append,
    providers: new Map(),
    guards: [],
    condemn,
    random: Math.random,
    meter,
    killSwitch: { isOn: () => true },
    everyMs: 1_000,
    notify() {},
  })
  try {
    let begun = options.clock.now()
    let done = await enforcer.tick()
    while (done.more) {
      begun = options.clock.now()
      done = await enforcer.tick()
    }
    if (done.failure) throw done.failure.error
    const through = { ...throughAll, failing: false, reason: '', at: begun }
    await store.append('work_states', [workStateRow(through)])
  } finally {
    await enforcer.close()
  }
  const sweeps = await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')
  const keep = (findings: readonly Finding[]) => store.append('findings', findings.map(findingRow))
  const schedule = makeSchedule({ ...options, sweeps, ask: store.askSweep, keep, meter })
  for (const sweep of sweeps) await schedule.runOne(sweep)
  await makeConflictSweep({ ...options, ...store, ask: store.askSweep }).runOnce()
}

/**
 * The folder of checkpoints: a file counts as replayed for one tenant, instance, format, envelope and store.
 */
function checkpointsOf(settings: Settings, told: Options): string {
  const { CURFEW_CLICKHOUSE_URL: url = '', CURFEW_CLICKHOUSE_DATABASE: database } = settings
  const { tenant, instance, format, envelope } = told
  const store = [url, url === '' ? '' : database]
  const key = identify('replay', tenant, instance, format, envelope, ...store)
  return join(settings.CURFEW_DATA_DIR, 'checkpoints', key)
}

/** Shows the progress from the first line on, so that the user sees that it began. */
function makeProgress(seen: (progress: FileProgress) => void) {
  const show = makeProgressLine({ stream: process.stderr, now: systemClock.now, firstAfterMs: 0 })
  const textOf = makeReplayText()
  return (progress: FileProgress): void => {
    seen(progress)
    show(textOf(progress, systemClock.now()), progress.done)
  }
}

/** Checked before a store is created: a mistyped name leaves nothing behind. */
function checkFiles(files: readonly string[]): void {
  for (const path of files) {
    try {
      if (statSync(path).isFile()) accessSync(path, constants.R_OK)
      else throw new CurfewError('SETTINGS_INVALID', `${path} is not a file; name files of events`)
    } catch (error) {
      if (error instanceof CurfewError) throw error
      const reason = `${path} cannot be read (${codeOf(error)}); nothing was replayed`
      throw new CurfewError('SETTINGS_INVALID', reason)
    }
  }
}
