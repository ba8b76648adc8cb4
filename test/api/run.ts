import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { aServer, roles, tokenOf } from '../show/server.ts'

/**
 * Run as a program: sends what the description of the API allows, and what it forbids, to a server that
 * listens, with the token of each role, and checks each answer against the description. The store is empty,
 * so that it takes a minute or two; statements have tests of their own. It needs Python 3: schemathesis is
 * installed beside the packages once, and nothing else of the machine is changed.
 */
const version = '4.32.5'
const cache = join(import.meta.dirname, '../../node_modules/.cache')
const home = join(cache, `schemathesis-${version}`)
const program = join(home, 'bin/schemathesis')
const config = join(import.meta.dirname, 'schemathesis.toml')
const anyNumber = 1e9

/** Why it cannot be had; undefined once it is there. */
function lacking(): string | undefined {
  if (existsSync(program)) return undefined
  mkdirSync(cache, { recursive: true })
  const run = (command: string, words: readonly string[]) =>
    spawnSync(command, [...words], { stdio: 'inherit' }).status === 0
  if (!run('python3', ['-m', 'venv', home])) return 'Python 3 with venv'
  const pip = ['-m', 'pip', 'install', '--quiet', `schemathesis==${version}`]
  return run(join(home, 'bin/python'), pip) ? undefined : 'schemathesis from PyPI'
}

/** What it found as one role; undefined where every answer is as described. */
async function check(url: string, role: (typeof roles)[number]): Promise<string | undefined> {
  const words = ['--config-file', config, 'run', `${url}/openapi.json`, '--no-color']
  const header = ['-H', `Authorization: Bearer ${tokenOf(role)}`]
  const running = spawn(program, [...words, ...header], { cwd: cache })
  const said: Buffer[] = []
  for (const stream of [running.stdout, running.stderr]) {
    stream.on('data', (bytes: Buffer) => said.push(bytes))
  }
  const [code] = await once(running, 'close')
  process.stdout.write(`as ${role}: ${code === 0 ? 'as described' : 'not as described'}\n`)
  return code === 0 ? undefined : `\n=== as ${role}\n${Buffer.concat(said).toString()}`
}

async function checkAll(): Promise<void> {
  const limits = { perAddressMax: anyNumber, perPrincipalMax: anyNumber, intakeMax: anyNumber }
  const server = await aServer({ limits })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const left = [...roles]
  const found: string[] = []
  const worker = async () => {
    for (let role = left.pop(); role; role = left.pop()) {
      const wrong = await check(url, role)
      if (wrong !== undefined) found.push(wrong)
    }
  }
  await Promise.all([worker(), worker(), worker()])
  await server.close()
  process.stdout.write(found.join(''))
  process.exitCode = found.length === 0 ? 0 : 1
}

const lack = lacking()
if (lack === undefined) await checkAll()
else {
  process.stderr.write(`SKIPPED: the API was not held to its description: no ${lack}.\n`)
  process.exitCode = process.env.CI === undefined ? 0 : 1
}
