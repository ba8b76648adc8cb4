import { expect, it } from 'vitest'
import type { Binding } from '../src/contract/raw-message.ts'
import { makeDecode } from '../src/decode/decode.ts'
import { format } from '../src/decode/formats/session-event-v1.ts'
import { topicsOf } from '../src/open-sources.ts'

const at = Date.UTC(2026, 10, 3, 9)
const binding: Binding = {
  tenant: 'acme',
  instance: 'gateway',
  lane: 'live',
  mayAct: true,
  trusted: [],
}
const plain = {
  topic: 'uses',
  format: 'session-event-v1',
  may_act: true,
  relay: false,
  trusted: [],
}
const connection = {
  tenant: 'acme',
  instance: 'gateway',
  settings: {},
  webhook_secrets: [],
  topics: [plain, { ...plain, may_act: false, trusted: [{ tenant: 'other', instance: 'sso' }] }],
}

/** What becomes of an event that names a pair, on a topic as the connections describe it. */
function told(number: number, claim: object) {
  const topic = topicsOf({ connection, binding })[number]
  if (topic === undefined) throw new Error('there is no such topic')
  const event = { version: 1, id: 'e1', type: 'session.created', session: { id: 's1' } }
  const value = JSON.stringify({ ...event, occurred_at: new Date(at).toISOString(), ...claim })
  const { events, rejected } = makeDecode({ formats: [format], pseudonym: () => '' })({
    source: 'kafka:uses',
    partition: 0,
    format: topic.format,
    binding: topic.binding,
    messages: [{ value: Buffer.from(value), offset: 0, receivedAt: at }],
    redelivered: false,
    commit: async () => {},
  })
  return [
    ...events.map(({ tenant, instance, mayAct }) => ({ tenant, instance, mayAct })),
    ...rejected.map(({ tenant, instance, reason }) => ({ tenant, instance, reason })),
  ]
}

const foreign = { tenant: 'acme', instance: 'gateway', reason: 'foreign_tenant' }

it('a topic speaks for its own instance, and for those that it is trusted to name', () => {
  const claim = { tenant: 'other', instance: 'sso' }
  expect(told(0, {})).toEqual([{ tenant: 'acme', instance: 'gateway', mayAct: true }])
  expect(told(0, claim)).toEqual([foreign])
  expect(told(1, claim)).toEqual([{ ...claim, mayAct: false }])
  expect(told(1, {})).toEqual([{ tenant: 'acme', instance: 'gateway', mayAct: false }])
})

it.each([
  ['another instance of the trusted tenant', { tenant: 'other', instance: 'ldap' }],
  ['the trusted tenant alone', { tenant: 'other' }],
  ['the trusted instance alone', { instance: 'sso' }],
])('trust is for the pair, and what names %s is rejected', (_, claim) => {
  expect(told(1, claim)).toEqual([foreign])
})
