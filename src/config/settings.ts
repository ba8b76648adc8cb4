import { readFileSync } from 'node:fs'
import type { Static } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError, codeOf } from '../contract/errors.ts'
import { nearestOf } from '../contract/nearest.ts'
import { problemsOf } from '../contract/problems.ts'

const text = (description: string, more: object = {}) =>
  Type.String({ minLength: 1, maxLength: 2_048, description, ...more })
const secret = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 8_192,
    description: `${description} Or name a file with …_FILE.`,
    secret: true,
  })
/** Without a user in it: addresses are shown in messages. */
const address = (description: string) => text(description, { pattern: '^https?://[^\\s@]+$' })
const whole = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum })

/**
 * Every environment variable Curfew reads, and nothing else reads them. Secrets may be given as the
 * name of a file by appending `_FILE`. `.env.example` is made from this.
 */
export const settingsSchema = Type.Object({
  CURFEW_DATA_DIR: text('Folder of the embedded engine, keys, kill switch and checkpoints.', {
    default: '.curfew',
  }),
  CURFEW_CLICKHOUSE_URL: Type.Optional(
    address(
      'ClickHouse server, e.g. http://127.0.0.1:8123. Without it the engine runs inside this process.',
    ),
  ),
  CURFEW_CLICKHOUSE_USER: text('User on the server.', { default: 'default' }),
  CURFEW_CLICKHOUSE_PASSWORD: Type.Optional(secret('Password on the server.')),
  CURFEW_CLICKHOUSE_DATABASE: text('Database on the server; it must exist.', { default: 'curfew' }),
  CURFEW_CLICKHOUSE_CLUSTER: Type.Optional(
    text('Cluster of one shard: the same tables, replicated.', { pattern: '^[A-Za-z0-9_-]+$' }),
  ),
  CURFEW_KAFKA_BROKERS: Type.Optional(
    text(
      'Brokers, host:port separated by commas. Without it sources travel the journey directly.',
      { pattern: '^[^\\s,]+:\\d{1,5}(,[^\\s,]+:\\d{1,5})*$' },
    ),
  ),
  CURFEW_KAFKA_GROUP: text('Consumer group.', { default: 'curfew' }),
  CURFEW_KAFKA_TLS: Type.Boolean({
    description: 'Whether to speak TLS to the brokers.',
    default: false,
  }),
  CURFEW_KAFKA_CA_FILE: Type.Optional(
    text("PEM file of the authority that signed the brokers' certificates."),
  ),
  CURFEW_KAFKA_CERT_FILE: Type.Optional(
    text('PEM file of the certificate that Curfew shows to brokers that ask for one.'),
  ),
  CURFEW_KAFKA_KEY_FILE: Type.Optional(text('PEM file of the private key of that certificate.')),
  CURFEW_KAFKA_SASL: Type.Union(
    [
      Type.Literal('none'),
      Type.Literal('plain'),
      Type.Literal('scram-sha-256'),
      Type.Literal('scram-sha-512'),
      Type.Literal('oauthbearer'),
    ],
    { description: 'How to sign in at the brokers.', default: 'none' },
  ),
  CURFEW_KAFKA_USERNAME: Type.Optional(
    text('User for plain and scram; client id for oauthbearer.'),
  ),
  CURFEW_KAFKA_PASSWORD: Type.Optional(
    secret('Password for plain and scram; client secret for oauthbearer.'),
  ),
  CURFEW_KAFKA_TOKEN_URL: Type.Optional(
    address('Token endpoint for oauthbearer (client credentials).'),
  ),
  CURFEW_CONNECTIONS: Type.Optional(
    text('YAML file of tenants, instances, providers, topics and API tokens.'),
  ),
  CURFEW_POLICY: Type.Optional(
    text('YAML file of the policy. Without it everything is observed and nothing is ended.'),
  ),
  CURFEW_KEY_FILE: Type.Optional(
    text(
      'File of the key that pseudonyms and salts are made with; made at first start as keys/subject.key in the data folder. Keep it apart from backups of the store.',
    ),
  ),
  CURFEW_CITY_DATABASE: Type.Optional(
    text(
      'MMDB file of cities (two separated by a comma: IPv4, IPv6); goes before the data that the packages bring along.',
    ),
  ),
  CURFEW_ASN_DATABASE: Type.Optional(
    text('MMDB file of autonomous systems; goes before the data that the packages bring along.'),
  ),
  CURFEW_NETWORKS_FILE: Type.Optional(text('Your own networks: CIDR,class,name per line.')),
  CURFEW_HTTP_HOST: text('Address the API listens on.', { default: '127.0.0.1' }),
  CURFEW_HTTP_PORT: whole('Port the API listens on; 0 takes any free one.', 8_080, 0, 65_535),
  CURFEW_FLUSH_ROWS: whole('A block is written once it has so many rows.', 50_000, 1, 60_000),
  CURFEW_FLUSH_BYTES: whole(
    'A block is written once its events take so many bytes.',
    33_554_432,
    65_536,
    536_870_912,
  ),
  CURFEW_FLUSH_MS: whole(
    'A block is written so many milliseconds after its first row.',
    200,
    10,
    10_000,
  ),
  CURFEW_MEMORY_SUBJECTS: whole(
    'Subjects kept in memory; others are asked from the store.',
    100_000,
    100,
    5_000_000,
  ),
  CURFEW_ENFORCE_EVERY_MS: whole(
    'How often the enforcer looks for work when nothing hurries it.',
    1_000,
    50,
    60_000,
  ),
  CURFEW_NOTIFY_URL: Type.Optional(
    address(
      'Where broken curfews, breaches, held orders, stopped intake and unusable fields are told: signed webhooks (Standard Webhooks).',
    ),
  ),
  CURFEW_NOTIFY_SECRET: Type.Optional(secret('Signing secret of those webhooks, whsec_….')),
  CURFEW_LOG_LEVEL: Type.Union(
    [
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('silent'),
    ],
    { description: 'Least severe line that is written.', default: 'info' },
  ),
})
export type Settings = Readonly<Static<typeof settingsSchema>>

