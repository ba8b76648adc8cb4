import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { ConnectionsFile } from '../config/connections.ts'
import { fillPolicy } from '../config/policy.ts'
import { readSettings } from '../config/settings.ts'
import { version } from '../config/version.ts'
import type { PolicyFile } from '../contract/policy.ts'
import type { Log } from '../contract/ports.ts'
import { makeSend } from '../http/bounded-fetch.ts'
import type { Curfew } from '../main.ts'
import { openCurfew } from '../main.ts'
import { systemClock } from '../process/clock.ts'
import { makeOwnFolder } from '../process/own-folder.ts'
import { openLoopbackIdp } from '../simulate/loopback-idp.ts'
import { demoScale } from '../simulate/options.ts'
import type { Simulation } from '../simulate/simulate.ts'
import { openSimulation } from '../simulate/simulate.ts'
import { makeIntakeSink } from '../simulate/sinks/intake.ts'
import type { TruthEntry } from '../simulate/truth.ts'
import type { Strain } from './strain.ts'
import { openStrain } from './strain.ts'

export const tenant = 'acme'
export const instance = 'loopback'

/** A simulated company, its identity provider, and a Curfew that watches over it. */
export interface Demo {
  readonly curfew: Curfew
  readonly simulation: Simulation
  /** What was truly planted, as the company knows it. Curfew never sees it. */
  readonly truth: readonly TruthEntry[]
  /** A token with every role but intake, for whoever wants to look around. */
  readonly token: string
  readonly startedAt: number
  readonly strain: Strain
}

export interface DemoOptions {
  readonly seed: string
  readonly people: number
  /** Wire times, ms since the epoch; for ever unless told otherwise. */
  readonly stopPlantingAt?: number
  readonly until?: number
  readonly port: number
  readonly log: Log
  /** Told what is being opened. */
  readonly say?: (words: string) => void
}

/** Everything a minute long can show must be over in seconds. */
export const deadlineSeconds = 10

/**
 * Opens the demo in a folder of its own, which goes with it. Nothing of it needs a setting, a broker
 * or a server; the provider really holds the sessions and really ends them.
 */
export async function openDemo(options: DemoOptions, stack: AsyncDisposableStack): Promise<Demo> {
  const startedAt = systemClock.now()
  const { say = () => {} } = options
  say('starting the identity provider')
  const dataDir = makeOwnFolder(tmpdir(), 'curfew-demo-')
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const idpToken = secret()
  const idp = await openLoopbackIdp({
    now: systemClock.now,
    token: idpToken,
    accessTokenMs: 30_000,
  })
  stack.defer(idp.close)
  say('starting the store, the enforcer and the API')
  const token = secret()
  const intakeToken = secret()
  const curfew = await openCurfew({
    settings: {
      ...readSettings({}),
      CURFEW_DATA_DIR: dataDir,
      CURFEW_HTTP_PORT: options.port,
      CURFEW_ENFORCE_EVERY_MS: 500,
    },
    connections: connectionsTo(idp.url, idpToken, token, intakeToken),
    policy: fillPolicy(demoPolicy),
    secretOf: () => '',
    clock: systemClock,
    log: options.log,
    version,
  })
  stack.use(curfew)
  say(`simulating ${options.people} people`)
  const truth: TruthEntry[] = []
  const simulation = openSimulation({
    ...demoScale,
    // What is planted must be older than the five seconds within which nobody can tell which came
    // first, the session or its cause.
    graceMs: 12_000,
    plant: { ...demoScale.plant, survivors: 70 },
    ...options,
    clock: systemClock,
    idp: { url: idp.url, token: idpToken },
    sink: makeIntakeSink({
      url: curfew.api.url,
      token: intakeToken,
      send: makeSend({ timeoutMs: 30_000, bodyBytesMax: 65_536 }),
      clock: systemClock,
    }),
    ledger: { write: (line) => truth.push(JSON.parse(line)) },
    forwardFeed: false,
    instance,
  })
  // Closed first of all: a company that lived on would keep the process from ending after a failure.
  stack.defer(async () => void (await simulation.stop()))
  // From here on something can come too late; that loading takes long harms no deadline.
  const strain = stack.use(openStrain(deadlineSeconds * 1_000))
  return { curfew, simulation, truth, token, startedAt, strain }
}

/** Made anew each time and known to nobody else: a demo has no default that could be left on. */
function secret(): string {
  return `demo_${randomBytes(24).toString('base64url')}`
}

function connectionsTo(
  url: string,
  idpToken: string,
  token: string,
  intakeToken: string,
): ConnectionsFile {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  return {
    version: 1,
    instances: [
      {
        tenant,
        instance,
        provider: 'loopback',
        settings: { base_url: url, token: idpToken },
        feed: { every_ms: 300 },
        topics: [],
        webhook_secrets: [],
      },
    ],
    tokens: [
      {
        name: 'demo',
        tenant,
        roles: ['viewer', 'analyst', 'responder', 'auditor', 'admin'],
        sha256: digest(token),
      },
      { name: 'company', tenant, roles: ['intake'], instance, sha256: digest(intakeToken) },
    ],
  }
}

const lifecycle = { mode: 'enforce', deadline_seconds: deadlineSeconds } as const

/** What an operator would write who has seen enough and lets lifecycle causes act. */
const demoPolicy: PolicyFile = {
  version: 1,
  causes: {
    credential_reset: lifecycle,
    credential_changed: lifecycle,
    factor_changed: lifecycle,
    subject_suspended: lifecycle,
    subject_offboarded: lifecycle,
    membership_deactivated: lifecycle,
    access_reduced: lifecycle,
    directory_deactivated: lifecycle,
    connection_deactivated: lifecycle,
    grant_revoked: lifecycle,
    device_lost: lifecycle,
    organization_deactivated: lifecycle,
    session_expired: lifecycle,
    operator_order: lifecycle,
  },
  guards: { provider_calls_per_second_max: 200 },
  timing: {
    use_grace_seconds: 5,
    listing_every_seconds: 10,
  },
}
