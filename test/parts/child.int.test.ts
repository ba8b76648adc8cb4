import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openChild, runToEnd } from './child.ts'
import { eventually } from './eventually.ts'

const TIMEOUT_MS = 20_000
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-child-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Runs TypeScript in a Node process of its own, which a test may kill. */
const runAside = (script: string, env: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a process dies with the one that started it, even when that is killed, and its data goes', async () => {
  const scratch = join(folder, 'scratch')
  await mkdir(scratch)
  const starter = runAside(
    `
    import { openChild } from './child.ts'
    const child = await openChild({ command: 'sleep', args: ['600'], scratch: process.env.SCRATCH })
    console.log(child.pid)
    setInterval(() => undefined, 1000)
  `,
    { SCRATCH: scratch },
  )
  const [line] = await once(starter.stdout, 'data')
  const pid = Number(String(line))
  expect(isAlive(pid)).toBe(true)
  starter.kill('SIGKILL')
  await eventually({
    what: 'The orphan',
    timeoutMs: TIMEOUT_MS,
    probe: async () => (isAlive(pid) || existsSync(scratch) ? undefined : true),
  })
})

test('a command that fails is told with its exit code and its last lines', async () => {
  const order = { command: 'sh', args: ['-c', 'echo some words >&2; exit 3'] }
  const run = runToEnd({ what: 'Trying', timeoutMs: TIMEOUT_MS, ...order })
  await expect(run).rejects.toThrow(/Trying: sh ended with code 3.*\n.*some words/)
})

test('a command that hangs is ended at its time-out', async () => {
  const run = runToEnd({ what: 'Waiting', timeoutMs: 100, command: 'sleep', args: ['600'] })
  await expect(run).rejects.toThrow('Waiting: sleep did not end within 100 ms')
})

test('a process that ignores the request to end is killed after the grace', async () => {
  const child = await openChild({
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'],
  })
  await eventually({
    what: 'The shell',
    timeoutMs: TIMEOUT_MS,
    probe: async () => child.lastLines(1) === 'ready' || undefined,
  })
  await child.stop(100)
  expect(child.ended()).toBe('ended by SIGKILL')
})

test('a part that many processes ask for at once is fetched by one of them', async () => {
  const script = `
    import { appendFile, writeFile } from 'node:fs/promises'
    import { setTimeout } from 'node:timers/promises'
    import { fetchedPart } from './maven.ts'
    const home = await fetchedPart({
      name: 'thing-1',
      fill: async (into) => {
        await appendFile(process.env.LOG, 'fetched\\n')
        await setTimeout(300)
        await writeFile(into + '/whole', 'yes')
      },
    })
    console.log(home)
  `
  const env = { CURFEW_TEST_PARTS_DIR: join(folder, 'parts'), LOG: join(folder, 'log') }
  const askers = Array.from({ length: 4 }, () => runAside(script, env))
  const codes = await Promise.all(askers.map(async (each) => (await once(each, 'close'))[0]))
  expect(codes).toEqual([0, 0, 0, 0])
  expect(await readFile(env.LOG, 'utf8')).toBe('fetched\n')
  expect(await readdir(env.CURFEW_TEST_PARTS_DIR)).toEqual(['thing-1'])
})

test('a part whose fetch was killed is fetched again, whole', async () => {
  const script = `
    import { writeFile } from 'node:fs/promises'
    import { setTimeout } from 'node:timers/promises'
    import { fetchedPart } from './maven.ts'
    await fetchedPart({
      name: 'thing-1',
      fill: async (into) => {
        await writeFile(into + '/half', 'yes')
        console.log('half')
        if (process.env.HANG === 'yes') await setTimeout(600_000)
        await writeFile(into + '/whole', 'yes')
      },
    })
  `
  const env = { CURFEW_TEST_PARTS_DIR: join(folder, 'parts') }
  const first = runAside(script, { ...env, HANG: 'yes' })
  await once(first.stdout, 'data')
  first.kill('SIGKILL')
  await once(first, 'close')
  const second = runAside(script, { ...env, HANG: 'no' })
  expect(await once(second, 'close')).toEqual([0, null])
  expect(await readdir(env.CURFEW_TEST_PARTS_DIR)).toEqual(['thing-1'])
  expect(await readdir(join(env.CURFEW_TEST_PARTS_DIR, 'thing-1'))).toEqual(['half', 'whole'])
})
