import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Row } from '../../src/contract/ports.ts'
import { clockOf } from '../clocks/clocks.ts'
import { eventually } from '../parts/eventually.ts'

const program = join(import.meta.dirname, '../../curfew')
const node = join(import.meta.dirname, '../../node_modules/.bin/node')
const asking = join(import.meta.dirname, 'ask.ts')

type Environment = { readonly [name: string]: string }

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command while it runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it said so far. */
  readonly said: () => { readonly stdout: string; readonly stderr: string }
  readonly ended: Promise<Ended>
}

/** The address that a running Curfew says it listens on. */
export function addressOf({ said, ended }: Running): Promise<string> {
  let end: string | undefined
  void ended.then(({ code, stderr }) => {
    end = `it ended with ${code}: ${stderr}`
  })
  return eventually({
    what: 'the API listening',
    timeoutMs: 60_000,
    probe: async () => /"url":"([^"]+)".*"curfew runs"/.exec(said().stderr)?.[1],
    abandon: () => end,
  })
}

/** A folder of its own for the tests of one file, with a way to run the real `./curfew` in it. */
export function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-commands-'))
  const running = new Set<ChildProcess>()
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const run = (what: string, args: readonly string[], environment: Environment): Running => {
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
    const child = spawn(what, args, {
      cwd: folder,
      // Nothing of the caller's own settings may reach it.
      env: {
        PATH,
        HOME,
        NODE_COMPILE_CACHE,
        ...clockOf(process.env),
        CURFEW_DATA_DIR: join(folder, 'data'),
        CURFEW_HTTP_PORT: '0',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        running.delete(child)
        resolve({ code, stdout, stderr })
      })
    })
    return { child, ended, said: () => ({ stdout, stderr }) }
  }

  const start = (args: readonly string[], environment: Environment = {}): Running =>
    run(program, args, environment)

  const curfew = (args: readonly string[], environment: Environment = {}): Promise<Ended> =>
    start(args, environment).ended

  /** Rows of the store, asked by a process of its own: an engine has one folder for life. */
  const ask = async (sql: string, environment: Environment = {}): Promise<readonly Row[]> => {
    const { code, stdout, stderr } = await run(node, [asking, sql], environment).ended
    if (code !== 0) throw new Error(`the store could not be asked: ${stderr}`)
    return JSON.parse(stdout)
  }

  return { folder, start, curfew, ask, pathOf: (name: string) => join(folder, name) }
}
