import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeOwnFolder } from '../../src/process/own-folder.ts'

let parent = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'folders-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

/** A process that has ended: its number is nobody's, or will not be so soon. */
const gone = spawnSync(process.execPath, ['--version']).pid

/** A folder with something in it, as a process of that owner leaves it. */
function left(name: string, owner: unknown, within = parent): string {
  const folder = join(within, name)
  mkdirSync(join(folder, 'store'), { recursive: true })
  writeFileSync(join(folder, 'store/rows'), 'rows')
  if (owner !== undefined) writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner))
  return folder
}

describe('the folder of a process', () => {
  it('says whose it is, and is for this user alone', () => {
    const folder = makeOwnFolder(parent, 'curfew-demo-')
    expect(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))).toEqual({
      pid: process.pid,
      host: hostname(),
    })
    expect(statSync(folder).mode & 0o077).toBe(0)
  })

  it('takes the place of those whose process was killed', () => {
    const dead = left('curfew-demo-dead', { pid: gone, host: hostname() })
    const folder = makeOwnFolder(parent, 'curfew-demo-')
    expect([existsSync(dead), existsSync(folder)]).toEqual([false, true])
  })

  it.each([
    ['of a process that runs', { pid: process.pid, host: hostname() }],
    ['of another machine or container', { pid: gone, host: `not-${hostname()}` }],
    ['that does not say whose it is', undefined],
    ['that says it in a way we do not know', { pid: 'all', host: hostname() }],
    ['whose number would mean a whole group of processes', { pid: -1, host: hostname() }],
  ])('leaves one alone %s', (_, owner) => {
    const folder = left('curfew-demo-other', owner)
    makeOwnFolder(parent, 'curfew-demo-')
    expect(existsSync(join(folder, 'store/rows'))).toBe(true)
  })

  it('leaves other folders alone, and what a link leads to', () => {
    const owner = { pid: gone, host: hostname() }
    const other = left('curfew-data', owner)
    const elsewhere = left('target', owner, join(parent, 'elsewhere'))
    symlinkSync(elsewhere, join(parent, 'curfew-demo-link'))
    makeOwnFolder(parent, 'curfew-demo-')
    for (const kept of [other, elsewhere]) expect(existsSync(join(kept, 'store/rows'))).toBe(true)
  })
})
