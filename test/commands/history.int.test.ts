import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { dayMs, mondayMorning } from '../../src/simulate/pace.ts'
import { eventually } from '../parts/eventually.ts'
import { openPlace } from './curfew.ts'

const { curfew, start, ask, pathOf } = openPlace()

/** A store of its own within the place. */
const inFolder = (name: string) => ({ CURFEW_DATA_DIR: pathOf(name) })
const replay = (file: string) => ['replay', '--tenant', 'acme', '--instance', 'sso', '--json', file]

/**
 * The Monday of last week. Of a weekend there would be too little to be stopped halfway, and what
 * sweeps find in a replay, they find by the clock of the machine and a month back.
 */
const begin = new Date(mondayMorning(Date.now()) - 7 * dayMs).toISOString().slice(0, 10)

/** What no two runs may differ in. */
const counts = `select
  (select uniqExact(event_id) from events) as events,
  (select count() from events final) as rows,
  (select uniqExact(tenant, source, offset) from rejected) as rejected,
  (select uniqExact(finding_id) from findings) as findings,
  (select uniqExact(curfew_id, cause_id) from curfews) as curfews`

describe('curfew migrate', () => {
  it('makes the tables once, and changes nothing the second time', async () => {
    const first = await curfew(['migrate'], inFolder('migrated'))
    const second = await curfew(['migrate'], inFolder('migrated'))
    expect(first.stdout).toMatch(/^the store is at migration (\d+) \(\1 applied\)\n$/)
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(second).toEqual(first)
  })
})

describe('curfew simulate', () => {
  it('writes the same bytes for the same seed and start, and says what it planted', async () => {
    const args = (name: string) => [
      'simulate',
      ...['--out', `${name}.ndjson`, '--ledger', `${name}.truth`, '--seed', 'x'],
      ...['--days', '1', '--people', '40', '--start', begin],
    ]
    const one = await curfew([...args('one'), '--json'])
    const other = await curfew([...args('other'), '--json'])
    expect([one.code, one.stdout]).toEqual([0, other.stdout])
    expect(JSON.parse(one.stdout)).toMatchObject({
      startedAt: Date.parse(begin),
      sessions: expect.any(Number),
    })
    for (const kind of ['ndjson', 'truth']) {
      expect(readFileSync(pathOf(`one.${kind}`))).toEqual(readFileSync(pathOf(`other.${kind}`)))
    }
    const words = await curfew(args('third'))
    expect(words.stdout).toMatch(
      /^\d+ messages about \d+ sessions in third\.ndjson\n.*third\.truth\n$/,
    )
  })
})

