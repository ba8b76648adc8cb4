import { existsSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConnections } from '../src/config/connections.ts'
import { loadPolicy } from '../src/config/policy.ts'
import { settingsSchema } from '../src/config/settings.ts'
import { openInstances } from '../src/runtime/instances.ts'
import { connectors } from './connectors/every-connector.ts'
import type { Json } from './dashboards/queries.ts'
import { at, list, text } from './dashboards/queries.ts'
import { makeClock } from './given.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const compose: Json = parse(read('docker-compose.yml'))
const dockerfile = read('Dockerfile')
const connectionsPath = 'compose/connections.yaml'

/** The published schema of compose files, as check-jsonschema 0.39.0 ships it (Apache-2.0). */
const isCompose = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(read('test/fixtures/compose-spec.json')),
)

const fields = (json: Json | undefined): readonly (readonly [string, Json])[] =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.entries(json) : []
const services = fields(at(compose, 'services'))
const environmentOf = (service: string) => fields(at(compose, 'services', service, 'environment'))
const isOneShot = (service: Json) => at(service, 'restart') === 'no'

describe('docker-compose.yml', () => {
  it('has the shape of the compose specification', () => {
    expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true)
  })

  it.each([
    ['an unknown key of a service', '    init: true', '    innit: true'],
    ['a port that is no port', '- 127.0.0.1:3000:3000', '- [3000]'],
    ['a condition that does not exist', 'condition: service_healthy', 'condition: service_happy'],
  ])('would be found out with %s', (_, from, to) => {
    const broken = read('docker-compose.yml').replace(from, to)
    expect(broken).not.toBe(read('docker-compose.yml'))
    expect(isCompose(parse(broken))).toBe(false)
  })

  it('pins the version of every image', () => {
    for (const [name, service] of services) {
      if (at(service, 'build') !== undefined) continue
      expect(text(at(service, 'image')), name).toMatch(/^[\w./-]+:\d+(\.\d+)+$/)
    }
    expect(services.length).toBeGreaterThanOrEqual(6)
  })

  it('opens no port beyond this machine', () => {
    const ports = services.flatMap(([, service]) => list(at(service, 'ports')).map(text))
    expect(ports.length).toBeGreaterThanOrEqual(5)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  it('gives no secret a default, and stops when one is not set', () => {
    const secrets = services.flatMap(([name]) =>
      environmentOf(name).filter(([key]) => /PASSWORD|SECRET|TOKEN|KEY$/.test(key)),
    )
    expect(secrets.length).toBeGreaterThanOrEqual(8)
    for (const [key, value] of secrets) expect(text(value), key).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/)
    expect(read('docker-compose.yml')).not.toMatch(/\$\{\w+:?-/)
  })

  it('names in its first lines every variable that must be set', () => {
    const wanted = new Set(read('docker-compose.yml').match(/(?<=\$\{)[A-Z_]+(?=:\?)/g))
    const [opening = ''] = read('docker-compose.yml').split('\nname:')
    for (const name of wanted) expect(opening).toContain(name)
  })

  it('asks every service how it is', () => {
    for (const [name, service] of services) {
      const isBuilt = at(service, 'build') !== undefined && dockerfile.includes('HEALTHCHECK')
      const isAsked = at(service, 'healthcheck', 'test') !== undefined
      expect(isAsked || isBuilt || isOneShot(service), name).toBe(true)
    }
  })

  it('waits only for what there is, in a way it can tell', () => {
    for (const [name, service] of services) {
      for (const [other, wait] of fields(at(service, 'depends_on'))) {
        const awaited = at(compose, 'services', other)
        const condition = isOneShot(awaited ?? null)
          ? 'service_completed_successfully'
          : 'service_healthy'
        expect(awaited, `${name} waits for ${other}`).toBeDefined()
        expect(at(wait, 'condition'), `${name} waits for ${other}`).toBe(condition)
      }
    }
  })

  it('mounts files and volumes that are there', () => {
    const volumes = fields(at(compose, 'volumes')).map(([name]) => name)
    for (const [name, service] of services) {
      for (const mount of list(at(service, 'volumes')).map(text)) {
        const [source = '', , mode] = mount.split(':')
        if (!source.startsWith('./')) {
          expect(volumes, `${name}: ${mount}`).toContain(source)
          continue
        }
        expect(existsSync(source), `${name}: ${mount}`).toBe(true)
        expect(mode, `${name}: ${mount}`).toBe('ro')
      }
    }
  })
})

describe('the service curfew', () => {
  const known: { readonly [name: string]: object } = settingsSchema.properties
  const isKnown = (name: string) => {
    const secret = known[name.replace(/_FILE$/, '')]
    return name in known || (name.endsWith('_FILE') && secret !== undefined && 'secret' in secret)
  }
  const named = loadConnections(connectionsPath, connectors)
    .instances.flatMap(({ settings }) => Object.values(settings))
    .flatMap((value) => (typeof value === 'object' && 'env' in value ? [value.env] : []))

  it('is given only variables that Curfew or its connections file reads', () => {
    const given = environmentOf('curfew').map(([name]) => name)
    expect(given.filter((name) => !isKnown(name) && !named.includes(name))).toEqual([])
    for (const name of named) expect(given).toContain(name)
  })

  it('would be found out with a variable that Curfew does not read', () => {
    expect(isKnown('CURFEW_CLICKHOUSE_PASSWORD_FILE')).toBe(true)
    expect(isKnown('CURFEW_HTTP_HOST_FILE')).toBe(false)
    expect(isKnown('CURFEW_CLICKHOUSE_PASWORD')).toBe(false)
  })

  it('has connections and a policy that can be used', async () => {
    const connections = loadConnections(connectionsPath, connectors)
    const instances = openInstances(connections, connectors, {
      send: () => Promise.reject(new Error('nothing is sent while opening')),
      clock: makeClock().clock,
      secretOf: () => 'given-by-the-environment',
    })
    expect(instances).toHaveLength(1)
    expect(loadPolicy('compose/policy.yaml', []).causes.credential_reset.mode).toBe('observe')
  })

  it('finds its topics made and its provider at hand', () => {
    const [instance] = loadConnections(connectionsPath, connectors).instances
    const made = text(at(compose, 'services', 'kafka-topics', 'command', 0))
    const topics = instance?.topics ?? []
    expect(topics.length).toBeGreaterThan(0)
    for (const { topic } of topics) expect(made).toContain(String(topic))
    const realm: Json = JSON.parse(read('compose/keycloak-realm.json'))
    expect(instance?.settings).toMatchObject({
      realm: text(at(realm, 'realm')),
      client_id: text(at(realm, 'clients', 0, 'clientId')),
      client_uuid: text(at(realm, 'clients', 0, 'id')),
    })
  })

  it('can write to its data folder only', () => {
    expect(at(compose, 'services', 'curfew')).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
  })
})

describe('the service grafana', () => {
  it('is given every variable that its provisioning files read', () => {
    const file = read('dashboards/provisioning/datasources/clickhouse.yaml')
    const read_ = new Set(file.match(/(?<=\$)[A-Z_]+/g))
    const given = environmentOf('grafana').map(([name]) => name)
    expect(read_.size).toBe(4)
    for (const name of read_) expect(given).toContain(name)
  })

  it('reads dashboards from where the provider file looks for them', () => {
    const provider: Json = parse(read('dashboards/provisioning/dashboards/curfew.yaml'))
    const path = text(at(provider, 'providers', 0, 'options', 'path'))
    const mounts = list(at(compose, 'services', 'grafana', 'volumes')).map(text)
    expect(mounts).toContain(`./dashboards/generated:${path}:ro`)
  })

  it('signs in to the store as the user whose password the store is given', () => {
    const xml = read('dashboards/provisioning/clickhouse/read-only-user.xml')
    const variable = /from_env="(\w+)"/.exec(xml)?.[1] ?? ''
    const of = (service: string) => environmentOf(service).find(([name]) => name === variable)?.[1]
    expect(of('clickhouse')).toBeDefined()
    expect(of('clickhouse')).toBe(of('grafana'))
  })
})

describe('the image', () => {
  it('is built on the Node that the project is tested on, with glibc', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    const version = read('.node-version').trim()
    expect(new Set(bases)).toEqual(new Set([`node:${version}-bookworm-slim`]))
  })

  it('runs as nobody special, tells how it is, and starts Curfew', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/^HEALTHCHECK /m)
    expect(last).toMatch(/^ENTRYPOINT \["\.\/curfew"\]\nCMD \["start"\]$/m)
    expect(last.indexOf('USER node')).toBeGreaterThan(last.lastIndexOf('\nRUN '))
    expect(dockerfile).toContain('RUN npm ci --omit=dev')
  })

  it('copies only what is there and what the builder is sent', () => {
    const ignored = read('.dockerignore').split('\n')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) =>
      (from ?? '').split(' '),
    )
    expect(copied.length).toBeGreaterThan(5)
    for (const path of copied) {
      expect(existsSync(path), path).toBe(true)
      expect(ignored).toContain(`!${path}`)
    }
  })

  it('sends no secret and no history to the builder', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    expect(ignored[0]).toBe('*')
    expect(ignored).toContain('**/.env')
    expect(ignored.some((line) => /^!(\.git|\.env|test|node_modules)/.test(line))).toBe(false)
  })

  it('sets only variables that Curfew reads', () => {
    const set = [...dockerfile.matchAll(/^ENV (CURFEW_\w+)=/gm)].map(([, name]) => name ?? '')
    expect(set).toEqual(['CURFEW_DATA_DIR'])
    expect(settingsSchema.properties).toHaveProperty('CURFEW_DATA_DIR')
  })
})
