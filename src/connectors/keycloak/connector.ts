import { settingsAs, withoutEndSlash } from '../../enforce/provider-kit/settings.ts'
import type { Connector, Feed } from '../connector.ts'
import { openKeycloakFeed } from './feed.ts'
import { format } from './format.ts'
import { matrix } from './matrix.ts'
import { proofs, provider, repeat } from './provider.ts'
import { FeedSettings, Settings } from './settings.ts'
import { setup } from './setup.ts'

const id = 'keycloak'

const feed: Feed = {
  settings: FeedSettings,
  open: ({ settings, feed: given, everyMs, binding }, ports) => {
    const { base_url, realm, client_id, client_secret } = settingsAs(Settings, settings, id)
    const { overlap_ms: overlapMs } = settingsAs(FeedSettings, given, id)
    return openKeycloakFeed(
      {
        baseUrl: withoutEndSlash(base_url),
        realm,
        clientId: client_id,
        clientSecret: client_secret,
        everyMs,
        ...(overlapMs === undefined ? {} : { overlapMs }),
        binding,
      },
      ports,
    )
  },
}

export const connector: Connector = {
  id: 'keycloak',
  title: 'Keycloak',
  settings: Settings,
  proofs,
  repeat,
  format,
  provider,
  feed,
  matrix,
  setup,
}
