import { join } from 'node:path'
import type { ConnectionsFile, SecretOf } from './config/connections.ts'
import type { Roles } from './config/roles.ts'
import { everyRole } from './config/roles.ts'
import type { Settings } from './config/settings.ts'
import { storeLocationOf } from './config/store-location.ts'
import { loadKey } from './config/subject-key.ts'
import type { Connector } from './connectors/connector.ts'
import type { Condemn } from './contract/curfew.ts'
import { instanceKey } from './contract/identity.ts'
import { makeIsolatingAppend } from './contract/isolate-refused-rows.ts'
import type { Policy } from './contract/policy.ts'
import type { Clock, Log, Meter, Send } from './contract/ports.ts'
import { stopTimes } from './contract/stop-times.ts'
import type { Format } from './decode/format.ts'
import { makePseudonym } from './decode/pseudonym.ts'
import { makeSchedule } from './detect/schedule.ts'
import type { Sweep } from './detect/sweep.ts'
import { openEnforcer } from './enforce/enforce.ts'
import type { Guard } from './enforce/guarding/guard.ts'
import type { KillSwitch } from './enforce/kill-switch/kill-switch.ts'
import { openKillSwitch } from './enforce/kill-switch/kill-switch.ts'
import { openStoreKillSwitch } from './enforce/kill-switch/store-kill-switch.ts'
import type { IntakeHealth } from './health/intake-health.ts'
import type { StoreWatch } from './health/ready-checks.ts'
import { healthOf } from './health/ready-checks.ts'
import { makeUnreachableCauses } from './health/unreachable-causes.ts'
import { makeMissingCauseReport } from './health/unread-messages.ts'
import type { Works } from './health/works.ts'
import { makeSend } from './http/bounded-fetch.ts'
import { makeCondemn } from './impose/condemn.ts'
import { loadCatalog, loadFolders } from './process/catalog.ts'
import type { Api } from './runtime/api.ts'
import { openApi } from './runtime/api.ts'
import { catalogs } from './runtime/catalog-folders.ts'
import { openHealthMonitor } from './runtime/health-monitor.ts'
import { loadFormats, openDecode, openIngest } from './runtime/ingest.ts'
import type { Instance } from './runtime/instances.ts'
import { openInstances, withRounding } from './runtime/instances.ts'
import { joinIntake, makeForwarder, refuseDeliver } from './runtime/intake.ts'
import type { Enforcing } from './runtime/leadership.ts'
import { openEnforcing } from './runtime/leadership.ts'
import type { Notifications } from './runtime/notifications.ts'
import { openNotifications } from './runtime/notifications.ts'
import { declareProofs, sourcesOf } from './runtime/proof-rules.ts'
import { makeRecordFindings } from './runtime/record-findings.ts'
import { makeRunning } from './runtime/run-together.ts'
import {
  makeCursors,
  openFeeds,
  openKafkaIn,
  openLeaderLeaseIn,
  warnOfBypasses,
} from './runtime/sources.ts'
import type { StopDeadline } from './runtime/stop-deadline.ts'
import { makeStopDeadline } from './runtime/stop-deadline.ts'
import type { Metrics } from './show/metrics/metrics.ts'
import { openMetrics } from './show/metrics/metrics.ts'
import type { Deliver, OnIntakeHealth, OnReading } from './source/source.ts'
import { makeConflictSweep } from './store/conflicts.ts'
import type { Store } from './store/store.ts'
import { openStore } from './store/store.ts'

export interface CurfewOptions {
  readonly settings: Settings
  readonly connections: ConnectionsFile
  readonly policy: Policy
  readonly secretOf: SecretOf
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  /** What this process does; everything by default. */
  readonly roles?: Roles
}

/** A running Curfew: the parts of its roles are open and running, and the API listens. */
export interface Curfew extends AsyncDisposable {
  readonly api: Api
  readonly store: Store
  readonly deliver: Deliver
  readonly pseudonym: (tenant: string, instance: string, subjectId: string) => string
  /** Rejects when a source, a batch or the enforcer failed and a retry cannot help. */
  readonly failed: Promise<never>
}

/**
 * Opens the parts in order, runs them, and closes them in reverse order when disposed. When a part
 * cannot be opened, those before it are closed again.
 *
 * @throws CurfewError of the part that could not be opened.
 */
