import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually } from '../parts/eventually.ts'
import { openPlace } from './curfew.ts'

const { curfew, start, pathOf } = openPlace()
const count = expect.any(Number)
const verdicts = { kept: count, broken: count, open: count, unproven: count }

describe('curfew demo --once --json', () => {
  it('prints one JSON object: all that was planted is found and proven dead, and nobody else was ended', async () => {
    const temporary = pathOf('tmp')
    mkdirSync(temporary)
    const { code, stdout, stderr } = await curfew(
      ['demo', '--once', '--seconds', '25', '--json', '--seed', 'test'],
      { TMPDIR: temporary },
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/)
    const figures = JSON.parse(stdout)
    const { findings, curfews, survivors, coverage, latency, events, rejected } = figures
    expect(figures).toEqual({
      events: count,
      eventsPerSecond: count,
      rejected: count,
      findings: Object.fromEntries(Object.keys(findings).map((detector) => [detector, count])),
      curfews: Object.fromEntries(Object.keys(curfews).map((cause) => [cause, verdicts])),
      survivors: { planted: count, found: count, dead: count, endedWrongly: count },
      coverage: count,
      latency: { n: count, p50Ms: count, p95Ms: count, p99Ms: count },
      machine: { tooSlow: expect.any(Boolean), longestWaitMs: count },
    })
    expect(events).toBeGreaterThan(500)
    expect(rejected).toBeLessThan(0.02 * events)
    expect(survivors.planted).toBeGreaterThan(0)
    expect(survivors).toEqual({
      planted: survivors.planted,
      found: survivors.planted,
      dead: survivors.planted,
      endedWrongly: 0,
    })
    expect(coverage).toBeGreaterThanOrEqual(0.9)
    expect(latency.n).toBeGreaterThan(0)
    expect(latency.p50Ms).toBeLessThan(10_000)
    expect(latency.p95Ms).toBeLessThanOrEqual(latency.p99Ms)
    // Its data goes with it.
    expect(readdirSync(temporary)).toEqual([])
  })
})

describe('curfew demo', () => {
  it('says where to look, lets its token look, and ends when asked, with what it saw', async () => {
    const { child, said, ended } = start(['demo'])
    const [, url = '', token = ''] = await eventually({
      what: 'the address of the API',
      timeoutMs: 60_000,
      probe: async () => /API (\S+)\/docs\ntoken (\S+)\n/.exec(said().stdout) ?? undefined,
    })
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/v1/findings`)).status).toBe(401)
    await eventually({
      what: 'a finding in the API',
      timeoutMs: 60_000,
      probe: async () => {
        const answer = await fetch(`${url}/v1/findings`, { headers })
        const { items }: { items: readonly object[] } = JSON.parse(await answer.text())
        return items.length > 0 ? true : undefined
      },
    })
    // The commands that ask a server, of a real one.
    writeFileSync(pathOf('token.txt'), token)
    const where = ['--url', url, '--token-file', 'token.txt', '--json']
    const found = await curfew(['findings', '--limit', '1', ...where])
    const [finding] = JSON.parse(found.stdout).items
    expect(finding).toMatchObject({ standing: true, email: expect.stringContaining('@') })
    const whose = await curfew(['subject', finding.email, ...where])
    expect(JSON.parse(whose.stdout).subjects[0].subject_ref).toBe(finding.subject_ref)
    const orders = await curfew(['orders', '--limit', '1', ...where])
    expect([orders.code, orders.stderr]).toEqual([0, expect.any(String)])
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^Curfew demo: .*\n {2}loading …\n {2}starting the identity provider …\n/,
    )
    expect(stdout).toMatch(
      /\nStopping …\nIn \d+ (seconds|minutes) Curfew read \d+ events and ended /,
    )
    expect(stdout).toMatch(
      / left alive on purpose it found \d+; \d+ are dead\. Ended wrongly: 0\.\n/,
    )
    expect(stdout).toMatch(/ {2}closing, and removing its data …\n$/)
  })
})
