import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { Envelope } from '../contract/envelope-choice.ts'
import { CurfewError, reasonOf } from '../contract/errors.ts'
import { problemsOf } from '../contract/problems.ts'
import type { FeedRules } from './feed-problems.ts'
import { feedProblems } from './feed-problems.ts'
import { readYaml } from './read-yaml.ts'

/**
 * The connections file: which identity providers there are, whose data they bring, by which ways it
 * comes, and who may use the API. Secrets are named here and never written here.
 */
const closed = { additionalProperties: false } as const
const name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$', description })

const maybeWhole = ([minimum, maximum]: readonly [number, number], description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }))

/** Narrow enough that a secret written in its place is refused, and so never shown as a name. */
const EnvironmentName = Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,127}$' })
export const SecretName = Type.Union(
  [
    Type.Object({ env: EnvironmentName }, closed),
    Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
  ],
  { title: '{ env: NAME_OF_A_VARIABLE } or { file: path }' },
)
export type SecretName = Static<typeof SecretName>

const Topic = Type.Object(
  {
    topic: Type.Optional(Type.String({ minLength: 1 })),
    pattern: Type.Optional(Type.String({ minLength: 1 })),
    format: Type.String({ default: 'session-event-v1' }),
    envelope: Type.Optional(Envelope),
    may_act: Type.Boolean({
      default: true,
      description: 'Whether causes from here may lead to orders.',
    }),
    relay: Type.Boolean({
      default: false,
      description: 'Only Curfew produces here: intake and feeds of this instance go through it.',
    }),
    trusted: Type.Array(
      Type.Object(
        {
          tenant: name('Tenant that an event here may name.'),
          instance: name('Instance of that tenant; the two are trusted only together.'),
        },
        closed,
      ),
      {
        default: [],
        description:
          'Other instances of this file that events here may name as theirs. Whoever can write to the topic can speak for all of them.',
      },
    ),
  },
  closed,
)

const Instance = Type.Object(
  {
    tenant: name('Whose data it is.'),
    instance: name('This connection, unique within the tenant.'),
    provider: Type.Optional(
      Type.String({
        description:
          'Which identity provider it is, by its folder in src/connectors; without one nothing is listed or ended.',
      }),
    ),
    settings: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), SecretName], {
        title: 'a text, a number, true, false, { env: NAME_OF_A_VARIABLE } or { file: path }',
      }),
      { default: {} },
    ),
    feed: Type.Optional(
      Type.Object(
        {
          every_ms: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 2_000 }),
        },
        {
          description:
            "Poll the provider's own event feed. What else may be said of it is in the connector's settings.",
        },
      ),
    ),
    topics: Type.Array(Topic, { default: [] }),
    public_clients: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 1_000,
        description:
          "Client ids of applications that run on people's own devices (a browser, a phone) and call the provider from there. The address of such a call is the person's; not every provider's events tell it from one of a server.",
      }),
    ),
    trusted_hops: maybeWhole(
      [1, 16],
      "How many proxies of your own add to a list of addresses (X-Forwarded-For): the client's is that many from its end. Unless said, the last one that is not private.",
    ),
    webhook_secrets: Type.Array(SecretName, {
      default: [],
      description:
        'Secrets that the provider signs its webhooks with; several while one is rotated.',
    }),
    webhook_tolerance_ms: maybeWhole(
      [1_000, 86_400_000],
      'How far the signed time of a webhook may be from ours; 3 min unless said.',
    ),
  },
  closed,
)

const Role = Type.Union([
  Type.Literal('viewer'),
  Type.Literal('analyst'),
  Type.Literal('responder'),
  Type.Literal('auditor'),
  Type.Literal('admin'),
  Type.Literal('intake'),
])

const Token = Type.Object(
  {
    name: name('Who holds it.'),
    tenant: name('The only tenant it can see.'),
    roles: Type.Array(Role, { minItems: 1 }),
    instance: Type.Optional(name('For intake tokens: whose events they bring.')),
    sha256: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the token, hex: `curfew token` makes both.',
    }),
  },
  closed,
)

export const ConnectionsFile = Type.Object(
  {
    version: Type.Literal(1),
    instances: Type.Array(Instance, { default: [] }),
    tokens: Type.Array(Token, { default: [] }),
  },
  { ...closed, $id: 'connections.v1', title: 'Curfew connections, version 1' },
)
export type ConnectionsFile = Static<typeof ConnectionsFile>
export type Connection = ConnectionsFile['instances'][number]

/**
 * Reads and checks the connections file; no file means no connections. What it says of feeds is held
 * against the schemas of the connectors.
 *
 * @throws CurfewError SETTINGS_INVALID listing every problem with its place in the file.
 */
