import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { STALE_AFTER_MS, withLock } from './lock.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-lock-'))
  path = join(folder, 'part.lock')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const leaveLock = async (token: string, touched: Date): Promise<void> => {
  await mkdir(path)
  await writeFile(join(path, token), '')
  await utimes(join(path, token), touched, touched)
}

test('lets many who ask at once in one after the other', async () => {
  let inside = 0
  let most = 0
  let done = 0
  const work = async (): Promise<void> => {
    inside++
    most = Math.max(most, inside)
    await new Promise(setImmediate)
    inside--
    done++
  }
  await Promise.all(Array.from({ length: 5 }, () => withLock({ path, timeoutMs: 10_000, work })))
  expect({ done, most }).toEqual({ done: 5, most: 1 })
  expect(await readdir(folder)).toEqual([])
})

test('is free again after work that failed', async () => {
  const failing = async (): Promise<void> => {
    throw new Error('no network')
  }
  await expect(withLock({ path, timeoutMs: 1000, work: failing })).rejects.toThrow('no network')
  expect(await withLock({ path, timeoutMs: 1000, work: async () => 'done' })).toBe('done')
})

test('is taken over from an owner that no longer runs', async () => {
  // Process ids of Linux and macOS end below this number.
  await leaveLock(`2147483646@${hostname()}@x`, new Date())
  expect(await withLock({ path, timeoutMs: 1000, work: async () => 'done' })).toBe('done')
})

test('is taken over from an owner of another machine that has fallen silent', async () => {
  await leaveLock('1@elsewhere.example.com@x', new Date(Date.now() - STALE_AFTER_MS - 1000))
  expect(await withLock({ path, timeoutMs: 1000, work: async () => 'done' })).toBe('done')
})

test('is left to an owner that still runs, with an error that says what to do', async () => {
  await leaveLock(`${process.pid}@${hostname()}@x`, new Date())
  const attempt = withLock({ path, timeoutMs: 300, work: async () => 'done' })
  await expect(attempt).rejects.toThrow(/delete that folder: not after 300 ms/)
  expect(await readdir(path)).toEqual([`${process.pid}@${hostname()}@x`])
})
