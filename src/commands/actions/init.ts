import { randomBytes, randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Connector, Setup } from '../../connectors/connector.ts'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import { loadFolders } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import { exitCodes } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import type { Plan } from '../init/plan.ts'
import { connectionsText, pathsOf, policyText, setupPlanOf } from '../init/plan.ts'
import type { InitAnswers, Providing } from '../init/questions.ts'
import { askFor } from '../init/questions.ts'
import { makeToken } from '../make-token.ts'
import { linesOf } from './doctor.ts'

export interface Options extends InitAnswers {
  readonly clientId: string
  readonly folder: string
  readonly doctor: boolean
}

export async function run(options: Options): Promise<void> {
  const { stdin, stdout } = process
  const folder = resolve(options.folder)
  const providers = await loadProviders()
  for (const { setup } of providers) refuseExisting(folder, setup)
  using line = stdin.isTTY && stdout.isTTY ? openLine() : undefined
  const told = await askFor(options, line?.ask, providers)
  const setup = providers.find(({ id }) => id === told.provider)?.setup
  if (setup === undefined) throw new TypeError(`there is no setup of ${told.provider}`)
  const { token, sha256 } = makeToken()
  const plan: Plan = {
    ...told,
    setup,
    clientId: options.clientId,
    clientUuid: randomUUID(),
    folder,
    sha256,
  }
  const written = writeFiles(plan, token)
  stdout.write(
    `\nWritten, and nothing else was changed:\n${written.map((path) => `  ${path}\n`).join('')}`,
  )
  stdout.write(`\n${plan.setup.steps(setupPlanOf(plan))}\n`)
  if (options.doctor) {
    await line?.ask('Press Enter when that is done, and the doctor looks at all of it: ')
    await look(plan)
  }
  stdout.write(`\n${nextText(plan)}`)
}

/** Those that can be connected so, by name. */
async function loadProviders(): Promise<readonly Providing[]> {
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  return connectors.flatMap(({ id, setup }) => (setup ? [{ id, setup }] : []))
}

/** Asks on the terminal. */
function openLine() {
  const line = createInterface({ input: process.stdin, output: process.stdout })
  const left = new AbortController()
  line.on('SIGINT', () => line.close())
  line.on('close', () => left.abort())
  const ask = async (question: string): Promise<string> => {
    try {
      return await line.question(question, { signal: left.signal })
    } catch {
      throw new CurfewError(
        'SETTINGS_INVALID',
        'the question was left without an answer; stopped here',
      )
    }
  }
  return {
    ask,
    [Symbol.dispose]: () => line.close(),
  }
}

/** Before anything is asked: no file that is there is ever written over. */
function refuseExisting(folder: string, setup: Setup): void {
  const there = Object.values(pathsOf({ folder, setup })).filter((path) => existsSync(path))
  if (there.length > 0) {
    const reason = `${there.join(', ')}: there already, and never written over; name another folder with --folder, or move it away`
    throw new CurfewError('SETTINGS_INVALID', reason)
  }
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    const reason = `${folder} cannot be written to (${codeOf(error)}); name a folder that is there with --folder`
    throw new CurfewError('SETTINGS_INVALID', reason)
  }
}

/** Secrets are for this user alone. */
function writeFiles(plan: Plan, token: string): readonly string[] {
  const paths = pathsOf(plan)
  const files: readonly (readonly [path: string, text: string, mode: number])[] = [
    [paths.connections, connectionsText(plan), 0o644],
    [paths.policy, policyText, 0o644],
    [paths.token, `${token}\n`, 0o600],
    ...(paths.secret === undefined
      ? []
      : [[paths.secret, randomBytes(32).toString('base64url'), 0o600] as const]),
  ]
  for (const [path, text, mode] of files) writeFileSync(path, text, { flag: 'wx', mode })
  return files.map(([path]) => path)
}

async function look(plan: Plan): Promise<void> {
  const { connections, policy } = pathsOf(plan)
  const symptoms = await examine({ CURFEW_CONNECTIONS: connections, CURFEW_POLICY: policy })
  process.stdout.write(`\n${linesOf(symptoms)}`)
  if (symptoms.some(({ state }) => state === 'broken')) process.exitCode = exitCodes.found
}

/** What to do now; pure. */
function nextText(plan: Plan): string {
  const { connections, policy, token } = pathsOf(plan)
  return `Next:
  export CURFEW_CONNECTIONS=${connections} CURFEW_POLICY=${policy}
  curfew doctor                  once more, whenever something was changed
  curfew start                   and in another terminal, after somebody has signed in:
  curfew subject somebody@example.com --token-file ${token}
  curfew report coverage --token-file ${token}
The API is described at http://127.0.0.1:8080/. Everything is observed and nothing is ended until
${policy} says so.
`
}
