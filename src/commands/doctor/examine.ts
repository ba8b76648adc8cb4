import { existsSync, statSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ConnectionsFile } from '../../config/connections.ts'
import { loadConnections } from '../../config/connections.ts'
import { defaultPolicy, loadPolicy } from '../../config/policy.ts'
import type { Settings } from '../../config/settings.ts'
import { readSettings } from '../../config/settings.ts'
import { storeLocationOf } from '../../config/store-location.ts'
import type { Connector } from '../../connectors/connector.ts'
import { CurfewError, codeOf, reasonOf } from '../../contract/errors.ts'
import type { Policy } from '../../contract/policy.ts'
import { loadFolders } from '../../process/catalog.ts'
import { systemClock } from '../../process/clock.ts'
import { makeLog } from '../../process/log.ts'
import type { RunningServer } from '../../process/running-server.ts'
import { serverIn } from '../../process/running-server.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import { openNotifications } from '../../runtime/notifications.ts'
import type { StoreTarget } from '../../store/clickhouse.ts'
import { openEngine } from '../../store/clickhouse.ts'
import { detectorIds, reportingIds } from '../opening.ts'
import { policyText, signOutWarning } from '../policy-text.ts'
import { examineFiles } from './check-files.ts'
import { examineHistory } from './check-history.ts'
import type { CheckResult } from './check-result.ts'
import { attempt } from './check-result.ts'
import { examineServer } from './check-server.ts'
import { topicsWithoutBrokers } from './topics-without-brokers.ts'

/** Looks at everything that the environment names, and changes nothing. `instead` goes before it. */
export async function examine(
  instead: Pick<Settings, 'CURFEW_CONNECTIONS' | 'CURFEW_POLICY'> = {},
): Promise<readonly CheckResult[]> {
  const read = attempt('settings', readSettings)
  if ('state' in read) return [read]
  const settings = { ...read.value, ...instead }
  const reporting = await reportingIds()
  const policy = attempt('policy', () =>
    loadPolicy(settings.CURFEW_POLICY, detectorIds(), reporting),
  )
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  const connections = attempt('connections', () =>
    loadConnections(settings.CURFEW_CONNECTIONS, connectors),
  )
  // Also where the store is a database of its own: its process answers for the work that it does.
  const running = serverIn(settings.CURFEW_DATA_DIR)
  return [
    { check: 'settings', state: 'ok', detail: 'read; .env.example lists every variable' },
    ...('state' in policy ? [policy] : checkPolicy(settings, policy.value)),
    ...(await checkStore(settings, 'state' in policy ? defaultPolicy : policy.value, running)),
    ...(running === undefined ? [] : await examineServer(running)),
    ...(await examineFiles(settings)),
    ...(await kafkaOf(settings, 'state' in connections ? undefined : connections.value)),
    ...('state' in connections ? [connections] : await checkConnections(connections.value)),
    await checkNotifications(settings),
  ]
}

function checkPolicy(settings: Settings, policy: Policy): readonly CheckResult[] {
  const check = 'policy'
  if (settings.CURFEW_POLICY === undefined) {
    const detail =
      'no file: everything is observed and nothing is ended, also of what a person signs out. Set CURFEW_POLICY when you have seen enough.'
    return [{ check, state: 'optional', detail }]
  }
  const warning = signOutWarning(policy)
  return [
    { check, state: 'ok', detail: policyText(policy) },
    ...(warning === undefined
      ? []
      : [{ check: 'policy of sign-outs', state: 'missing', detail: warning } as const]),
  ]
}

