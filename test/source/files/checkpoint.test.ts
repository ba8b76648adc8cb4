import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeCheckpoint } from '../../../src/source/files/checkpoint.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-checkpoint-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a source that was never begun has no position', async () => {
  expect(await makeCheckpoint(join(folder, 'absent')).read('file:ab')).toBeNull()
})

test('a position outlives the process that wrote it, each source its own', async () => {
  const writer = makeCheckpoint(join(folder, 'made'))
  await writer.write('file:ab', 7)
  await writer.write('file:ab', 9)
  await writer.write('../file', 1)
  const reader = makeCheckpoint(join(folder, 'made'))
  expect([await reader.read('file:ab'), await reader.read('../file')]).toEqual([9, 1])
  expect(await readdir(folder)).toEqual(['made'])
})

test('what a crash left half written beside a position is not taken for it', async () => {
  const checkpoint = makeCheckpoint(folder)
  await checkpoint.write('file:ab', 7)
  const [name = ''] = await readdir(folder)
  await writeFile(join(folder, `${name}.new`), '{"sou')
  expect(await checkpoint.read('file:ab')).toBe(7)
})

test.each([
  '',
  '{}',
  '{"source":"file:cd","nextOffset":7}',
  '{"source":"file:ab","nextOffset":-1}',
])('a file that holds no position of the source is named, not guessed at: %s', async (text) => {
  const checkpoint = makeCheckpoint(folder)
  await checkpoint.write('file:ab', 7)
  const [name = ''] = await readdir(folder)
  await writeFile(join(folder, name), text)
  await expect(checkpoint.read('file:ab')).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE' })
})
