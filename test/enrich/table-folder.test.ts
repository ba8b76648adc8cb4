import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { removeOthers, withLock } from '../../src/enrich/table-folder.ts'
import { aFile, today } from './fixtures.ts'

const clock = { now: () => today, wait: () => new Promise<void>((done) => setImmediate(done)) }
const aPath = () => join(dirname(aFile('x', '')), 'places.table.lock')

describe('the lock of a table', () => {
  test('lets one in at a time and is given back, also after a failure', async () => {
    const path = aPath()
    let inside = 0
    let most = 0
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await clock.wait()
      inside -= 1
    }
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, clock, work)))
    const failed = withLock(path, clock, () => Promise.reject(new Error('no')))
    await expect(failed).rejects.toThrow('no')
    expect([most, existsSync(path)]).toEqual([1, false])
  })

  test('that a killed process left is taken over', async () => {
    const path = aPath()
    const { pid } = spawnSync('true')
    writeFileSync(path, `${pid} ${hostname()}`)
    const held = await withLock(path, clock, async () => readFileSync(path, 'utf8'))
    expect(held).toBe(`${process.pid} ${hostname()}`)
  })

  test('of another machine is taken over after ten minutes and not before', async () => {
    const path = aPath()
    writeFileSync(path, '1 elsewhere')
    utimesSync(path, today / 1000, today / 1000)
    let at = today
    const late = {
      now: () => at,
      wait: async () => {
        at += 60_000
      },
    }
    await withLock(path, late, async () => {})
    // Eleven looks until it is too old, and one more to take it.
    expect(at - today).toBe(12 * 60_000)
  })
})

test('what other versions and killed processes left is removed, and nothing else', async () => {
  const folder = dirname(aFile('places-1-2.table', ''))
  const names = ['places-1-1.table', 'networks-1-1.table', 'places-1-2.table.77.part', 'notes.txt']
  for (const name of names) writeFileSync(join(folder, name), '')
  await removeOthers(folder, 'places-', 'places-1-2.table')
  expect(readdirSync(folder).sort()).toEqual([
    'networks-1-1.table',
    'notes.txt',
    'places-1-2.table',
  ])
})
