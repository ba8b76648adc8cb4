import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { WorkDone } from '../../src/contract/work.ts'
import { makeSchedule } from '../../src/detect/schedule.ts'
import { sweep } from '../../src/detect/sweeps/survivor.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'

const noRoom = new CurfewError('STORE_UNREACHABLE', 'it ran out of memory', { retry: true })
const [{ row }] = sweep.examples
const tenants = ['acme', 'huge', 'other']

/** A store that has a survivor for each tenant, and no room for a statement that looks at `huge`. */
function given() {
  const time = makeClock()
  const kept: Finding[] = []
  const works: WorkDone[] = []
  const looks: string[] = []
  const store = { isFull: true, isAway: false, gone: '' }
  const schedule = makeSchedule({
    ...{ sweeps: [sweep], policy: defaultPolicy, clock: time.clock },
    ...{ log: silentLog, meter: idleMeter, onWork: (work) => works.push(work) },
    keep: async (findings) => void kept.push(...findings),
    ask: async (sql, values) => {
      if (store.isAway) throw noRoom
      if (sql.includes('now64')) return [{ now: time.clock.now() }]
      if (sql.includes('union distinct')) return tenants.map((tenant) => ({ tenant }))
      if (sql !== sweep.sql) return []
      const tenant = String(values?.tenant)
      looks.push(tenant)
      if (store.isFull && (tenant === '' || tenant === 'huge')) throw noRoom
      const shown = tenant === '' ? tenants : [tenant]
      return shown.filter((each) => each !== store.gone).map((each) => ({ ...row, tenant: each }))
    },
  })
  const stop = new AbortController()
  const run = () => schedule.run(stop.signal)
  const end = () => stop.abort()
  return { time, kept, works, looks, store, schedule, run, end }
}

const failing = (works: readonly WorkDone[]) =>
  works.filter(({ error }) => error !== undefined).map(({ of, tenant }) => [of, tenant])

describe('a tenant that a sweep cannot look at', () => {
  it('is told by name, and the findings of all others are made', async () => {
    const { kept, works, run, end, time } = given()
    const running = run()
    await time.advance(15_000)
    expect(kept.map(({ tenant }) => tenant)).toEqual(['acme', 'other'])
    expect(failing(works)).toEqual([['survivor', 'huge']])
    const last = works.filter(({ tenant, isUnderway }) => tenant === undefined && !isUnderway)
    expect(last.every(({ error }) => error === undefined)).toBe(true)
    end()
    await time.advance(60_000)
    await running
  })

  it('is tried again ever less often, and once it goes well all are looked at together again', async () => {
    const { looks, works, kept, store, schedule, time } = given()
    await expect(schedule.runOne(sweep)).rejects.toThrow('it ran out of memory')
    looks.length = 0
    await schedule.runOne(sweep)
    expect(looks).toEqual(['acme', 'other'])
    await time.advance(60_000)
    store.isFull = false
    await schedule.runOne(sweep)
    expect(kept.map(({ tenant }) => tenant)).toEqual(['acme', 'other', 'huge'])
    expect(works.at(-1)).toMatchObject({ of: 'survivor', isUnderway: true })
    expect(works.some(({ tenant, error }) => tenant === 'huge' && error === undefined)).toBe(true)
    looks.length = 0
    await schedule.runOne(sweep)
    expect(looks).toEqual([''])
  })

  it('takes back no finding of another one', async () => {
    const { kept, store, schedule, time } = given()
    store.isFull = false
    await schedule.runOne(sweep)
    store.isFull = true
    await time.advance(60 * 60_000)
    await expect(schedule.runOne(sweep)).rejects.toThrow()
    expect(kept.map(({ standing }) => standing)).toEqual([true, true, true])
  })
})

it('a store that answers nobody is asked for no tenant by itself', async () => {
  const { looks, store, schedule } = given()
  store.isAway = true
  await expect(schedule.runOne(sweep)).rejects.toThrow('it ran out of memory')
  expect(looks).toEqual([])
})
