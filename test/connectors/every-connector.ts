import type { Connector } from '../../src/connectors/connector.ts'
import type { Provider } from '../../src/enforce/provider-kit/provider.ts'
import { loadFolders } from '../../src/process/catalog.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'

/** Every connector there is. */
export const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')

/** Those that can be called. */
export const callable = connectors.filter(
  (each): each is Connector & { readonly provider: Provider } => each.provider !== undefined,
)