export async function openCurfew(options: CurfewOptions): Promise<Curfew> {
  await using stack = new AsyncDisposableStack()
  const services = await openSharedServices(options, stack)
  const { store, settings, roles, deadline, closeBy, notifications, intakeHealth } = services
  if (roles.has('ingest')) await declareProofs(sourcesOf(services.connections.instances), services)
  const enforcing = roles.has('enforce') ? await openEnforcement(services) : undefined
  const ingest = roles.has('ingest')
    ? await openIngest({
        ...services,
        onCauses: () => enforcing?.nudge(),
        onCurfews: (curfews) => enforcing?.condemned(curfews),
        onFindings: notifications.ofFindings,
        onUnusableField: notifications.ofUnusableField,
        onMissingCauses: makeMissingCauseReport(options, notifications.ofMissingCauses),
      })
    : undefined
  const { recorded, worksLeft } = stopTimes
  if (ingest) closeBy('recording', recorded, () => ingest.close(deadline.leftMs(recorded)))
  const deliver = ingest ? intakeHealth.watched(ingest.deliver) : refuseDeliver

  warnOfBypasses(options)
  const kafka = openKafkaIn(settings, services.instances, services)
  if (kafka) closeBy('the relay topics', worksLeft, kafka.relay.close)
  const forward = makeForwarder({ ...services, relay: kafka?.relay, deliver })
  const decode = await openDecode(services)

  const running = makeRunning(stack, deadline, ingest?.failed)
  if (enforcing) running.add((signal) => enforcing.run(signal))
  for (const { run } of [services.works, services.storeWatch]) running.add(run)
  if (ingest) {
    const cursor = makeCursors({ ask: store.askControl, append: store.append })
    running.add((signal) => intakeHealth.run(signal))
    running.failed.catch(intakeHealth.failed)
    if (kafka) running.source(kafka.source, deliver)
    const ports = { ...services, cursor, onUnread: ingest.noteUnread }
    for (const feed of openFeeds(services.instances, ports)) running.source(feed, forward)
  }
  const api = await openApi({
    ...services,
    intake: joinIntake({ ...services, forward, judge: (batch) => decode(batch).rejected }),
    health: healthOf(services),
  })
  closeBy('the API', worksLeft, api.close)
  const opened = stack.move()
  return {
    api,
    store,
    deliver,
    pseudonym: services.pseudonym,
    failed: running.failed,
    [Symbol.asyncDispose]: async () => {
      deadline.begin()
      // Before the API has answered its last requests: from here on no session is ended.
      void running.stop()
      void store.breakOffSweeps()
      await opened.disposeAsync()
    },
  }
}

/** What several parts use. */
interface SharedServices extends CurfewOptions, Pick<Curfew, 'store' | 'pseudonym'> {
  readonly roles: Roles
  readonly metrics: Metrics
  readonly meter: Meter
  readonly condemn: Condemn
  readonly killSwitch: KillSwitch
  readonly connectors: readonly Connector[]
  readonly formats: readonly Format[]
  readonly instances: readonly Instance[]
  readonly send: Send
  readonly notifications: Notifications
  readonly intakeHealth: IntakeHealth
  /** Bounds the closing of the parts. */
  readonly deadline: StopDeadline
  readonly closeBy: (what: string, until: number, close: () => Promise<void>) => void
  readonly works: Works
  readonly storeWatch: StoreWatch
  readonly onWork: Works['note']
  /** Sources report here whether they can be read. */
  readonly onIntakeHealth: OnIntakeHealth
  readonly onReading: OnReading
  readonly onFault: Notifications['ofCodeFault']
}

/** Subject references that are cached, beside those in memory. */
const pseudonymsMax = 500_000

/** Makes the deadline of the stop, and the function that defers a closing within it. */
function openDeadline(options: CurfewOptions, stack: AsyncDisposableStack) {
  const deadline = makeStopDeadline(options)
  const closeBy: SharedServices['closeBy'] = (what, until, close) =>
    stack.defer(() => deadline.within(what, until, close))
  return { deadline, closeBy }
}

