import type { Connection } from '../config/connections.ts'
import type { Connector } from '../connectors/connector.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Clock } from '../contract/ports.ts'
import { recordProofRules } from '../enforce/session/clock-uncertainty.ts'
import { loadFolders } from '../process/catalog.ts'
import type { Store } from '../store/store.ts'
import { catalogs } from './catalog-folders.ts'

/** What shows the provider of an instance: its connection, or the formats of its events. */
export interface InstanceSources {
  readonly tenant: string
  readonly instance: string
  readonly provider: string | undefined
  readonly formats: readonly string[]
  /** Whether webhooks of a provider come for it. */
  readonly hasWebhook?: boolean
}

/**
 * What shows the provider of each instance. Without a connection that is the formats of its events: a
 * topic of a provider's events belongs to that provider, whether or not Curfew may call it.
 */
export function sourcesOf(connections: readonly Connection[]): readonly InstanceSources[] {
  return connections.map(({ tenant, instance, provider, topics, webhook_secrets }) => {
    const others = connections.flatMap((each) =>
      each.topics.filter(({ trusted }) =>
        trusted.some((named) => named.tenant === tenant && named.instance === instance),
      ),
    )
    const read = [...topics, ...others].map(({ format }) => format)
    const hasWebhook = webhook_secrets.length > 0
    return { tenant, instance, provider, formats: [...new Set(read)], hasWebhook }
  })
}

/** The connectors that an instance may belong to; none where all events come in our own format. */
export function connectorsOf(
  sources: InstanceSources,
  connectors: readonly Connector[],
): readonly Connector[] {
  const { provider, formats, hasWebhook = false } = sources
  return connectors.filter(({ id, webhook }) =>
    provider === undefined
      ? formats.includes(id) || (hasWebhook && webhook !== undefined)
      : id === provider,
  )
}

/**
 * Records what proves a death at each instance, before its first event is judged. Where only a format
 * shows the provider, a rule on record may become stricter and never weaker.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function declareProofs(
  instances: readonly InstanceSources[],
  { store, clock }: { readonly store: Pick<Store, 'askControl' | 'append'>; readonly clock: Clock },
): Promise<void> {
  const ports = { ask: store.askControl, append: store.append, clock }
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  const provingOf = (some: readonly InstanceSources[]) =>
    new Map(
      some.map((each) => [instanceKey(each.tenant, each.instance), connectorsOf(each, connectors)]),
    )
  const byFormat = instances.filter(({ provider }) => provider === undefined)
  const named = instances.filter(({ provider }) => provider !== undefined)
  await recordProofRules({ ...ports, proving: provingOf(named) })
  await recordProofRules({ ...ports, proving: provingOf(byFormat), onlyWeaker: true })
}
