import { randomUUID } from 'node:crypto'
import type { ConnectionsFile } from '../config/connections.ts'
import type { Roles } from '../config/roles.ts'
import { hasRoute } from '../config/roles.ts'
import type { Settings } from '../config/settings.ts'
import { CurfewError, codeOf } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { Clock, Log } from '../contract/ports.ts'
import { stopTimes } from '../contract/stop-times.ts'
import type { Detector } from '../detect/detector.ts'
import type { Sweep } from '../detect/sweep.ts'
import type { KillSwitch } from '../enforce/kill-switch/kill-switch.ts'
import { loadCatalog } from '../process/catalog.ts'
import { announceServer } from '../process/running-server.ts'
import type { Token } from '../show/api/principal.ts'
import type { Server } from '../show/api/server.ts'
import type { Metrics } from '../show/metrics/metrics.ts'
import { makeStoreMetrics } from '../show/metrics/store-metrics.ts'
import type { Deps, Health, KillSwitchPort } from '../show/route.ts'
import { buildServer } from '../show/show.ts'
import { fill } from '../store/literal.ts'
import type { Store } from '../store/store.ts'
import { loadApiCatalogs } from './api-catalogs.ts'
import { catalogs } from './catalog-folders.ts'
import type { Instance } from './instances.ts'
import { ownClientsOf } from './instances.ts'
import { relayTopicOf } from './intake.ts'

export interface ApiOptions {
  readonly settings: Settings
  readonly connections: ConnectionsFile
  readonly instances: readonly Instance[]
  readonly policy: Policy
  readonly store: Store
  readonly pseudonym: Deps['pseudonym']
  readonly intake: Deps['intake']
  readonly killSwitch: KillSwitch
  readonly metrics: Metrics
  readonly health: Health
  readonly roles: Roles
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

export interface Api {
  readonly server: Server
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Builds the API and listens.
 *
 * @throws CurfewError SETTINGS_INVALID when the address cannot be listened on.
 */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { settings, log, clock } = options
  const server = await buildServer(await depsOf(options))
  const { CURFEW_HTTP_HOST: host, CURFEW_HTTP_PORT: port } = settings
  try {
    const url = await server.listen({ host, port })
    log.info({ url }, 'the API listens')
    const leave = announceServer(settings.CURFEW_DATA_DIR, {
      url,
      serves: options.roles.has('serve'),
    })
    const close = async () => {
      leave()
      const over = new AbortController()
      const cut = clock
        .wait(stopTimes.requestsCut, over.signal)
        .then(() => server.server.closeAllConnections())
      await server.close().finally(() => over.abort())
      await cut
    }
    return { server, url, close }
  } catch (error) {
    await server.close()
    const isTaken = codeOf(error) === 'EADDRINUSE'
    const todo = isTaken
      ? 'set CURFEW_HTTP_PORT, or --port of the demo, to a free port'
      : 'set CURFEW_HTTP_HOST to an address of this machine'
    throw new CurfewError(
      'SETTINGS_INVALID',
      `cannot listen on ${host}:${port} (${codeOf(error)}); ${todo}`,
      { cause: error },
    )
  }
}

async function depsOf(options: ApiOptions): Promise<Deps> {
  const { store, instances, connections, metrics, clock, killSwitch } = options
  const { routes, reports, webhooks } = await loadApiCatalogs()
  return {
    ask: store.ask,
    append: store.append,
    fill,
    tokens: connections.tokens.map((token) => tokenOf(token, connections)),
    pseudonym: options.pseudonym,
    now: clock.now,
    log: options.log,
    meter: metrics.meter,
    metricsText: options.roles.has('serve')
      ? makeStoreMetrics({
          ...metrics,
          ask: store.ask,
          isStopped: killSwitch.isOn,
          canList: (tenant, instance) => endingOf(instances, tenant, instance)?.canList ?? false,
          clock,
          log: options.log,
        })
      : metrics.text,
    detectors: await detectorsBy(options.policy),
    instancesOf: (tenant) =>
      connections.instances.flatMap((each) => (each.tenant === tenant ? [each.instance] : [])),
    reports,
    routes: routes.filter(({ id }) => hasRoute(options.roles, id)),
    intake: options.intake,
    webhooks,
    killSwitch: killSwitchPort(killSwitch),
    health: options.health,
    version: options.version,
    ownClients: ownClientsOf(instances),
    newId: randomUUID,
    endingOf: (tenant, instance) => endingOf(instances, tenant, instance),
    modeOf: (cause) => options.policy.causes[cause].mode,
  }
}

function endingOf(instances: readonly Instance[], tenant: string, instance: string) {
  const provider = instances.find(
    ({ binding }) => binding.tenant === tenant && binding.instance === instance,
  )?.provider
  return provider && { ...provider.capabilities, canList: provider.list !== undefined }
}

/** The detectors and sweeps, each in the mode that policy sets. */
export async function detectorsBy({
  detectors: rules,
}: Pick<Policy, 'detectors'>): Promise<Deps['detectors']> {
  const [detectors, sweeps] = await Promise.all([
    loadCatalog<Detector>(catalogs.detectors, 'detector'),
    loadCatalog<Sweep>(catalogs.sweeps, 'sweep'),
  ])
  const entryOf = (kind: 'detector' | 'sweep') => (each: Detector | Sweep) => ({
    ...{ id: each.id, kind, title: each.title, severity: each.severity },
    mode: rules[each.id]?.mode ?? each.mode,
    ...{ attack: [...each.attack], runbook: each.runbook },
  })
  return [...detectors.map(entryOf('detector')), ...sweeps.map(entryOf('sweep'))]
}

function tokenOf(
  { name, tenant, roles, sha256, instance }: ConnectionsFile['tokens'][number],
  { instances }: ConnectionsFile,
): Token {
  const own = instances.find((each) => each.tenant === tenant && each.instance === instance)
  const relayTopic = own && relayTopicOf(own)
  return {
    name,
    tenant,
    roles,
    sha256,
    ...(instance === undefined ? {} : { instance }),
    ...(relayTopic === undefined ? {} : { relayTopic }),
  }
}

function killSwitchPort(killSwitch: KillSwitch): KillSwitchPort {
  return {
    read: async () => {
      const on = killSwitch.isOn()
      const note = on ? killSwitch.note() : undefined
      return {
        on,
        by: note?.by ?? '',
        at: note === undefined || note.at === 0 ? null : note.at,
        reason: note?.reason ?? '',
      }
    },
    set: async (on, by, reason) => killSwitch.set(on, by, reason),
  }
}
