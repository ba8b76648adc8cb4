import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/config/connections.ts'
import { fillPolicy } from '../../src/config/policy.ts'
import { readSecret } from '../../src/config/settings.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import { openInstances, withRounding } from '../../src/runtime/instances.ts'
import { connectors } from '../connectors/every-connector.ts'
import { makeClock } from '../given.ts'

/** Stands for a secret. */
const canary = 'canary-5f1e9a'

const send = () => Promise.reject(new TypeError('opening asks nobody for anything'))

async function open(
  instances: readonly (Partial<Connection> & Pick<Connection, 'instance'>)[],
  environment: NodeJS.ProcessEnv = {},
) {
  const secretOf = (named: { readonly env?: string; readonly file?: string }) =>
    readSecret(named, environment)
  const whole = instances.map((each) => ({
    tenant: 'acme',
    settings: {},
    topics: [],
    webhook_secrets: [],
    ...each,
  }))
  const file = { version: 1 as const, instances: whole, tokens: [] }
  return openInstances(file, connectors, { send, clock: makeClock().clock, secretOf })
}

const keycloak = {
  base_url: 'https://idp.example.com',
  realm: 'staff',
  client_id: 'curfew',
  client_secret: { env: 'SSO_SECRET' },
}

const reading = { trusted_hops: 2, public_clients: ['mobile'] }

describe('the instances', () => {
  it('are opened with their secrets in place, each bound to its tenant', async () => {
    const [sso, customers] = await open(
      [
        { instance: 'sso', provider: 'keycloak', settings: keycloak, ...reading },
        { instance: 'customers', provider: 'workos', settings: { api_key: { env: 'KEY' } } },
      ],
      { SSO_SECRET: canary, KEY: 'sk_test_1' },
    )
    expect(sso?.settings).toEqual({ ...keycloak, client_secret: canary })
    expect(sso?.binding).toEqual({
      tenant: 'acme',
      instance: 'sso',
      lane: 'live',
      mayAct: true,
      trusted: [],
      realm: 'staff',
      trustedHops: 2,
      publicClients: ['mobile'],
    })
    expect(customers?.binding).not.toHaveProperty('trustedHops')
    expect(customers?.binding).not.toHaveProperty('realm')
    expect([sso, customers].map((each) => typeof each?.provider?.revoke)).toEqual([
      'function',
      'function',
    ])
  })

  it('make clocks as much more uncertain as the coarsest of them rounds its times', async () => {
    const timing = { clock_uncertainty_seconds: 3 }
    const policy = fillPolicy({ version: 1, timing })
    const exact = { instance: 'customers', provider: 'workos', settings: { api_key: 'sk_test_1' } }
    const rounding = { instance: 'sso', provider: 'keycloak', settings: keycloak }
    const without = { instance: 'bare' }
    const held = async (some: readonly (typeof exact | typeof rounding | typeof without)[]) =>
      withRounding(policy, await open(some, { SSO_SECRET: canary })).timing.clockUncertaintyMs
    expect(await held([])).toBe(3_000)
    expect(await held([exact, without])).toBe(3_000)
    expect(await held([exact, rounding, without])).toBe(4_000)
  })

  it('may have no provider: their events are judged, and nothing is listed or ended', async () => {
    const [sso] = await open([{ instance: 'sso' }])
    expect(sso?.provider).toBeUndefined()
  })

  it('are refused with every problem of every one at once, by fields and never by values', async () => {
    const failure = await open(
      [
        { instance: 'a', provider: 'ldap' },
        { instance: 'b', provider: 'keycloak', settings: keycloak },
        {
          instance: 'c',
          provider: 'keycloak',
          settings: { ...keycloak, client_secret: canary, realm: `${canary}\n`, base_url: canary },
        },
        { instance: 'd', provider: 'workos', settings: { api_key: `${canary} ` } },
        { instance: 'e', provider: 'workos', settings: { api_key: { file: `/x/${canary}` } } },
      ],
      {},
    ).catch((error: unknown) => error)
    if (!(failure instanceof CurfewError)) throw new Error('they were opened')
    expect(failure.code).toBe('SETTINGS_INVALID')
    expect(failure.message.split('\n').map((line) => line.trim())).toEqual([
      'the connections cannot be opened:',
      `acme/a: there is no provider 'ldap'; known are ${connectors.map(({ id }) => id).join(', ')}`,
      'acme/b: settings.client_secret: the variable SSO_SECRET that it names is not set',
      expect.stringMatching(/^acme\/c: .*\/base_url .*\/realm /),
      expect.stringMatching(/^acme\/d: .*\/api_key /),
      'acme/e: settings.api_key: the file that it names cannot be read (ENOENT)',
    ])
    expect(`${failure.message}${String(failure.cause)}`).not.toContain(canary)
  })
})
