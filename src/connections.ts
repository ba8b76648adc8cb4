import { readFileSync } from 'node:fs'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { CurfewError, reasonOf } from './contract/errors.ts'

/**
 * The connections file: which identity providers there are, whose data they bring, by which ways it
 * comes, and who may use the API. Secrets are named here and never written here.
 */
const closed = { additionalProperties: false } as const
const name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$', description })

export const SecretName = Type.Union([
  Type.Object({ env: Type.String({ minLength: 1 }) }, closed),
  Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
])
export type SecretName = Static<typeof SecretName>

const Topic = Type.Object(
  {
    topic: Type.Optional(Type.String({ minLength: 1 })),
    pattern: Type.Optional(Type.String({ minLength: 1 })),
    format: Type.String({ default: 'session-event-v1' }),
    may_act: Type.Boolean({
      default: true,
      description: 'Whether causes from here may lead to orders.',
    }),
    relay: Type.Boolean({
      default: false,
      description: 'Only Curfew produces here: intake and feeds of this instance go through it.',
    }),
  },
  closed,
)

const Instance = Type.Object(
  {
    tenant: name('Whose data it is.'),
    instance: name('This connection, unique within the tenant.'),
    provider: Type.Optional(
      Type.String({
        description: 'keycloak, workos or loopback; without one nothing is listed or ended.',
      }),
    ),
    settings: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), SecretName]),
      { default: {} },
    ),
    feed: Type.Optional(
      Type.Object(
        { every_ms: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 2_000 }) },
        { ...closed, description: "Poll the provider's own event feed." },
      ),
    ),
    topics: Type.Array(Topic, { default: [] }),
    webhook_secrets: Type.Array(SecretName, {
      default: [],
      description: 'WorkOS signing secrets; several while one is rotated.',
    }),
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
 * Reads and checks the connections file; no file means no connections.
 *
 * @throws CurfewError SETTINGS_INVALID listing every problem with its place in the file.
 */
export function loadConnections(path: string | undefined): ConnectionsFile {
  if (path === undefined) return { version: 1, instances: [], tokens: [] }
  let file: unknown
  try {
    file = Value.Default(ConnectionsFile, parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw invalid(path, [reasonOf(error)], error)
  }
  if (!Value.Check(ConnectionsFile, file)) {
    throw invalid(
      path,
      Value.Errors(ConnectionsFile, file).map(
        ({ instancePath, message }) => `${instancePath || '/'}: ${message}`,
      ),
    )
  }
  const names = file.instances.map(({ tenant, instance }) => `${tenant}/${instance}`)
  const twice = names.filter((each, at) => names.indexOf(each) !== at)
  if (twice.length > 0)
    throw invalid(
      path,
      twice.map((each) => `/instances: ${each} is there twice`),
    )
  return file
}

function invalid(path: string, problems: readonly string[], cause?: unknown): CurfewError {
  const list = problems.map((problem) => `\n  ${problem}`).join('')
  return new CurfewError('SETTINGS_INVALID', `the connections ${path} cannot be used:${list}`, {
    cause,
  })
}

/** Provider settings with every named secret put in its place. */
export function resolveSecrets(
  settings: Connection['settings'],
  secretOf: (named: { readonly env?: string; readonly file?: string }) => string,
): { readonly [name: string]: string | number | boolean } {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === 'object' ? secretOf(value) : value,
    ]),
  )
}