describe('curfew replay', () => {
  const small = 'one.ndjson'
  let lines = 0
  beforeAll(() => {
    lines = readFileSync(pathOf(small), 'utf8').trimEnd().split('\n').length
  })

  it('brings a file in once: a second time adds nothing', async () => {
    const first = await curfew(replay(small), inFolder('twice'))
    const after = await ask(counts, inFolder('twice'))
    const second = await curfew(replay(small), inFolder('twice'))
    const done = { files: 1, lines, done: true }
    expect([first.code, JSON.parse(first.stdout)]).toEqual([0, expect.objectContaining(done)])
    expect([second.code, JSON.parse(second.stdout)]).toEqual([
      0,
      { ...done, rejected: 0, unread: 0 },
    ])
    expect(await ask(counts, inFolder('twice'))).toEqual(after)
    const [row] = after
    expect(Number(row?.events) + Number(row?.rejected)).toBeGreaterThan(0.98 * lines)
  })

  it('of one tenant is none of another', async () => {
    const other = ['replay', '--tenant', 'other', '--instance', 'sso', small]
    const { stdout } = await curfew(other, inFolder('twice'))
    expect(stdout).toMatch(
      new RegExp(`^recorded ${lines} lines(; \\d+ of them are not events: .*)?\n$`),
    )
    const tenants = await ask(
      'select tenant, count() as n from events group by tenant',
      inFolder('twice'),
    )
    expect(tenants).toHaveLength(2)
    expect(tenants[0]?.n).toBe(tenants[1]?.n)
  })

  it('says how many lines were no events, and where to read why', async () => {
    writeFileSync(pathOf('notes.ndjson'), 'no event\n{}\n')
    const args = replay('notes.ndjson').filter((each) => each !== '--json')
    const { code, stdout } = await curfew(args, inFolder('notes'))
    expect([code, stdout]).toEqual([
      0,
      'recorded 2 lines; 2 of them are not events: see /v1/rejected for the reasons\n',
    ])
  })

  it('never acts: no order is opened, whatever the policy says', async () => {
    const rows = await ask('select count() as orders from order_steps', inFolder('twice'))
    expect(rows).toEqual([{ orders: 0 }])
  })

  it('stopped halfway goes on where it was recorded, and ends where a whole one does', async () => {
    const many = ['--days', '2', '--people', '100', '--start', begin]
    await curfew(['simulate', '--out', 'many.ndjson', '--ledger', 'many.truth', ...many])
    const whole = await curfew(replay('many.ndjson'), inFolder('whole'))
    const total = JSON.parse(whole.stdout).lines

    const { child, said, ended } = start(replay('many.ndjson'), inFolder('halves'))
    await eventually({
      what: 'the first lines recorded',
      timeoutMs: 60_000,
      everyMs: 5,
      probe: async () => (said().stderr.includes('lines recorded') ? true : undefined),
    })
    child.kill('SIGINT')
    const first = await ended
    const half = JSON.parse(first.stdout)
    expect([first.code, half.done]).toEqual([130, false])
    expect(half.lines).toBeGreaterThan(0)
    expect(half.lines).toBeLessThan(total)

    const second = await curfew(replay('many.ndjson'), inFolder('halves'))
    expect([second.code, JSON.parse(second.stdout)]).toEqual([
      0,
      expect.objectContaining({ files: 1, lines: total, done: true }),
    ])
    const [ofWhole, ofHalves] = [
      await ask(counts, inFolder('whole')),
      await ask(counts, inFolder('halves')),
    ]
    expect(Number(ofWhole[0]?.events)).toBeGreaterThan(25_000)
    expect(ofHalves).toEqual(ofWhole)
  })
})

describe('curfew evaluate', () => {
  const evaluate = ['evaluate', '--tenant', 'acme', '--ledger', 'many.truth']

  it('finds what the simulated company planted, and nothing of it wrongly ended', async () => {
    const { code, stdout } = await curfew([...evaluate, '--json'], inFolder('whole'))
    const { detectors, curfews, survivors } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(survivors.planted).toBeGreaterThan(3)
    expect(survivors.found).toBe(survivors.planted)
    expect(survivors.endedWrongly).toBe(0)
    for (const [id, score] of Object.entries<{ planted: number; recall: number }>(detectors)) {
      if (score.planted > 0) expect([id, score.recall]).toEqual([id, 1])
    }
    expect(Object.keys(detectors)).toEqual(expect.arrayContaining(['survivor']))
    expect(curfews.credential_reset).toMatchObject({ recall: 1, precision: 1 })
  })

  it('shows the same as a table', async () => {
    const { stdout } = await curfew(evaluate, inFolder('whole'))
    expect(stdout).toMatch(/^findings of +planted +found +recall +findings +right +precision\n/)
    expect(stdout).toMatch(/^credential_reset +(\d+) +\1 +100\.00 % +/m)
    expect(stdout).toMatch(
      /^survivors planted (\d+), found \1, proven dead \d+, ended wrongly 0\n$/m,
    )
  })

  it('prints no figures of a tenant or a ledger that the store does not know', async () => {
    for (const [folder, words] of [
      ['migrated', "There is no tenant 'acme'; none is known."],
      ['notes', "the store knows none of them of tenant 'acme'"],
    ] as const) {
      const { code, stdout, stderr } = await curfew(evaluate, inFolder(folder))
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)])
    }
  })
})
