import { settingsAs, withoutEndSlash } from '../../enforce/provider-kit/settings.ts'
import type { Connector, Feed } from '../connector.ts'
import { openWorkosFeed } from './feed.ts'
import { format } from './format.ts'
import { matrix } from './matrix.ts'
import { proofs, provider, repeat } from './provider.ts'
import { FeedSettings, Settings } from './settings.ts'
import { setup } from './setup.ts'
import { webhook } from './webhook.ts'

const id = 'workos'

const feed: Feed = {
  settings: FeedSettings,
  open: ({ settings, feed: given, everyMs, binding }, ports) => {
    const { api_key: apiKey, base_url } = settingsAs(Settings, settings, id)
    const { events: types } = settingsAs(FeedSettings, given, id)
    return openWorkosFeed(
      {
        apiKey,
        ...(base_url === undefined ? {} : { baseUrl: withoutEndSlash(base_url) }),
        ...(types === undefined ? {} : { types }),
        everyMs,
        binding,
      },
      ports,
    )
  },
}

export const connector: Connector = {
  id: 'workos',
  title: 'WorkOS',
  settings: Settings,
  proofs,
  repeat,
  format,
  provider,
  feed,
  webhook,
  matrix,
  setup,
}
