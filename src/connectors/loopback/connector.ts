import { settingsAs, withoutEndSlash } from '../../enforce/provider-kit/settings.ts'
import type { Connector, Feed } from '../connector.ts'
import { openLoopbackFeed } from './feed.ts'
import { matrix } from './matrix.ts'
import { proofs, provider, repeat } from './provider.ts'
import { FeedSettings, Settings } from './settings.ts'

const feed: Feed = {
  settings: FeedSettings,
  open: ({ settings, everyMs, binding }, ports) => {
    const { base_url, token } = settingsAs(Settings, settings, 'loopback')
    return openLoopbackFeed({ baseUrl: withoutEndSlash(base_url), token, everyMs, binding }, ports)
  },
}

export const connector: Connector = {
  id: 'loopback',
  title: 'Loopback',
  settings: Settings,
  proofs,
  repeat,
  provider,
  feed,
  matrix,
}