export function loadConnections(
  path: string | undefined,
  connectors: readonly FeedRules[],
): ConnectionsFile {
  if (path === undefined) return { version: 1, instances: [], tokens: [] }
  const { value, problems } = readYaml(path)
  if (problems) throw invalid(path, problems)
  const file = Value.Default(ConnectionsFile, value)
  if (!Value.Check(ConnectionsFile, file)) throw invalid(path, problemsOf(ConnectionsFile, file))
  const contradictions = [
    ...twice(file.instances.map(nameOf), '/instances'),
    ...file.instances.flatMap(contradictionsOf),
    ...file.instances.flatMap((each, at) =>
      feedProblems(each, `/instances/${at}/feed`, connectors),
    ),
    ...misplacedTrust(file),
    ...twice(
      file.tokens.map((token) => `${token.tenant}/${token.name}`),
      '/tokens',
    ),
    ...twice(
      file.tokens.map(({ sha256 }) => sha256),
      '/tokens',
      'the same sha256',
    ),
    ...file.tokens.flatMap(({ roles, instance }, at) =>
      roles.includes('intake') && instance === undefined
        ? [`/tokens/${at}/instance: is missing; the role intake needs it`]
        : [],
    ),
  ]
  if (contradictions.length > 0) throw invalid(path, contradictions)
  return file
}

function nameOf({ tenant, instance }: Pick<Connection, 'tenant' | 'instance'>): string {
  return `${tenant}/${instance}`
}

/** Those of the names that are there more than once. */
function twice(names: readonly string[], place: string, words?: string): readonly string[] {
  return names.flatMap((name, at) => {
    const first = names.indexOf(name)
    return first === at ? [] : [`${place}/${at}: ${words ?? name} is there already, at ${first}`]
  })
}

/** Contradictions within one connection. */
function contradictionsOf({ topics, feed, provider }: Connection, at: number): readonly string[] {
  const place = `/instances/${at}`
  const relays = topics.filter(({ relay }) => relay).length
  return [
    ...topics.flatMap(({ topic, pattern, relay, envelope = 'auto' }, number) => {
      const here = `${place}/topics/${number}`
      if ((topic === undefined) === (pattern === undefined)) {
        return [`${here}: must have either topic or pattern`]
      }
      if (relay && topic === undefined) return [`${here}: a relay must be named by topic`]
      if (relay && envelope !== 'auto') return [`${here}/envelope: a relay is read as auto`]
      return pattern === undefined || isPattern(pattern)
        ? []
        : [`${here}/pattern: must be a regular expression`]
    }),
    ...(relays > 1 ? [`${place}/topics: only one may be the relay; found ${relays}`] : []),
    ...(feed !== undefined && provider === undefined
      ? [`${place}/feed: needs a provider to read from`]
      : []),
  ]
}

/** Mistakes in the tenants and instances that topics trust. */
function misplacedTrust({ instances }: ConnectionsFile): readonly string[] {
  const known = new Set(instances.map(nameOf))
  return instances.flatMap(({ topics, ...own }, at) =>
    topics.flatMap(({ trusted, relay }, number) => {
      const place = `/instances/${at}/topics/${number}/trusted`
      const names = trusted.map(nameOf)
      // What comes by intake through a relay may speak for its token's instance and no other.
      if (relay && names.length > 0) return [`${place}: a relay speaks for its own instance only`]
      return [
        ...twice(names, place),
        ...names.flatMap((name, index) => {
          if (name === nameOf(own)) return [`${place}/${index}: ${name} is the topic's own`]
          return known.has(name) ? [] : [`${place}/${index}: there is no instance ${name} here`]
        }),
      ]
    }),
  )
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function invalid(path: string, problems: readonly string[]): CurfewError {
  const list = problems.map((problem) => `\n  ${problem}`).join('')
  return new CurfewError('SETTINGS_INVALID', `the connections ${path} cannot be used:${list}`)
}

/** The secret that a connection names, by its place: the connections file need not be searched. */
export type SecretOf = (named: { readonly env?: string; readonly file?: string }) => string

/** What a connection is opened with: every named secret in its place. */
export interface Resolved {
  readonly settings: { readonly [name: string]: string | number | boolean }
  readonly webhookSecrets: readonly string[]
}

/** @throws CurfewError SETTINGS_INVALID listing every secret that is not there, by its place. */
export function resolveSecrets(connection: Connection, secretOf: SecretOf): Resolved {
  const problems: string[] = []
  const secretAt = (place: string, named: SecretName): string => {
    try {
      return secretOf(named)
    } catch (error) {
      problems.push(`${nameOf(connection)}: ${place}: ${reasonOf(error)}`)
      return ''
    }
  }
  const settings = Object.entries(connection.settings).map(
    ([key, value]) =>
      [key, typeof value === 'object' ? secretAt(`settings.${key}`, value) : value] as const,
  )
  const webhookSecrets = connection.webhook_secrets.map((named, at) =>
    secretAt(`webhook_secrets.${at}`, named),
  )
  if (problems.length === 0) return { settings: Object.fromEntries(settings), webhookSecrets }
  throw new CurfewError('SETTINGS_INVALID', problems.join('\n  '))
}
