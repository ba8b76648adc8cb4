import { loadCatalog } from './catalog.ts'
import type { Connection, ConnectionsFile } from './connections.ts'
import { resolveSecrets } from './connections.ts'
import { CurfewError } from './contract/errors.ts'
import type { Clock, Send } from './contract/ports.ts'
import type { Binding } from './contract/raw-message.ts'
import type { OpenProvider, Provider } from './enforce/provider.ts'
import { catalogs } from './ingest.ts'

/** One connection to an identity provider, with its secrets in place. */
export interface Instance {
  readonly connection: Connection
  readonly binding: Binding
  readonly settings: { readonly [name: string]: string | number | boolean }
  /** Undefined where nothing is listed or ended: its events are only judged. */
  readonly provider: OpenProvider | undefined
}

export type SecretOf = (named: { readonly env?: string; readonly file?: string }) => string

/**
 * Opens the provider of every connection.
 *
 * @throws CurfewError SETTINGS_INVALID for an unknown provider, settings that do not fit its schema,
 *   or a secret that is not there.
 */
export async function openInstances(
  { instances }: ConnectionsFile,
  ports: { readonly send: Send; readonly clock: Clock; readonly secretOf: SecretOf },
): Promise<readonly Instance[]> {
  const providers = await loadCatalog<Provider>(catalogs.providers, 'provider')
  return instances.map((connection) => {
    const { tenant, instance } = connection
    const settings = resolveSecrets(connection.settings, ports.secretOf)
    const binding: Binding = { tenant, instance, lane: 'live', mayAct: true, trusted: [] }
    return {
      connection,
      binding,
      settings,
      provider: openProvider(connection, settings, providers, ports),
    }
  })
}

function openProvider(
  { provider: id, tenant, instance }: Connection,
  settings: Instance['settings'],
  providers: readonly Provider[],
  ports: { readonly send: Send; readonly clock: Clock },
): OpenProvider | undefined {
  if (id === undefined) return undefined
  const provider = providers.find((each) => each.id === id)
  if (!provider) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${tenant}/${instance} names the provider '${id}'; known are ${providers.map((each) => each.id).join(', ')}`,
    )
  }
  return provider.open(settings, ports)
}
