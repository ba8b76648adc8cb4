import { describe, expect, it } from 'vitest'
import { examples } from '../../../src/connectors/okta/examples.ts'
import { connectorsOf } from '../../../src/runtime/proof-rules.ts'
import { decodeOne } from '../../decode/given.ts'
import { connectors } from '../every-connector.ts'

const [signIn] = examples

describe('an event of Okta', () => {
  it('is read out of the event that a log stream to Amazon EventBridge puts around it', () => {
    const around = {
      version: '0',
      id: '7f3a2b1c-0000-4000-8000-000000000001',
      'detail-type': 'SystemLog',
      source: 'aws.partner/okta.com/example/logs',
      time: '2026-11-03T09:12:45Z',
    }
    const { event } = decodeOne({ ...around, detail: signIn.message }, { format: 'okta' })
    expect(event).toMatchObject(Object(signIn.becomes))
  })

  it('that ends a session proves no death, and makes its instance one of Okta without a connection', () => {
    const told = { tenant: 'acme', instance: 'sso', provider: undefined, formats: ['okta'] }
    const [okta, ...others] = connectorsOf(told, connectors)
    expect([okta?.id, others]).toEqual(['okta', []])
    expect(okta?.proofs).toMatchObject({ ownEnd: 'acknowledges', otherEnd: 'acknowledges' })
  })

  it.each([
    ['an actor who is no user', { actor: { id: '00uada00000000000001', type: 'SystemPrincipal' } }],
    ['no session of its own', { authenticationContext: null }],
  ])('that ends a session is not believed of any with %s', (_, more) => {
    const ended = examples.find(({ name }) => name === 'a sign-out')
    const { event, unread } = decodeOne({ ...ended?.message, ...more }, { format: 'okta' })
    expect(event).toBeUndefined()
    expect(unread).toMatchObject([{ name: 'user.session.end by another', why: 'unknown' }])
  })
})
