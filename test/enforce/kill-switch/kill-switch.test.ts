import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log } from '../../../src/contract/ports.ts'
import type { KillSwitch } from '../../../src/enforce/kill-switch/kill-switch.ts'
import { openKillSwitch } from '../../../src/enforce/kill-switch/kill-switch.ts'
import { makeClock, silentLog } from '../../given.ts'

describe('the kill switch', () => {
  const { clock, advance } = makeClock()
  let folder: string
  let file: string
  let open: KillSwitch[]
  const openOne = (log: Log = silentLog, at = file): KillSwitch => {
    const one = openKillSwitch({ file: at, clock, log })
    open.push(one)
    return one
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'curfew-kill-switch-'))
    file = join(folder, 'state', 'kill-switch')
    open = []
  })
  afterEach(() => {
    for (const one of open) one.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is off until somebody turns it on, and says who did, when and why', async () => {
    const killSwitch = openOne()
    expect(killSwitch.isOn()).toBe(false)
    expect(killSwitch.note()).toBeUndefined()
    await killSwitch.set(true, 'grace', 'the detector is wrong')
    expect(killSwitch.isOn()).toBe(true)
    expect(killSwitch.note()).toEqual({
      by: 'grace',
      at: clock.now(),
      reason: 'the detector is wrong',
    })
    await killSwitch.set(false, 'grace', 'mended')
    expect(killSwitch.isOn()).toBe(false)
    expect(existsSync(file)).toBe(false)
  })

  test('stays on over a restart, and leaves no half-written file beside it', async () => {
    await openOne().set(true, 'grace', 'stop')
    expect(openOne().note()).toMatchObject({ by: 'grace', reason: 'stop' })
    expect(readdirSync(join(folder, 'state'))).toEqual(['kill-switch'])
  })

  test('can be turned off twice without harm', async () => {
    const killSwitch = openOne()
    await killSwitch.set(false, 'grace', 'to be sure')
    expect(killSwitch.isOn()).toBe(false)
  })

  test('is on at the very next look when a person makes the file by hand', () => {
    const killSwitch = openOne()
    writeFileSync(file, '')
    expect(killSwitch.isOn()).toBe(true)
    expect(killSwitch.note()).toEqual({ by: '', at: 0, reason: 'the file was put there by hand' })
    rmSync(file)
    expect(killSwitch.isOn()).toBe(false)
  })

  test('is noticed within 200 ms without anybody asking', async () => {
    const said: string[] = []
    openOne({ ...silentLog, warn: (_fields, message) => said.push(message) })
    writeFileSync(file, '{"by":"grace","at":1,"reason":"stop"}')
    await advance(199)
    expect(said).toEqual([])
    await advance(1)
    expect(said).toEqual(['the kill switch is on: nothing is dispatched'])
    rmSync(file)
    await advance(200)
    expect(said).toHaveLength(2)
  })

  test('is on when its folder went away, or it cannot tell', () => {
    const killSwitch = openOne()
    rmSync(join(folder, 'state'), { recursive: true })
    expect(killSwitch.isOn()).toBe(true)
    writeFileSync(join(folder, 'state'), 'no folder')
    expect(killSwitch.isOn()).toBe(true)
  })

  test('is on while a link stands there that leads nowhere', () => {
    const killSwitch = openOne()
    symlinkSync(join(folder, 'nowhere'), file)
    expect(killSwitch.isOn()).toBe(true)
  })

  test('is on in this process even when that cannot be written down, and says so', async () => {
    const killSwitch = openOne()
    // A folder in the draft's place fails for every user; rights alone do not stop root.
    mkdtempSync(join(folder, 'other-'))
    symlinkSync(join(folder, 'missing', 'file'), `${file}.draft`)
    await expect(killSwitch.set(true, 'grace', 'stop')).rejects.toThrow(
      expect.objectContaining({ code: 'ENFORCE_REFUSED' }),
    )
    expect(existsSync(file)).toBe(false)
    expect(killSwitch.isOn()).toBe(true)
    expect(openOne().isOn()).toBe(false)
  })

  test('refuses to open where its folder cannot be made', () => {
    writeFileSync(join(folder, 'taken'), '')
    chmodSync(join(folder, 'taken'), 0o600)
    expect(() => openOne(silentLog, join(folder, 'taken', 'kill-switch'))).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID' }),
    )
  })
})
