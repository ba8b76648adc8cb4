import { access, constants } from 'node:fs/promises'
import { Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import { reasonOf } from '../../contract/errors.ts'
import { makeSend } from '../../enforce/send.ts'
import { openInstances } from '../../instances.ts'
import type { CurfewOptions } from '../../main.ts'
import { targetOf } from '../../main.ts'
import { openEngine } from '../../store/clickhouse.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../command.ts'
import { readOptions } from '../opening.ts'

interface Finding {
  readonly check: string
  readonly state: 'ok' | 'missing' | 'broken'
  /** What was found, and what to do about it. */
  readonly detail: string
}

export const command: Command = {
  id: 'doctor',
  add: (program) => {
    program
      .command('doctor')
      .description(
        'Check settings, policy, store, broker, providers and clock, and say what to do.',
      )
      .option('--json', 'print one JSON object')
      .addHelpText('after', '\nExits with 3 when something is broken.\nExample:\n  curfew doctor')
      .action(run)
  },
}

async function run({ json }: { readonly json?: boolean }): Promise<void> {
  const findings = await examine()
  const marks = { ok: 'ok      ', missing: 'missing ', broken: 'BROKEN  ' } as const
  if (json) process.stdout.write(`${JSON.stringify({ findings })}\n`)
  else
    for (const { state, check, detail } of findings)
      process.stdout.write(`${marks[state]}${check}: ${detail}\n`)
  if (findings.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}

async function examine(): Promise<readonly Finding[]> {
  let options: CurfewOptions
  try {
    options = readOptions()
  } catch (error) {
    return [{ check: 'settings', state: 'broken', detail: reasonOf(error) }]
  }
  return [
    { check: 'settings', state: 'ok', detail: 'read; .env.example lists every variable' },
    policyFinding(options),
    await storeFinding(options),
    ...(await brokerFindings(options)),
    ...(await providerFindings(options)),
    tokenFinding(options),
    noticeFinding(options),
  ]
}

function policyFinding({ settings, policy }: CurfewOptions): Finding {
  const enforced = Object.values(policy.causes).filter(({ mode }) => mode === 'enforce').length
  if (settings.CURFEW_POLICY === undefined) {
    return {
      check: 'policy',
      state: 'missing',
      detail:
        'no file: everything is observed, nothing is ended. Set CURFEW_POLICY when you have seen enough.',
    }
  }
  return {
    check: 'policy',
    state: 'ok',
    detail: `${enforced} of ${Object.keys(policy.causes).length} cause classes are enforced`,
  }
}

async function storeFinding({ settings }: CurfewOptions): Promise<Finding> {
  const target = targetOf(settings)
  try {
    if (target.kind === 'embedded')
      await access(await nearestFolder(resolve(target.path)), constants.W_OK)
    const engine = await openEngine(target)
    const session = await engine.session()
    const [row] = await session.rows('select version() as version')
    await engine.close()
    return {
      check: 'store',
      state: 'ok',
      detail: `${target.kind} ClickHouse answers: ${JSON.stringify(row)}`,
    }
  } catch (error) {
    return { check: 'store', state: 'broken', detail: reasonOf(error) }
  }
}

async function nearestFolder(path: string): Promise<string> {
  try {
    await access(path)
    return path
  } catch {
    return nearestFolder(dirname(path))
  }
}

async function brokerFindings({ settings }: CurfewOptions): Promise<readonly Finding[]> {
  const brokers = settings.CURFEW_KAFKA_BROKERS
  if (brokers === undefined) {
    return [
      {
        check: 'kafka',
        state: 'missing',
        detail:
          'no brokers: intake, feeds and files travel directly. Set CURFEW_KAFKA_BROKERS to read topics.',
      },
    ]
  }
  return Promise.all(
    brokers.split(',').map(async (broker): Promise<Finding> => {
      const [host = '', port = '9092'] = broker.trim().split(':')
      const problem = await reach(host, Number(port))
      return problem === undefined
        ? { check: `kafka ${broker}`, state: 'ok', detail: 'the port answers' }
        : {
            check: `kafka ${broker}`,
            state: 'broken',
            detail: `${problem}; check address, listener and firewall`,
          }
    }),
  )
}

/** Undefined when something listens there. */
function reach(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = new Socket()
    const end = (problem: string | undefined) => {
      socket.destroy()
      done(problem)
    }
    socket.setTimeout(3_000, () => end('no answer within 3 s'))
    socket.once('error', (error) => end(error.message))
    socket.connect(port, host, () => end(undefined))
  })
}

async function providerFindings(options: CurfewOptions): Promise<readonly Finding[]> {
  const { connections, clock, secretOf } = options
  if (connections.instances.length === 0) {
    return [
      {
        check: 'connections',
        state: 'missing',
        detail:
          'no identity provider is named. Write a connections file and set CURFEW_CONNECTIONS; the README shows one.',
      },
    ]
  }
  try {
    const send = makeSend({ timeoutMs: 9_000, bodyBytesMax: 1_048_576 })
    const instances = await openInstances(connections, { send, clock, secretOf })
    return await Promise.all(
      instances.map(async ({ connection: { tenant, instance }, provider }): Promise<Finding> => {
        const check = `provider ${tenant}/${instance}`
        if (!provider)
          return {
            check,
            state: 'missing',
            detail: 'no provider: its sessions are judged, never listed or ended',
          }
        const { ok, detail } = await provider.check()
        return { check, state: ok ? 'ok' : 'broken', detail }
      }),
    )
  } catch (error) {
    return [{ check: 'providers', state: 'broken', detail: reasonOf(error) }]
  }
}

function tokenFinding({ connections }: CurfewOptions): Finding {
  const count = connections.tokens.length
  return count === 0
    ? {
        check: 'API tokens',
        state: 'missing',
        detail: 'nobody can use the API. Make one with `curfew token`.',
      }
    : { check: 'API tokens', state: 'ok', detail: `${count} in force` }
}

function noticeFinding({ settings }: CurfewOptions): Finding {
  return settings.CURFEW_NOTIFY_URL === undefined
    ? {
        check: 'notices',
        state: 'missing',
        detail:
          'broken curfews and breaches are only logged. Set CURFEW_NOTIFY_URL and CURFEW_NOTIFY_SECRET.',
      }
    : { check: 'notices', state: 'ok', detail: 'an address is set' }
}
