import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectionsText, policyText, setupPlanOf } from '../../src/commands/init/plan.ts'
import { askFor } from '../../src/commands/init/questions.ts'
import { loadConnections } from '../../src/config/connections.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import { kcadmLines, setup as keycloakSetup } from '../../src/connectors/keycloak/setup.ts'
import { setup as workosSetup } from '../../src/connectors/workos/setup.ts'
import { connectors } from '../connectors/every-connector.ts'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf, folder } = openPlaceInside()
const providers = connectors.flatMap(({ id, setup }) => (setup ? [{ id, setup }] : []))
const keycloak = [
  '--provider',
  'keycloak',
  '--address',
  'https://sso.example.com/',
  '--realm',
  'staff',
]

describe('curfew init', () => {
  it('writes connections, a policy that ends nothing, a token and a secret, as they are loaded', async () => {
    const { code, stdout, stderr } = await curfew(['init', ...keycloak, '--no-doctor'])
    expect([code, stderr]).toEqual([0, ''])
    const { instances, tokens } = loadConnections(pathOf('connections.yaml'), connectors)
    expect(instances).toEqual([
      {
        ...{ tenant: 'main', instance: 'sso', provider: 'keycloak', feed: { every_ms: 2000 } },
        ...{ topics: [], webhook_secrets: [] },
        settings: {
          ...{ base_url: 'https://sso.example.com', realm: 'staff', client_id: 'curfew' },
          client_secret: { file: pathOf('keycloak-secret.txt') },
          client_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      },
    ])
    const token = readFileSync(pathOf('token.txt'), 'utf8').trim()
    expect(tokens[0]?.sha256).toBe(createHash('sha256').update(token).digest('hex'))
    const { causes } = loadPolicy(pathOf('policy.yaml'), [])
    expect(new Set(Object.values(causes).map(({ mode }) => mode))).toEqual(new Set(['observe']))
    for (const secret of ['token.txt', 'keycloak-secret.txt']) {
      expect(statSync(pathOf(secret)).mode & 0o777).toBe(0o600)
      expect(stdout).not.toContain(readFileSync(pathOf(secret), 'utf8').trim())
    }
    expect(stdout).toContain('  kcadm.sh create clients -r staff ')
    expect(stdout).toMatch(/\nNext:\n {2}export CURFEW_CONNECTIONS=.*\n {2}curfew doctor/)
  })

  const enforced = (text: string): readonly string[] => {
    writeFileSync(pathOf('acting.yaml'), text)
    const { causes } = loadPolicy(pathOf('acting.yaml'), [])
    return Object.entries(causes).flatMap(([name, { mode }]) => (mode === 'enforce' ? name : []))
  }
  const uncomment = { 'the # alone': /#/, 'the # and its blank': /# / }

  it.each(Object.entries(uncomment))(
    'has a policy of which any lines hold once %s is away',
    (_, mark) => {
      const lines = policyText.split('\n')
      const idle = lines.flatMap((line, at) => (/^ +#/.test(line) ? at : []))
      expect(idle).toHaveLength(4)
      const without = (those: readonly number[]) =>
        lines.map((line, at) => (those.includes(at) ? line.replace(mark, '') : line)).join('\n')
      for (const at of idle) expect(enforced(without([at]))).toHaveLength(1)
      for (const at of idle) expect(enforced(without(idle.toSpliced(at, 1)))).not.toEqual([])
      expect(enforced(without(idle)).toSorted()).toEqual([
        'credential_reset',
        'operator_order',
        'subject_offboarded',
        'subject_suspended',
      ])
    },
  )

  it.each(Object.entries(uncomment))(
    'has connections of WorkOS whose webhook secret is read once %s is away',
    (_, mark) => {
      const plan = { address: '', realm: '', tenant: 'main', instance: 'sso', clientId: '' }
      const text = connectionsText({
        ...{ ...plan, provider: 'workos', clientUuid: '', folder, sha256: '0'.repeat(64) },
        setup: workosSetup,
      })
      const secretsIn = (file: string) => {
        writeFileSync(pathOf('workos.yaml'), file)
        return loadConnections(pathOf('workos.yaml'), connectors).instances[0]?.webhook_secrets
      }
      expect(secretsIn(text)).toEqual([])
      const lines = text.split('\n')
      const shown = lines.map((line) => (line.includes('# {') ? line.replace(mark, '') : line))
      expect(secretsIn(shown.join('\n'))).toEqual([{ env: 'WORKOS_WEBHOOK_SECRET' }])
    },
  )

  it('never writes over a file', async () => {
    const before = readFileSync(pathOf('connections.yaml'), 'utf8')
    const { code, stderr } = await curfew(['init', ...keycloak])
    expect([code, stderr]).toEqual([2, expect.stringContaining('there already')])
    expect(readFileSync(pathOf('connections.yaml'), 'utf8')).toBe(before)
  })

  it('names every option that is missing where nobody can be asked, and writes nothing', async () => {
    const none = await curfew(['init', '--folder', 'none', '--provider', 'keycloak'])
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('none cannot be written')])
    await expect(askFor({ provider: 'keycloak' }, undefined, providers)).rejects.toThrow(
      '--address, --realm must be given',
    )
    await expect(askFor({}, undefined, providers)).rejects.toThrow('--provider must be given')
    await expect(askFor({ provider: 'ldap' }, undefined, providers)).rejects.toThrow(
      'known are keycloak, workos',
    )
  })

  it('asks for what no option said, and once more where an answer cannot be', async () => {
    const said = ['', 'sso.example.com', 'https://sso.example.com', 'staff', 'a b', 'acme']
    const asked: string[] = []
    const told = await askFor(
      { instance: 'sso' },
      async (question) => {
        asked.push(question)
        return said.shift() ?? ''
      },
      providers,
    )
    expect(told).toEqual({
      ...{ provider: 'keycloak', address: 'https://sso.example.com', realm: 'staff' },
      ...{ tenant: 'acme', instance: 'sso' },
    })
    expect(asked[2]).toMatch(/^ {2}It takes an address such as .*\nIts address/)
  })

  it('asks nothing of Keycloak where WorkOS is meant, and says what to do in its dashboard', async () => {
    const told = await askFor({ provider: 'workos' }, undefined, providers)
    expect(told).toMatchObject({ provider: 'workos', address: '', realm: '', tenant: 'main' })
    const plan = { ...told, setup: workosSetup, clientId: '', clientUuid: '', folder, sha256: '' }
    expect(workosSetup.steps(setupPlanOf(plan))).toContain('/v1/intake/workos')
  })

  it('keeps a shell from reading names', () => {
    const plan = {
      ...({ provider: 'keycloak', tenant: 'main', instance: 'sso', sha256: '' } as const),
      ...{ address: 'https://sso.example.com/$(id)', realm: 'staff', clientId: 'curfew' },
      ...{ clientUuid: '5b0c1f8e-2f0d-4e0a-9a7c-3d1f6e2b8c40', folder: "/home/ada's" },
      setup: keycloakSetup,
    }
    const lines = kcadmLines(setupPlanOf(plan)).join('\n')
    expect(lines).toContain("--server 'https://sso.example.com/$(id)'")
    expect(lines).toContain(`"$(cat '/home/ada'\\''s/keycloak-secret.txt')"`)
  })
})
