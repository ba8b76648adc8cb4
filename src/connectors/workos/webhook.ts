import type { Webhook } from '../../source/intake/webhook.ts'
import { verifyWorkos } from './signature.ts'

export const webhook: Webhook = {
  header: 'workos-signature',
  bodyBytesMax: 256 * 1024,
  verify: verifyWorkos,
}