async function checkStore(
  settings: Settings,
  policy: Policy,
  running: RunningServer | undefined,
): Promise<readonly CheckResult[]> {
  const check = 'store'
  const { target } = storeLocationOf(settings)
  if (running !== undefined && target.kind === 'embedded') {
    const detail = `in use by process ${running.pid}, the Curfew at ${running.url}`
    return [{ check, state: 'ok', detail }]
  }
  try {
    if (target.kind === 'embedded' && !existsSync(target.path)) {
      await access(nearestFolder(resolve(target.path)), constants.W_OK)
      const detail = `nothing recorded yet; ${target.path} is made at the first start`
      return [{ check, state: 'ok', detail }]
    }
    return await askEngine(target, policy)
  } catch (error) {
    if (error instanceof CurfewError && error.code === 'STORE_LOCKED') {
      return [{ check, state: 'ok', detail: `in use: ${error.message}` }]
    }
    const reason = error instanceof CurfewError ? error.message : codeOf(error)
    const detail =
      target.kind === 'embedded'
        ? `${target.path}: ${reason}; check CURFEW_DATA_DIR and who may write there`
        : `${reason}; check CURFEW_CLICKHOUSE_URL, the user and its password`
    return [{ check, state: 'broken', detail }]
  }
}

async function askEngine(target: StoreTarget, policy: Policy): Promise<readonly CheckResult[]> {
  const engine = await openEngine(target)
  try {
    const session = await engine.session()
    const [row] = await session.rows('select version() as version')
    const detail = `${target.kind} ClickHouse answers: ${JSON.stringify(row)}`
    const history = await examineHistory(session, policy.timing.settlingMs)
    return [{ check: 'store', state: 'ok', detail }, ...(history ? [history] : [])]
  } finally {
    await engine.close()
  }
}

/** What the folder would be made in. @throws ENOTDIR when a file is in its way. */
function nearestFolder(path: string): string {
  if (!existsSync(path)) return nearestFolder(dirname(path))
  if (statSync(path).isDirectory()) return path
  throw Object.assign(new Error('a file is in the way'), { code: 'ENOTDIR' })
}

async function checkConnections(connections: ConnectionsFile): Promise<readonly CheckResult[]> {
  const { length } = connections.tokens
  const tokens: CheckResult =
    length > 0
      ? { check: 'API tokens', state: 'ok', detail: `${length} in force` }
      : {
          check: 'API tokens',
          state: 'missing',
          detail: 'nobody can use the API. Make one with `curfew token`.',
        }
  if (connections.instances.length > 0) return [...(await ofProviders(connections)), tokens]
  const detail =
    'no identity provider is named. Write a connections file and set CURFEW_CONNECTIONS; docs/connect.md shows one.'
  return [{ check: 'connections', state: 'missing', detail }, tokens]
}

async function ofProviders(connections: ConnectionsFile): Promise<readonly CheckResult[]> {
  const { examineProviders } = await import('./check-providers.ts')
  return examineProviders(connections)
}

// Loaded where there is something to look at: clients of brokers and providers are large.

async function kafkaOf(
  settings: Settings,
  connections: ConnectionsFile | undefined,
): Promise<readonly CheckResult[]> {
  const check = 'kafka'
  if (settings.CURFEW_KAFKA_BROKERS !== undefined) {
    const { examineKafka } = await import('./check-kafka.ts')
    return examineKafka(settings, connections)
  }
  const reason = topicsWithoutBrokers(settings, connections)
  if (reason !== undefined) return [{ check, state: 'broken', detail: reason }]
  const detail =
    'no brokers: intake, feeds and files travel directly. Set CURFEW_KAFKA_BROKERS to read topics.'
  return [{ check, state: 'optional', detail }]
}

async function checkNotifications(settings: Settings): Promise<CheckResult> {
  const check = 'notices'
  if (settings.CURFEW_NOTIFY_URL === undefined) {
    const detail =
      'broken curfews and breaches are only logged. Set CURFEW_NOTIFY_URL and CURFEW_NOTIFY_SECRET.'
    return { check, state: 'optional', detail }
  }
  try {
    const send = () => Promise.reject(new TypeError('nothing is told here'))
    const meter = { count() {}, gauge() {}, observeMs() {} }
    await openNotifications(settings, {
      send,
      clock: systemClock,
      log: makeLog('silent'),
      meter,
    }).close()
    return { check, state: 'ok', detail: 'an address and a secret are set' }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
