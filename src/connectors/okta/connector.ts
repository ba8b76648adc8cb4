import type { Proofs, RepeatCall } from '../../enforce/provider-kit/provider.ts'
import type { Connector } from '../connector.ts'
import { format } from './format.ts'
import { Settings } from './settings.ts'

/** Nothing was measured at Okta, so nothing that it says is taken for proof of a death. */
const proofs: Proofs = {
  absence: 'acknowledges',
  read: 'acknowledges',
  ownEnd: 'acknowledges',
  otherEnd: 'acknowledges',
  refusal: 'acknowledges',
  control: 'its events are read and nothing of it was measured: no event proves an end',
}
const repeat: RepeatCall = { call: 'once' }

/**
 * Okta by its System Log, which is brought by a topic or a file: Okta streams it to Amazon EventBridge,
 * and anybody may copy it from there or from the API. Okta lists no sessions of a user, so nothing is
 * listed or ended here.
 */
export const connector: Connector = {
  id: 'okta',
  title: 'Okta',
  settings: Settings,
  proofs,
  repeat,
  format,
}
