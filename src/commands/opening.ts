import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionsFile } from '../config/connections.ts'
import { loadConnections } from '../config/connections.ts'
import { loadPolicy } from '../config/policy.ts'
import type { Settings } from '../config/settings.ts'
import { readSecret, readSettings } from '../config/settings.ts'
import { storeLocationOf } from '../config/store-location.ts'
import { loadKey } from '../config/subject-key.ts'
import { version } from '../config/version.ts'
import type { Connector } from '../connectors/connector.ts'
import { CurfewError } from '../contract/errors.ts'
import type { Detector } from '../detect/detector.ts'
import type { Sweep } from '../detect/sweep.ts'
import { makeSend } from '../http/bounded-fetch.ts'
import type { CurfewOptions } from '../main.ts'
import { idsIn, loadCatalog, loadFolders } from '../process/catalog.ts'
import { systemClock } from '../process/clock.ts'
import { makeLog } from '../process/log.ts'
import type { RunningServer } from '../process/running-server.ts'
import { serverIn } from '../process/running-server.ts'
import { catalogs } from '../runtime/catalog-folders.ts'
import type { Store } from '../store/store.ts'
import { openStore } from '../store/store.ts'

/**
 * Reads the options to open Curfew from the environment. A command that ends by itself is `quiet`: it
 * prints its result and logs warnings only.
 *
 * @throws CurfewError SETTINGS_INVALID, POLICY_INVALID.
 */
export async function readOptions(logging: 'quiet' | 'usual' = 'usual'): Promise<CurfewOptions> {
  const settings = readSettings()
  const { CURFEW_LOG_LEVEL: level, CURFEW_POLICY: policy } = settings
  // Without a policy there is nothing to check against them.
  const reporting = policy === undefined ? [] : await reportingIds()
  return {
    settings,
    connections: await readConnections(settings.CURFEW_CONNECTIONS),
    policy: loadPolicy(policy, detectorIds(), reporting),
    secretOf: readSecret,
    clock: systemClock,
    log: makeLog(logging === 'quiet' && level === 'info' ? 'warn' : level),
    version,
  }
}

/** @throws CurfewError SETTINGS_INVALID listing every problem with its place in the file. */
export async function readConnections(path: string | undefined): Promise<ConnectionsFile> {
  if (path === undefined) return loadConnections(path, [])
  return loadConnections(path, await loadFolders<Connector>(catalogs.connectors, 'connector'))
}

/** Ids that a policy may name: detectors and sweeps. */
export function detectorIds(): readonly string[] {
  return [catalogs.detectors, catalogs.sweeps].flatMap(idsIn).sort()
}

/**
 * Detectors and sweeps whose findings report a curfew and never impose another one, whatever the policy
 * says: the session is condemned already.
 */
export async function reportingIds(): Promise<readonly string[]> {
  const [detectors, sweeps] = await Promise.all([
    loadCatalog<Detector>(catalogs.detectors, 'detector'),
    loadCatalog<Sweep>(catalogs.sweeps, 'sweep'),
  ])
  return [...detectors, ...sweeps]
    .filter(({ family }) => family === 'lifecycle')
    .map(({ id }) => id)
}

/** Path of the key: by the settings, else in the data folder. */
export function keyPathOf(settings: Settings): string {
  return settings.CURFEW_KEY_FILE ?? join(settings.CURFEW_DATA_DIR, 'keys/subject.key')
}

/** The running Curfew that holds the data folder of the embedded engine; undefined for a database server. */
export function runningServerOf(settings: Settings): RunningServer | undefined {
  const isEmbedded = settings.CURFEW_CLICKHOUSE_URL === undefined
  return isEmbedded ? serverIn(settings.CURFEW_DATA_DIR) : undefined
}

/**
 * Checked first: an engine that does not get its lock prints its own message to standard error.
 *
 * @param instead what to do while a server has the folder, as a sentence.
 * @throws CurfewError STORE_LOCKED
 */
export async function refuseWhileInUse(settings: Settings, instead: string): Promise<void> {
  const holder = runningServerOf(settings)
  if (holder === undefined || !(await answers(holder))) return
  const { pid, url } = holder
  throw new CurfewError(
    'STORE_LOCKED',
    `the data folder ${settings.CURFEW_DATA_DIR} is in use by process ${pid}, the Curfew at ${url}. ${instead}`,
  )
}

/**
 * For commands that only read: refuses a data folder without a store, instead of creating one.
 *
 * @throws CurfewError SETTINGS_INVALID
 */
export function refuseWithoutStore(settings: Settings): void {
  const { target } = storeLocationOf(settings)
  if (target.kind === 'server' || existsSync(target.path)) return
  throw new CurfewError(
    'SETTINGS_INVALID',
    `there is no store in ${settings.CURFEW_DATA_DIR} yet; curfew start or curfew replay makes one, and CURFEW_DATA_DIR names another folder`,
  )
}

/**
 * Opens the store alone, with its seal key, for commands that only read or replay.
 *
 * @param instead what to do while a server has the folder, as a sentence.
 * @throws CurfewError STORE_LOCKED while a server has the folder; SETTINGS_INVALID, STORE_UNREACHABLE.
 */
export async function openStoreAlone(
  { settings, log }: Pick<CurfewOptions, 'settings' | 'log'>,
  instead = 'Stop it first.',
): Promise<{
  readonly store: Store
  readonly key: Buffer
}> {
  await refuseWhileInUse(settings, instead)
  const key = loadKey(keyPathOf(settings))
  return { key, store: await openStore({ ...storeLocationOf(settings), sealKey: key, log }) }
}

/** Whether the server answers: its note may have outlived it, and another process have its number. */
async function answers({ url }: RunningServer): Promise<boolean> {
  const send = makeSend({ timeoutMs: 2_000, bodyBytesMax: 65_536 })
  return send(`${url}/healthz`, { method: 'GET' }).then(
    () => true,
    () => false,
  )
}