/** Variables of the tests; they start like ours and are none of them. */
const foreign = /^CURFEW_(TEST_|SOAK$)/

/**
 * Reads the environment, fills in defaults and freezes the result.
 *
 * @throws CurfewError SETTINGS_INVALID listing every missing, unknown and ill-formed variable. It
 *   names variables and never what they hold.
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = []
  const given: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('CURFEW_') || foreign.test(name) || !value) continue
    const problem = take(name, value, given, environment)
    if (problem !== undefined) problems.push(problem)
  }
  const settings = Value.Default(settingsSchema, given)
  for (const each of problemsOf(settingsSchema, settings).map((line) => line.replace(/^\//, '')))
    problems.push(each)
  if (Value.Check(settingsSchema, settings)) {
    for (const each of unpaired(settings)) problems.push(each)
    if (problems.length === 0) return Object.freeze(settings)
  }
  const list = problems.map((problem) => `\n  ${problem}`).join('')
  throw new CurfewError(
    'SETTINGS_INVALID',
    `the settings cannot be used:${list}\nSee .env.example for every variable.`,
  )
}

/** Takes one variable, reading the file that `…_FILE` names; the problem when it cannot be taken. */
function take(
  name: string,
  value: string,
  given: { [name: string]: unknown },
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const known: { readonly [name: string]: object } = settingsSchema.properties
  const own = known[name]
  if (own !== undefined) {
    given[name] = convert(own, value)
    return undefined
  }
  const base = name.replace(/_FILE$/, '')
  const pointed = base === name ? undefined : known[base]
  if (pointed === undefined) {
    const meant = nearestOf(name, Object.keys(known))
    return `${name}: there is no such variable${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }
  if (!('secret' in pointed)) return `${name}: only secrets may be in a file; set ${base}`
  if (environment[base]) return `${name}: ${base} is set too; keep one of them`
  try {
    given[base] = readFileSync(value, 'utf8').trim()
    return undefined
  } catch (error) {
    // The value may be the secret itself, so the message does not repeat it.
    return `${name}: the file it names cannot be read (${codeOf(error)})`
  }
}

/** Converts the text of a variable to the type of its schema; other text stays as it is. */
function convert(schema: object, value: string): unknown {
  const type = 'type' in schema ? schema.type : undefined
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

type Name = keyof Settings

/** Variables that mean nothing without others. */
const needs: readonly (readonly [Name, readonly Name[]])[] = [
  ['CURFEW_NOTIFY_URL', ['CURFEW_NOTIFY_SECRET']],
  ['CURFEW_NOTIFY_SECRET', ['CURFEW_NOTIFY_URL']],
  ['CURFEW_KAFKA_CERT_FILE', ['CURFEW_KAFKA_KEY_FILE']],
  ['CURFEW_KAFKA_KEY_FILE', ['CURFEW_KAFKA_CERT_FILE']],
  ['CURFEW_CLICKHOUSE_CLUSTER', ['CURFEW_CLICKHOUSE_URL']],
  ['CURFEW_CLICKHOUSE_PASSWORD', ['CURFEW_CLICKHOUSE_URL']],
]

function unpaired(settings: Settings): readonly string[] {
  const lacking = needs
    .filter(([name]) => settings[name] !== undefined)
    .flatMap(([name, others]) => others.map((other) => [name, other] as const))
  const idle = (['CURFEW_KAFKA_CA_FILE', 'CURFEW_KAFKA_CERT_FILE'] as const).filter(
    (name) => settings[name] !== undefined && !settings.CURFEW_KAFKA_TLS,
  )
  const mechanism = settings.CURFEW_KAFKA_SASL
  const sasl = `CURFEW_KAFKA_SASL=${mechanism}`
  const wanted: readonly Name[] =
    mechanism === 'none'
      ? []
      : [
          'CURFEW_KAFKA_USERNAME',
          'CURFEW_KAFKA_PASSWORD',
          ...(mechanism === 'oauthbearer' ? (['CURFEW_KAFKA_TOKEN_URL'] as const) : []),
        ]
  return [
    ...idle.map((name) => `CURFEW_KAFKA_TLS: must be true; ${name} needs it`),
    ...[...lacking, ...wanted.map((other) => [sasl, other] as const)]
      .filter(([, other]) => settings[other] === undefined)
      .map(([name, other]) => `${other}: is missing; ${name} needs it`),
  ]
}

/**
 * A secret that the connections file names: `env: NAME` or `file: path`.
 *
 * @throws CurfewError SETTINGS_INVALID naming the variable; never a path, which may be the secret
 *   itself, put in the wrong place.
 */
export function readSecret(
  named: { readonly env?: string; readonly file?: string },
  environment: NodeJS.ProcessEnv = process.env,
): string {
  if (named.file !== undefined) {
    try {
      return filled(readFileSync(named.file, 'utf8').trim(), 'the file that it names is empty')
    } catch (error) {
      if (error instanceof CurfewError) throw error
      throw new CurfewError(
        'SETTINGS_INVALID',
        `the file that it names cannot be read (${codeOf(error)})`,
      )
    }
  }
  const { env = '' } = named
  return filled(environment[env], `the variable ${env} that it names is not set`)
}

function filled(value: string | undefined, otherwise: string): string {
  if (value !== undefined && value !== '') return value
  throw new CurfewError('SETTINGS_INVALID', otherwise)
}

/** Whether a terminal can move its cursor; `TERM=dumb` cannot. */
export function movesCursor(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.TERM !== 'dumb'
}
