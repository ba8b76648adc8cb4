import type { Connection } from '../config/connections.ts'
import type { Connector } from '../connectors/connector.ts'
import { instanceKey } from '../contract/identity.ts'
import type { Clock } from '../contract/ports.ts'
import { recordProofRules } from '../enforce/session/clock-uncertainty.ts'
import { loadFolders } from '../process/catalog.ts'
import type { Store } from '../store/store.ts'
import { catalogs } from './catalog-folders.ts'

/** An instance as its events say what it is: its provider, or the formats that they are read by. */
export interface Told {
  readonly tenant: string
  readonly instance: string
  readonly provider: string | undefined
  readonly formats: readonly string[]
  /** Whether webhooks of a provider come for it. */
  readonly hasWebhook?: boolean
}

/**
 * What tells which provider an instance is. Without a connection to one that is the formats of its
 * events: a topic of a provider's events is that provider, whether or not Curfew may call it.
 */
export function toldOf(connections: readonly Connection[]): readonly Told[] {
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

/** The providers that an instance is known to be one of; none where only our own contract speaks. */
export function connectorsOf(told: Told, connectors: readonly Connector[]): readonly Connector[] {
  const { provider, formats, hasWebhook = false } = told
  return connectors.filter(({ id, webhook }) =>
    provider === undefined
      ? formats.includes(id) || (hasWebhook && webhook !== undefined)
      : id === provider,
  )
}

/**
 * Writes down what proves a death at each instance, before its first event is judged. What only a
 * format tells may take from what is on record and add nothing to it.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function declareProofs(
  told: readonly Told[],
  { store, clock }: { readonly store: Pick<Store, 'askControl' | 'append'>; readonly clock: Clock },
): Promise<void> {
  const ports = { ask: store.askControl, append: store.append, clock }
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  const provingOf = (some: readonly Told[]) =>
    new Map(
      some.map((each) => [instanceKey(each.tenant, each.instance), connectorsOf(each, connectors)]),
    )
  const byFormat = told.filter(({ provider }) => provider === undefined)
  const named = told.filter(({ provider }) => provider !== undefined)
  await recordProofRules({ ...ports, proving: provingOf(named) })
  await recordProofRules({ ...ports, proving: provingOf(byFormat), onlyWeaker: true })
}
