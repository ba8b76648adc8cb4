import { describe, expect, it } from 'vitest'
import { loadConnections } from '../../src/config/connections.ts'
import { contractRule } from '../../src/contract/deaths.ts'
import { proofRuleOf, weakestOf } from '../../src/enforce/session/proof-rule.ts'
import { connectorsOf, sourcesOf } from '../../src/runtime/proof-rules.ts'
import { callable, connectors } from '../connectors/every-connector.ts'

const none = loadConnections(undefined, [])
const acme = (instance: string, more: object) => ({
  tenant: 'acme',
  instance,
  settings: {},
  topics: [],
  webhook_secrets: [],
  ...more,
})
const topic = (format: string, trusted: readonly object[] = []) => ({
  topic: `acme.${format}`,
  format,
  may_act: true,
  relay: false,
  trusted,
})

/** Ids of the providers that each instance is judged as one of. */
function judgedAs(...instances: readonly object[]) {
  // Built by the helper above in the shape of the file.
  const told = sourcesOf(instances as unknown as typeof none.instances)
  return told.map((each) => connectorsOf(each, connectors).map(({ id }) => id))
}

describe('what an instance is judged by', () => {
  it('is its provider, whatever its topics are read as', () => {
    const topics = [topic('session-event-v1'), topic('keycloak')]
    expect(judgedAs(acme('one', { provider: 'workos', topics }))).toEqual([['workos']])
  })

  it('is the provider whose format its topics have, where there is no connection', () => {
    const topics = [topic('session-event-v1'), topic('keycloak')]
    expect(judgedAs(acme('one', { topics }))).toEqual([['keycloak']])
  })

  it('is the provider whose webhooks it takes', () => {
    expect(judgedAs(acme('one', { webhook_secrets: [{ env: 'SECRET' }] }))).toEqual([['workos']])
  })

  it('is the provider of a topic of another instance that may speak for it', () => {
    const trusted = [{ tenant: 'acme', instance: 'two' }]
    const one = acme('one', { topics: [topic('keycloak', trusted)] })
    expect(judgedAs(one, acme('two', {}), acme('three', {}))).toEqual([
      ['keycloak'],
      ['keycloak'],
      [],
    ])
  })

  it('is nothing but the contract where only our own events come', () => {
    expect(judgedAs(acme('one', { topics: [topic('session-event-v1')] }))).toEqual([[]])
  })
})

describe('the weakest of several rules', () => {
  it('lets nothing prove that does not prove by each of them', () => {
    const rules = callable.map(proofRuleOf)
    expect(weakestOf(rules)).toEqual({
      absence: 'after_nothing_left',
      read: 'after_nothing_left',
      ownEnd: 'acknowledges',
      otherEnd: 'after_nothing_left',
      refusal: 'again_apart',
      apartMs: 2_000,
    })
    expect(weakestOf([])).toBeUndefined()
  })

  it('is for every provider no stronger than what is believed where nothing is known, but the demo', () => {
    const echoes = connectors.filter((each) => proofRuleOf(each).ownEnd === 'proves')
    expect(echoes.map(({ id }) => id)).toEqual(['loopback'])
    expect(contractRule.ownEnd).toBe('acknowledges')
  })
})

it.each(callable.map((each) => [each.id, each] as const))(
  'the file of %s says the same of a death as its connection',
  (_, connector) => {
    const settings = {
      keycloak: {
        base_url: 'https://sso.example.com',
        realm: 'staff',
        client_id: 'curfew',
        client_secret: 'secret',
      },
      loopback: { base_url: 'http://127.0.0.1:1', token: 'secret' },
      workos: { api_key: 'secret' },
    }[connector.id]
    const ports = {
      send: () => Promise.reject(new TypeError('nothing is sent here')),
      clock: { now: () => 0, wait: async () => {} },
    }
    const { proofs, repeat } = connector.provider.open(settings, ports).capabilities
    expect({ proofs, repeat }).toEqual({ proofs: connector.proofs, repeat: connector.repeat })
  },
)