async function openSharedServices(
  options: CurfewOptions,
  stack: AsyncDisposableStack,
): Promise<SharedServices> {
  const { settings, connections, secretOf, clock, log } = options
  const dataDir = settings.CURFEW_DATA_DIR
  const { deadline, closeBy } = openDeadline(options, stack)
  const metrics = openMetrics()
  stack.defer(metrics.close)
  const { meter } = metrics
  const key = loadKey(settings.CURFEW_KEY_FILE ?? join(dataDir, 'keys/subject.key'))
  const store = await openStore({ ...storeLocationOf(settings), sealKey: key, log })
  closeBy('the store', stopTimes.storeLeft, store.close)
  const local = openKillSwitch({ file: join(dataDir, 'kill-switch'), clock, log })
  // A data folder has one process; over a server the switch must reach the process that enforces.
  const killSwitch =
    settings.CURFEW_CLICKHOUSE_URL === undefined
      ? local
      : openStoreKillSwitch({ local, ask: store.askControl, append: store.append, clock, log })
  stack.defer(killSwitch.close)
  const send = makeSend({ timeoutMs: 9_000, bodyBytesMax: 1_048_576 })
  // Called only after the monitor is open.
  const onWork: Works['note'] = (done) => monitor.onWork(done)
  const notifications = openNotifications(settings, { send, clock, log, meter, onWork })
  const sendLast = () => notifications.close(deadline.leftMs(stopTimes.notified))
  closeBy('notifications', stopTimes.notified, sendLast)
  const monitor = await openHealthMonitor(options, { store, notifications, meter })
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  const instances = openInstances(connections, connectors, { send, clock, secretOf })
  const policy = withRounding(options.policy, instances)
  return {
    ...options,
    policy,
    roles: options.roles ?? everyRole,
    metrics,
    meter,
    store,
    pseudonym: makePseudonym({ key, cacheMax: pseudonymsMax }),
    condemn: makeCondemn({ policy }),
    killSwitch,
    connectors,
    formats: await loadFormats(),
    instances,
    send,
    notifications,
    ...monitor,
    deadline,
    closeBy,
    onFault: notifications.ofCodeFault,
  }
}

/** Work that only the leader does. */
const worksOfLeader = ['enforcement', 'instances', 'orders', 'lists', 'sweeps'] as const

/** Opens the enforcer and the sweeps, which only one process may run. */
async function openEnforcement(services: SharedServices): Promise<Enforcing> {
  const { store, settings, clock, log } = services
  const providers = new Map(
    services.instances.flatMap(({ binding: { tenant, instance }, provider }) =>
      provider ? [[instanceKey(tenant, instance), provider] as const] : [],
    ),
  )
  const guards = await loadCatalog<Guard>(catalogs.guards, 'guard')
  const sweeps = await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')
  const append = makeIsolatingAppend({ ...services, append: store.append })
  const notify = services.notifications.ofFindings
  const keep = makeRecordFindings({ ask: store.askSweep, append, notify })
  const lease = openLeaderLeaseIn(settings, services)
  if (!lease && settings.CURFEW_CLICKHOUSE_URL !== undefined) {
    log.warn({}, 'without Kafka there is no election: no other process may enforce over this store')
  }
  const open = (isElected: () => boolean) =>
    openEnforcer({
      ...services,
      ask: store.askControl,
      askOrders: store.askOrders,
      askReviews: store.askReviews,
      append: store.append,
      providers,
      guards,
      pseudonymOf: services.pseudonym,
      random: Math.random,
      everyMs: settings.CURFEW_ENFORCE_EVERY_MS,
      notify: services.notifications.ofEnforcer,
      isElected,
    })
  const beside = async (signal: AbortSignal): Promise<void> => {
    const schedule = makeSchedule({ ...services, sweeps, ask: store.askSweep, keep })
    const conflicts = makeConflictSweep({ ...services, append: store.append, ask: store.askSweep })
    const reach = makeUnreachableCauses({
      ...services,
      ask: store.askSweep,
      notify: services.notifications.ofUnreachableCause,
    })
    await Promise.all([schedule.run(signal), conflicts.run(signal), reach.run(signal)])
  }
  const onOver = () => services.works.forget(worksOfLeader)
  return openEnforcing({ open, beside, onOver, lease, clock, log })
}
