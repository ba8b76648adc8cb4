import { createHash } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attributions } from '../../src/contract/attribution.ts'
import { idsIn, loadCatalog } from '../../src/process/catalog.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'
import type { Report } from '../../src/show/reporting/report.ts'
import { openPlaceInside } from './in-process.ts'

const { curfew, folder, pathOf } = openPlaceInside()
const reports = idsIn(catalogs.reports)
const commands = readdirSync('src/commands/list').map((file) => basename(file, '.ts'))

describe('curfew --help', () => {
  it('names every command and says what the exit codes mean', async () => {
    const { code, stdout, stderr } = await curfew(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect(stdout).toMatch(/Exit codes: 0 done, 1 failed, 2 .*, 3 .*\n?.*130 /)
  })

  it.each(commands)(
    'shows an example of %s that begins with the command itself',
    async (command) => {
      const { code, stdout } = await curfew([command, '--help'])
      expect(code).toBe(0)
      const example = stdout.slice(stdout.indexOf('\nExample:\n'))
      expect(example).toMatch(new RegExp(`^\\nExample:\\n(  .*\\n)*  .*curfew ${command}`))
    },
  )

  it.each(reports)('explains every parameter and column of the report %s', async (id) => {
    const { code, stdout } = await curfew(['report', id, '--help'])
    expect(code).toBe(0)
    const report = (await loadCatalog<Report>(catalogs.reports, 'report')).find(
      (each) => each.id === id,
    )
    const words = (report?.columns ?? []).flatMap((column) => Object.keys(column.words ?? {}))
    const named = [
      ...(report?.columns ?? []).map(({ name }) => name),
      ...Object.keys(report?.parameters ?? {}).map((name) => `${name}=…`),
    ]
    expect(named.length).toBeGreaterThan(5)
    // A name, and then what it means.
    for (const name of named) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    for (const word of words) expect(stdout).toMatch(new RegExp(`^ +${word}: \\w`, 'm'))
  })

  it('says the version of the package, and who made the data that it brings along', async () => {
    const { code, stdout } = await curfew(['--version'])
    expect([code, stdout.split('\n')[0]]).toEqual([0, '0.1.0'])
    for (const { text } of attributions) expect(stdout).toContain(text)
  })
})

describe('arguments that cannot be', () => {
  it.each([
    [['fly'], "unknown command 'fly'; known are approve, dashboards, demo, deny, doctor"],
    [['token', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
    [['token', 'now'], 'too many arguments'],
    [['simulate', '--ledger', 'y'], 'give one of --out, --topic and --intake'],
    [['simulate', '--ledger', 'y', '--out', 'x', '--topic', 't'], 'give one of --out'],
    [['simulate', '--ledger', 'y', '--topic', 't'], '--topic needs CURFEW_KAFKA_BROKERS'],
    [['simulate', '--ledger', 'y', '--intake', 'http://127.0.0.1:1'], 'go together'],
    [
      ['simulate', '--ledger', 'y', '--out', 'x', '--speed', '60', '--start', '2026-11-01'],
      '--start is for as fast as possible',
    ],
    [['simulate', '--out', 'x'], "required option '--ledger <file>' not specified"],
    [
      ['simulate', '--out', 'x', '--ledger', 'y', '--days', 'few'],
      "'few' is invalid. It takes a number from",
    ],
    [
      ['simulate', '--out', 'x', '--ledger', 'y', '--people', '0.5'],
      'It takes a whole number from 1',
    ],
    [['simulate', '--out', 'x', '--ledger', 'y', '--start', 'noon'], 'It takes a time such as'],
    [['simulate', '--out', 'x', '--ledger', 'x'], 'must be two files'],
    [['simulate', '--out', 'none/x', '--ledger', 'y'], 'none/x cannot be made (ENOENT)'],
    [['simulate', '--out', 'x', '--ledger', 'none/y'], 'none/y cannot be made (ENOENT)'],
    [['replay', '--tenant', 'a', '--instance', 'b'], "missing required argument 'files'"],
    [
      ['replay', 'x', '--tenant', 'a', '--instance', 'b'],
      'x cannot be read (ENOENT); nothing was replayed',
    ],
    [['replay', '.', '--tenant', 'a', '--instance', 'b'], '. is not a file; name files of events'],
    [['replay', 'x', '--tenant', '../a', '--instance', 'b'], 'It takes a name of letters'],
    [
      ['replay', 'x', '--tenant', 'a', '--instance', 'b', '--format', 'xml'],
      'Allowed choices are keycloak',
    ],
    [['report', 'weather', '--tenant', 'a'], 'Allowed choices are coverage, debt'],
    [
      ['report', 'coverage', '--tenant', 'a', '--format', 'xml'],
      'Allowed choices are table, json, csv',
    ],
    [['report', 'coverage'], 'give --tenant'],
    [['report', 'coverage', '--tenant', 'a', '--from', 'noon'], 'It takes a time such as'],
    [['report', 'coverage', '--tenant', 'a', '--set', 'x'], '--set takes name=value'],
    [['report', 'coverage', '--tenant', 'a', '--set', 'top=3'], 'there is no store in'],
    [['report', 'coverage', '--url', 'http://127.0.0.1:1', '--token-file', 'none'], 'ENOENT'],
    [['report', 'coverage', '--url', '127.0.0.1:8080'], 'It takes an address such as'],
    [['report', 'coverage', '--url', 'http://me:secret@x'], 'It takes an address such as'],
    [['evaluate', '--tenant', 'a', '--ledger', 'none'], 'cannot be read (ENOENT)'],
    [['demo', '--once', '--seconds', '-3'], 'It takes a whole number from'],
    [['demo', '--json'], '--json needs --once'],
    [['demo', '--seconds', '5'], '--seconds needs --once'],
  ])('are said in one line, and nothing is begun: %j', async (args, words) => {
    const { code, stdout, stderr } = await curfew(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^curfew: [^\n]+\n$/)
    expect(stderr).toContain(words)
    expect([existsSync(pathOf('x')), existsSync(pathOf('data'))]).toEqual([false, false])
  })

  it('are files that are there already, which are never overwritten', async () => {
    writeFileSync(pathOf('there'), 'kept')
    for (const [out, ledger] of [
      ['there', 'new'],
      ['new', 'there'],
    ] as const) {
      const { code, stderr } = await curfew(['simulate', '--out', out, '--ledger', ledger])
      expect([code, stderr]).toEqual([2, expect.stringContaining('there is there already')])
    }
    expect(readdirSync(folder)).not.toContain('new')
  })

  it('are a ledger that is none', async () => {
    writeFileSync(pathOf('notes'), 'hello\n')
    const { code, stderr } = await curfew(['evaluate', '--tenant', 'a', '--ledger', 'notes'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('notes is no truth ledger')])
  })
})

describe('settings that cannot be', () => {
  it('end every command that reads them with 2, all problems at once and no value shown', async () => {
    const environment = { CURFEW_PROT: '1', CURFEW_HTTP_PORT: 'cAnArY', CURFEW_LOG_LEVEL: 'loud' }
    for (const args of [['start'], ['migrate'], ['report', 'debt', '--tenant', 'a']]) {
      const { code, stdout, stderr } = await curfew(args, environment)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/^curfew: SETTINGS_INVALID: /)
      for (const name of Object.keys(environment)) expect(stderr).toContain(`\n  ${name}: `)
      expect(stderr).not.toContain('cAnArY')
    }
  })

  it('are told apart: a policy that is wrong is POLICY_INVALID', async () => {
    writeFileSync(pathOf('policy.yaml'), 'version: 1\ncauses: { full_moon: {} }\n')
    const { code, stderr } = await curfew(['start'], { CURFEW_POLICY: 'policy.yaml' })
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^curfew: POLICY_INVALID: .*\/causes\/full_moon/s),
    ])
  })
})

describe('curfew token', () => {
  it('makes another token each time, with the digest that the connections file takes', async () => {
    const tokens = new Set<string>()
    for (let time = 0; time < 2; time += 1) {
      const { code, stdout } = await curfew(['token', '--json'])
      const { token, sha256, ...others } = JSON.parse(stdout)
      expect([code, others]).toEqual([0, {}])
      expect(token).toMatch(/^curfew_[\w-]{32}$/)
      expect(sha256).toBe(createHash('sha256').update(token).digest('hex'))
      tokens.add(token)
    }
    expect(tokens.size).toBe(2)
  })

  it('says which is which', async () => {
    const { stdout } = await curfew(['token'])
    expect(stdout).toMatch(/^token {3}curfew_[\w-]{32}\nsha256 {2}[0-9a-f]{64}\n$/)
  })
})
