import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const program = join(import.meta.dirname, '../../curfew')
const node = join(import.meta.dirname, '../../node_modules/.bin/node')

export interface SoakServer {
  /** Where it listens; undefined while it is down. */
  readonly url: () => string | undefined
  /** Starts it, and waits until it listens. */
  readonly start: () => Promise<void>
  readonly kill: () => Promise<void>
  /** Asks it to end, and says how it did and how long it took, ms. */
  readonly stop: () => Promise<{ readonly code: number | null; readonly tookMs: number }>
  /** Greatest resident memory that was seen, bytes. */
  readonly residentMax: () => number
  /** Runs a command over the same folder, killed after so long; its exit code, null when killed. */
  readonly run: (args: readonly string[], killAfterMs?: number) => Promise<number | null>
  /** Rows of one statement, asked by a process of its own while the server is down. */
  readonly ask: (sql: string) => Promise<readonly { readonly [column: string]: unknown }[]>
}

/** The real program in a folder of its own, to be killed and started again. */
export function openSoakServer(
  folder: string,
  environment: { readonly [name: string]: string },
): SoakServer {
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    CURFEW_DATA_DIR: join(folder, 'data'),
    CURFEW_HTTP_PORT: '0',
    ...environment,
  }
  const log = createWriteStream(join(folder, 'curfew.log'), { flags: 'a' })
  let child: ChildProcess | undefined
  let ended: Promise<number | null> = Promise.resolve(null)
  let url: string | undefined
  let residentMax = 0
  const launch = (command: string, args: readonly string[]) => {
    const started = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const end = new Promise<number | null>((resolve) => started.once('close', resolve))
    return { started, end }
  }
  const start = async (): Promise<void> => {
    const { started, end } = launch(program, ['start'])
    child = started
    ended = end
    let said = ''
    started.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      log.write(chunk)
      if (url === undefined) said += chunk
      url ??= /"url":"([^"]+)".*"curfew runs"/.exec(said)?.[1]
    })
    void end.then(() => {
      if (child === started) url = undefined
    })
    for (let waits = 0; waits < 1_200 && url === undefined; waits += 1) await delay(100)
    if (url === undefined) throw new Error(`the server did not start: ${said.slice(-2_000)}`)
  }
  const watch = setInterval(async () => {
    const kib = await residentOf(child?.pid)
    residentMax = Math.max(residentMax, kib * 1_024)
  }, 2_000)
  watch.unref()
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const begun = performance.now()
    url = undefined
    child?.kill(signal)
    const code = await ended
    child = undefined
    return { code, tookMs: performance.now() - begun }
  }
  return {
    url: () => url,
    start,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    residentMax: () => residentMax,
    run: async (args, killAfterMs) => {
      const { started, end: over } = launch(program, args)
      started.stdout.resume()
      started.stderr.on('data', (chunk: Buffer) => log.write(chunk))
      const timer = killAfterMs && setTimeout(() => started.kill('SIGKILL'), killAfterMs)
      const code = await over
      clearTimeout(timer || undefined)
      return code
    },
    ask: async (sql) => {
      const { started, end: over } = launch(node, [
        join(import.meta.dirname, '../commands/ask.ts'),
        sql,
      ])
      let text = ''
      let said = ''
      started.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      started.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk
      })
      const code = await over
      if (code !== 0) throw new Error(`the store could not be asked: ${said.slice(-1_000)}`)
      return JSON.parse(text)
    },
  }
}

async function residentOf(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0
  const { readFile } = await import('node:fs/promises')
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}
