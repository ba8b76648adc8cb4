import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

const LINES_KEPT_MAX = 400

export interface Child {
  readonly pid: number
  /** How the process ended, or `undefined` while it lives. */
  readonly ended: () => string | undefined
  /** The last lines it wrote, for error messages. */
  readonly lastLines: (count: number) => string
  /** Resolves when the process has ended and its output is read. */
  readonly end: Promise<void>
  /** Asks it to end (SIGTERM) and kills it when it has not within `graceMs`. */
  readonly stop: (graceMs: number) => Promise<void>
  /** Ends it without a chance to tidy up, as a power cut would. */
  readonly kill: () => Promise<void>
}

export interface ChildOrder {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly workingDirectory?: string
  /** A temporary folder to delete if this process dies without deleting it itself. */
  readonly scratch?: string
}

/**
 * Starts a process that cannot outlive this one, not even when this one is killed with SIGKILL
 * (which a test runner does to a worker that hangs). Owns the process; end it with `stop` or `kill`.
 */
export const openChild = async ({
  command,
  args,
  env = {},
  workingDirectory,
  scratch = '',
}: ChildOrder): Promise<Child> => {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    cwd: workingDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = keepLastLines(child)
  let ended: string | undefined
  const closed = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      ended = signal === null ? `ended with code ${code}` : `ended by ${signal}`
      resolve()
    })
  })
  // Rejects with the system's own words (ENOENT …) when the command cannot be started.
  await once(child, 'spawn')
  const pid = child.pid
  if (pid === undefined) throw new Error(`${command} started without a process id`)
  const untie = tie(pid, scratch)
  const end = closed.then(untie)
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await end
  }
  const stop = async (graceMs: number): Promise<void> => {
    child.kill('SIGTERM')
    const timer = new AbortController()
    await Promise.race([end, delay(graceMs, undefined, { signal: timer.signal, ref: false })])
    timer.abort()
    await kill()
  }
  return {
    pid,
    ended: () => ended,
    lastLines: (count) => lines.slice(-count).join('\n'),
    end,
    stop,
    kill,
  }
}

/** Runs a command to its end. Fails with its last lines on a non-zero exit or after `timeoutMs`. */
export const runToEnd = async ({
  what,
  timeoutMs,
  ...order
}: ChildOrder & { readonly what: string; readonly timeoutMs: number }): Promise<void> => {
  const child = await openChild(order)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill().catch(() => undefined)
  }, timeoutMs)
  await child.end
  clearTimeout(timer)
  const how = isLate ? `did not end within ${timeoutMs} ms` : child.ended()
  if (how === 'ended with code 0') return
  throw new Error(`${what}: ${order.command} ${how}. Its last lines:\n${child.lastLines(30)}`)
}

/**
 * A shell that waits for the end of its input, which comes when this process dies in whatever way,
 * and then kills the child. Untied by killing the shell before its input ends, so that it never
 * kills a process that got the same number later.
 */
const tie = (pid: number, scratch: string): (() => Promise<void>) => {
  const script = 'read -r _; kill -9 "$1"; if [ -n "$2" ]; then sleep 1; rm -rf "$2"; fi'
  const shell = spawn('/bin/sh', ['-c', script, 'tie', String(pid), scratch], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Its own group: an interrupt from the keyboard must not end it before the child.
    detached: true,
  })
  shell.unref()
  return async () => {
    if (shell.exitCode !== null || shell.signalCode !== null) return
    const gone = once(shell, 'exit')
    // Nothing else may be left to keep this process waiting for what its caller does next.
    shell.ref()
    shell.kill('SIGKILL')
    await gone
  }
}

const keepLastLines = (child: ChildProcess): string[] => {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
      lines.splice(0, lines.length - LINES_KEPT_MAX)
    })
    stream?.on('end', () => {
      if (rest !== '') lines.push(rest)
    })
  }
  return lines
}
