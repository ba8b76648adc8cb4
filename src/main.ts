import { join } from 'node:path'
import type { ConnectionsFile, SecretOf } from './config/connections.ts'
import type { Roles } from './config/roles.ts'
import { everyRole } from './config/roles.ts'
import type { Settings } from './config/settings.ts'
import { placeOf } from './config/store-location.ts'
import { loadKey } from './config/subject-key.ts'
import type { Connector } from './connectors/connector.ts'
import type { Condemn } from './contract/curfew.ts'
import type { Finding } from './contract/finding.ts'
import { instanceKey } from './contract/identity.ts'
import { makeIsolatingAppend } from './contract/isolate-refused-rows.ts'
import type { Policy } from './contract/policy.ts'
import type { Clock, Log, Meter, Send } from './contract/ports.ts'
import { findingRow } from './contract/rows.ts'
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
import type { Standing } from './health/intake-health.ts'
import type { StoreWatch } from './health/ready-checks.ts'
import { healthOf } from './health/ready-checks.ts'
import { makeReachWatch } from './health/unreachable-causes.ts'
import { makeBlindness } from './health/unread-messages.ts'
import type { Works } from './health/works.ts'
import { makeSend } from './http/bounded-fetch.ts'
import { makeCondemn } from './impose/condemn.ts'
import { loadCatalog, loadFolders } from './process/catalog.ts'
import type { Api } from './runtime/api.ts'
import { openApi } from './runtime/api.ts'
import { catalogs } from './runtime/catalog-folders.ts'
import { openWatching } from './runtime/health-monitor.ts'
import { loadFormats, openDecode, openIngest } from './runtime/ingest.ts'
import type { Instance } from './runtime/instances.ts'
import { openInstances, withRounding } from './runtime/instances.ts'
import { joinIntake, makeHand, refuseDeliver } from './runtime/intake.ts'
import type { Enforcing } from './runtime/leadership.ts'
import { openEnforcing } from './runtime/leadership.ts'
import type { Telling } from './runtime/notifications.ts'
import { openTelling } from './runtime/notifications.ts'
import { declareProofs, toldOf } from './runtime/proof-rules.ts'
import { makeRunning } from './runtime/run-together.ts'
import {
  makeCursors,
  openFeeds,
  openKafkaIn,
  openSeatIn,
  warnOfBypasses,
} from './runtime/sources.ts'
import type { StopDeadline } from './runtime/stop-deadline.ts'
import { makeStopDeadline } from './runtime/stop-deadline.ts'
import type { Metrics } from './show/metrics/metrics.ts'
import { openMetrics } from './show/metrics/metrics.ts'
import type { Deliver, OnReading, OnStanding } from './source/source.ts'
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

/** A running Curfew: what its roles ask for is open and at work, and the API listens. */
export interface Curfew extends AsyncDisposable {
  readonly api: Api
  readonly store: Store
  readonly deliver: Deliver
  readonly pseudonym: (tenant: string, instance: string, subjectId: string) => string
  /** Rejects when a source, a batch or the enforcer failed in a way that waiting cannot mend. */
  readonly failed: Promise<never>
}

/**
 * Opens everything in order, runs, and closes in reverse order when disposed. What was opened is
 * closed again when something later cannot be.
 *
 * @throws CurfewError of whatever could not be opened.
 */
export async function openCurfew(options: CurfewOptions): Promise<Curfew> {
  await using stack = new AsyncDisposableStack()
  const ground = await openGround(options, stack)
  const { store, settings, roles, deadline, closeBy } = ground
  if (roles.has('ingest')) await declareProofs(toldOf(ground.connections.instances), ground)
  const enforcing = roles.has('enforce') ? await openEnforcement(ground) : undefined
  const ingest = roles.has('ingest')
    ? await openIngest({
        ...ground,
        onCauses: () => enforcing?.nudge(),
        onCurfews: (curfews) => enforcing?.condemned(curfews),
        onFindings: ground.telling.ofFindings,
        onLeftOut: ground.telling.ofLeftOut,
        onBlind: makeBlindness({ ...ground, tell: ground.telling.ofBlindness }),
      })
    : undefined
  const { recorded, worksLeft } = stopTimes
  if (ingest) closeBy('recording', recorded, () => ingest.close(deadline.leftMs(recorded)))
  const deliver = ingest ? ground.standing.watched(ingest.deliver) : refuseDeliver

  warnOfBypasses(options)
  const kafka = openKafkaIn(settings, ground.instances, ground)
  if (kafka) closeBy('the relay topics', worksLeft, kafka.relay.close)
  const hand = makeHand({ ...ground, relay: kafka?.relay, deliver })
  const decode = await openDecode(ground)

  const running = makeRunning(stack, deadline, ingest?.failed)
  if (enforcing) running.add((signal) => enforcing.run(signal))
  for (const each of [ground.works, ground.storeWatch]) running.add((signal) => each.run(signal))
  if (ingest) {
    const cursor = makeCursors({ ask: store.askControl, append: store.append })
    running.add((signal) => ground.standing.run(signal))
    running.failed.catch(ground.standing.failed)
    if (kafka) running.source(kafka.source, deliver)
    const ports = { ...ground, cursor, onUnread: ingest.noteUnread }
    for (const feed of openFeeds(ground.instances, ports)) {
      running.source(feed, hand)
    }
  }
  const api = await openApi({
    ...ground,
    intake: joinIntake({ ...ground, hand, judge: (batch) => decode(batch).rejected }),
    health: healthOf(ground),
  })
  closeBy('the API', worksLeft, api.close)
  const opened = stack.move()
  return {
    api,
    store,
    deliver,
    pseudonym: ground.pseudonym,
    failed: running.failed,
    [Symbol.asyncDispose]: async () => {
      deadline.begin()
      // Before the API has answered whoever still waits: nobody else is ended from here on.
      void running.stop()
      void store.breakOffSweeps()
      await opened.disposeAsync()
    },
  }
}

