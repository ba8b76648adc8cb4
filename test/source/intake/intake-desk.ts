import { signWorkos } from '../../../src/connectors/workos/signature.ts'
import { webhook } from '../../../src/connectors/workos/webhook.ts'
import type { Labels } from '../../../src/contract/ports.ts'
import type { Batch, Binding } from '../../../src/contract/raw-message.ts'
import type { Rejected } from '../../../src/contract/rejected.ts'
import type { IntakeLimits } from '../../../src/source/intake/intake.ts'
import { makeIntake } from '../../../src/source/intake/intake.ts'
import type { Delivered } from '../../../src/source/source.ts'
import { idleMeter, makeClock } from '../../given.ts'

export const binding = {
  tenant: 'acme',
  instance: 'main',
  lane: 'live',
  mayAct: true,
  trusted: [],
} as const
export const workosWebhook = { id: 'workos', ...webhook }
export const secret = 'whsec_test_only'
export const other = { ...binding, instance: 'other' } as const
export const signers = [
  { binding: other, secrets: ['whsec_of_the_other'] },
  { binding, secrets: ['old', secret] },
  { binding: { ...binding, instance: 'third' }, secrets: ['whsec_of_the_third'] },
]
/** Of one instance two requests, and some 900 bytes. */
const limits: IntakeLimits = { underwayMax: 4, underwayBytesMax: 1_900, waitMsMax: 10_000 }

const aReject: Rejected = {
  tenant: 'acme',
  instance: 'main',
  source: 'intake:events:main',
  partition: 0,
  offset: 0,
  receivedAt: 0,
  reason: 'missing_field',
  detail: 'version is missing',
  excerpt: '',
  digest: '',
  bytes: 2,
}

/** An intake whose journey records only when told to; what holds the word `bad` is no event. */
export function makeDesk() {
  const time = makeClock()
  const taken: { batch: Batch; record: () => void; fail: () => void }[] = []
  const desk = { refuses: false }
  const signatures: (string | undefined)[] = []
  const meter = {
    ...idleMeter,
    count: (name: string, labels?: Labels) => {
      if (name === 'curfew_source_signatures_total') signatures.push(labels?.result)
    },
  }
  const intake = makeIntake({
    forward: async (batch): Promise<Delivered> => {
      if (desk.refuses) throw new Error('the store is away')
      const durable = Promise.withResolvers<void>()
      const fail = () => durable.reject(new Error('the store refused it'))
      taken.push({ batch, record: durable.resolve, fail })
      return { durable: durable.promise }
    },
    judge: ({ messages }) =>
      messages
        .filter(({ value }) => String(value).includes('bad'))
        .map(({ offset }) => ({ ...aReject, offset })),
    clock: time.clock,
    meter,
    limits,
  })
  const events = (text: string, contentType = 'application/json', of: Binding = binding) =>
    intake.acceptEvents({ rawBody: Buffer.from(text), contentType, binding: of })
  const workos = (text: string, header?: string) => {
    const rawBody = Buffer.from(text)
    const signatureHeader = header ?? signWorkos({ rawBody, secret, at: time.clock.now() })
    return intake.acceptWebhook({ webhook: workosWebhook, rawBody, signatureHeader, signers })
  }
  return { ...time, desk, taken, events, workos, intake, signatures }
}
