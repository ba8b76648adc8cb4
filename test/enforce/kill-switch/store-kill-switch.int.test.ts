import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { Ask } from '../../../src/contract/ports.ts'
import type { KillSwitch } from '../../../src/enforce/kill-switch/kill-switch.ts'
import { openKillSwitch } from '../../../src/enforce/kill-switch/kill-switch.ts'
import { openStoreKillSwitch } from '../../../src/enforce/kill-switch/store-kill-switch.ts'
import { makeClock, silentLog } from '../../given.ts'
import type { Stage } from '../stage.ts'
import { openStage } from '../stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const away = new CurfewError('STORE_UNREACHABLE', 'connection refused', { retry: true })

describe('the kill switch of several processes', () => {
  const { clock, advance } = makeClock()
  let folder: string
  let open: KillSwitch[]
  /** The store as all of them see it: there, gone, or never answering. */
  let store: 'there' | 'gone' | 'silent'
  let answers: Promise<unknown>[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'curfew-switch-for-all-'))
    open = []
    store = 'there'
    answers = []
  })
  afterEach(async () => {
    store = 'there'
    await open[0]?.set(false, 'test', 'the test is over')
    for (const one of open) one.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const fileOf = (name: string) => join(folder, name, 'kill-switch')
  const ask: Ask = (sql) => {
    if (store === 'silent') return new Promise(() => {})
    const answer = store === 'gone' ? Promise.reject(away) : stage.store.ask(sql)
    answers.push(answer.catch(() => {}))
    return answer
  }
  const openOne = async (name: string): Promise<KillSwitch> => {
    const local = openKillSwitch({ file: fileOf(name), clock, log: silentLog })
    const append = (table: string, rows: readonly object[]) =>
      store === 'there' ? stage.store.append(table, rows) : Promise.reject(away)
    const one = openStoreKillSwitch({ local, ask, append, clock, log: silentLog })
    open.push(one)
    await Promise.all(answers)
    return one
  }
  /** Lets time pass, with a real answer of the store to each look. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      await advance(50)
      await Promise.all(answers)
    }
  }

  it('is on in every one of them within a second of being turned on in any, and off again likewise', async () => {
    const [serving, enforcing] = [await openOne('serving'), await openOne('enforcing')]
    expect([serving.isOn(), enforcing.isOn()]).toEqual([false, false])
    await serving.set(true, 'acme/grace', 'the detector is wrong')
    expect(serving.isOn()).toBe(true)
    await pass(900)
    expect(enforcing.isOn()).toBe(true)
    expect(enforcing.note()).toEqual(serving.note())
    expect(enforcing.note()).toMatchObject({ by: 'acme/grace', reason: 'the detector is wrong' })
    await enforcing.set(false, 'acme/grace', 'mended')
    await pass(900)
    expect([serving.isOn(), enforcing.isOn()]).toEqual([false, false])
  })

  it('is on in one that starts later', async () => {
    await (await openOne('serving')).set(true, 'acme/grace', 'stop')
    expect((await openOne('enforcing')).note()).toMatchObject({ by: 'acme/grace' })
  })

  it('is on beside a file that a hand put there, whatever the others say', async () => {
    const [serving, enforcing] = [await openOne('serving'), await openOne('enforcing')]
    writeFileSync(fileOf('enforcing'), '')
    expect([serving.isOn(), enforcing.isOn()]).toEqual([false, true])
    await serving.set(false, 'acme/grace', 'go on')
    await pass(900)
    expect(enforcing.isOn()).toBe(true)
  })

  it.each(['gone', 'silent'] as const)(
    'is on within a second of the store being %s, and off again when it is back',
    async (how) => {
      const one = await openOne('enforcing')
      store = how
      await pass(1_000)
      expect(one.isOn()).toBe(true)
      store = 'there'
      await pass(500)
      expect(one.isOn()).toBe(false)
    },
  )

  it('says that the others could not be told, and is on in this process', async () => {
    const one = await openOne('enforcing')
    store = 'gone'
    await expect(one.set(true, 'acme/grace', 'stop')).rejects.toMatchObject({
      code: 'ENFORCE_UNREACHABLE',
    })
    store = 'there'
    await pass(900)
    expect(one.note()).toMatchObject({ by: 'acme/grace', reason: 'stop' })
  })
})