/** What every part stands on. */
interface Ground extends CurfewOptions, Pick<Curfew, 'store' | 'pseudonym'> {
  readonly roles: Roles
  readonly metrics: Metrics
  readonly meter: Meter
  readonly condemn: Condemn
  readonly killSwitch: KillSwitch
  readonly connectors: readonly Connector[]
  readonly formats: readonly Format[]
  readonly instances: readonly Instance[]
  readonly send: Send
  readonly telling: Telling
  readonly standing: Standing
  /** By when what has to be closed is closed. */
  readonly deadline: StopDeadline
  readonly closeBy: (what: string, until: number, close: () => Promise<void>) => void
  readonly works: Works
  readonly storeWatch: StoreWatch
  readonly onWork: Works['note']
  /** Where sources say whether they can be read. */
  readonly onStanding: OnStanding
  readonly onReading: OnReading
  readonly onFault: Telling['ofCodeFault']
}

/** Subjects whose reference is kept, beside the memory's own. */
const pseudonymsMax = 500_000

/** Puts closings on the stack that one deadline bounds. */
function openDeadline(options: CurfewOptions, stack: AsyncDisposableStack) {
  const deadline = makeStopDeadline(options)
  const closeBy: Ground['closeBy'] = (what, until, close) =>
    stack.defer(() => deadline.within(what, until, close))
  return { deadline, closeBy }
}

async function openGround(options: CurfewOptions, stack: AsyncDisposableStack): Promise<Ground> {
  const { settings, connections, secretOf, clock, log } = options
  const dataDir = settings.CURFEW_DATA_DIR
  const { deadline, closeBy } = openDeadline(options, stack)
  const metrics = openMetrics()
  stack.defer(metrics.close)
  const { meter } = metrics
  const key = loadKey(settings.CURFEW_KEY_FILE ?? join(dataDir, 'keys/subject.key'))
  const store = await openStore({ ...placeOf(settings), sealKey: key, log })
  closeBy('the store', stopTimes.storeLeft, store.close)
  const local = openKillSwitch({ file: join(dataDir, 'kill-switch'), clock, log })
  // A folder has one process; over a server whoever enforces must hear of it from all others.
  const killSwitch =
    settings.CURFEW_CLICKHOUSE_URL === undefined
      ? local
      : openStoreKillSwitch({ local, ask: store.askControl, append: store.append, clock, log })
  stack.defer(killSwitch.close)
  const send = makeSend({ timeoutMs: 9_000, bodyBytesMax: 1_048_576 })
  // Nothing is told before there is somebody who watches.
  const onWork: Works['note'] = (done) => watching.onWork(done)
  const telling = openTelling(settings, { send, clock, log, meter, onWork })
  const tellLast = () => telling.close(deadline.leftMs(stopTimes.notified))
  closeBy('notices', stopTimes.notified, tellLast)
  const watching = await openWatching(options, { store, telling, meter })
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
    telling,
    ...watching,
    deadline,
    closeBy,
    onFault: telling.ofCodeFault,
  }
}

/** What only the process does that enforces. */
const worksOfTerm = ['enforcement', 'instances', 'orders', 'lists', 'sweeps'] as const

/** The enforcer, and beside it what only one process may do: the sweeps. */
async function openEnforcement(ground: Ground): Promise<Enforcing> {
  const { store, settings, clock, log } = ground
  const providers = new Map(
    ground.instances.flatMap(({ binding: { tenant, instance }, provider }) =>
      provider ? [[instanceKey(tenant, instance), provider] as const] : [],
    ),
  )
  const guards = await loadCatalog<Guard>(catalogs.guards, 'guard')
  const sweeps = await loadCatalog<Sweep>(catalogs.sweeps, 'sweep')
  const append = makeIsolatingAppend({ ...ground, append: store.append })
  const keep = async (findings: readonly Finding[]): Promise<void> => {
    await append('findings', findings.map(findingRow))
    ground.telling.ofFindings(findings)
  }
  const seat = openSeatIn(settings, ground)
  if (!seat && settings.CURFEW_CLICKHOUSE_URL !== undefined) {
    log.warn({}, 'without Kafka nobody elects: no other process may enforce over this store')
  }
  const open = (isElected: () => boolean) =>
    openEnforcer({
      ...ground,
      ask: store.askControl,
      askOrders: store.askOrders,
      askReviews: store.askReviews,
      append: store.append,
      providers,
      guards,
      pseudonymOf: ground.pseudonym,
      random: Math.random,
      everyMs: settings.CURFEW_ENFORCE_EVERY_MS,
      notify: ground.telling.ofEnforcer,
      isElected,
    })
  const beside = async (signal: AbortSignal): Promise<void> => {
    const schedule = makeSchedule({ ...ground, sweeps, ask: store.askSweep, keep })
    const conflicts = makeConflictSweep({ ...ground, append: store.append, ask: store.askSweep })
    const reach = makeReachWatch({
      ...ground,
      ask: store.askSweep,
      tell: ground.telling.ofReach,
    })
    await Promise.all([schedule.run(signal), conflicts.run(signal), reach.run(signal)])
  }
  const onOver = () => ground.works.forget(worksOfTerm)
  return openEnforcing({ open, beside, onOver, seat, clock, log })
}
