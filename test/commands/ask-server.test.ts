import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf } = openPlaceInside()

/** What a server answers a known token, as far as it is looked at. */
const result = {
  report: { id: 'debt', title: 'Session persistence debt', description: '' },
  tenant: 'acme',
  period: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' },
  as_of: '2026-11-02T00:00:00.000Z',
  generated_at: '2026-11-02T00:00:00.000Z',
  filters: {},
  names_hidden: true,
  incomplete: [],
  columns: [{ name: 'hours', type: 'hours', description: '' }],
  rows: [{ hours: 2.5 }],
  row_count: 1,
  row_total: 1,
  truncated: false,
  summary: { hours: 2.5 },
  sql: { parametrised: 'select {one:UInt8}', filled: 'select 1' },
}
const problem = { status: 401, code: 'SHOW_UNAUTHENTICATED', detail: 'A known token is needed.' }

let answered: object = result
const asked: (string | undefined)[] = []
const server = createServer(({ url, headers }, answer) => {
  asked.push(url, headers.authorization)
  if (url?.startsWith('/page/lost')) answer.writeHead(404).end('<html>cAnArY</html>')
  else if (url?.startsWith('/page')) answer.end('<html></html>')
  else if (headers.authorization === 'Bearer secret') answer.end(JSON.stringify(answered))
  else answer.writeHead(401).end(JSON.stringify(problem))
})
let url: readonly string[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  url = ['--url', `http://127.0.0.1:${port}/`]
  writeFileSync(pathOf('token.txt'), 'secret\n')
})
afterAll(() => server.close())

const token = ['--token-file', 'token.txt']
const report = (...more: readonly string[]) => curfew(['report', 'debt', ...url, ...more])

describe('curfew report of a running server', () => {
  it('passes on what it may say, with the token of a file, and prints the answer in every form', async () => {
    asked.length = 0
    const table = await report(...token, '--from', '2026-11-01', '--set', 'top=3')
    expect([table.code, table.stderr]).toEqual([0, ''])
    expect(table.stdout).toMatch(/^Session persistence debt of acme\n/)
    expect(asked).toEqual(['/v1/reports/debt?from=2026-11-01&top=3', 'Bearer secret'])
    const json = await report(...token, '--json')
    expect(JSON.parse(json.stdout)).toEqual(result)
    const csv = await report(...token, '--format', 'csv')
    const sql = await report(...token, '--sql')
    expect(sql.stdout).toBe('select 1\n')
    expect(csv.stdout).toMatch(/^hours,[^\n]*\n2\.5,/)
  })

  it('says in every form what it lacks: rows that are left out always, the rest where nothing else does', async () => {
    const [lists, rows] = ['no complete list of sso', 'the last 8 of 9 rows are left out']
    const lack = { instance: 'sso', since: '2026-11-01T00:00:00.000Z', count: 8 }
    answered = {
      ...{ ...result, truncated: true, row_total: 9 },
      incomplete: [
        { ...lack, what: 'rows_left_out', words: rows },
        { ...lack, what: 'no_complete_list', words: lists },
      ],
    }
    const said = async (...more: readonly string[]) => {
      const { code, stderr } = await report(...token, ...more)
      return [code, stderr.trimEnd().split('\n')]
    }
    const [one, other] = [`curfew: incomplete: ${rows}`, `curfew: incomplete: ${lists}`]
    expect(await said()).toEqual([0, [one]])
    expect(await said('--json')).toEqual([0, [one]])
    expect(await said('--format', 'csv')).toEqual([0, [one, other]])
    expect(await said('--sql')).toEqual([0, [one, other]])
    expect(await said('--strict')).toEqual([4, [one, other]])
    answered = result
    expect(await said('--strict')).toEqual([0, ['']])
  })

  it('is never of another tenant than the one that was named', async () => {
    expect((await report(...token, '--tenant', 'acme')).code).toBe(0)
    const { code, stdout, stderr } = await report(...token, '--tenant', 'other')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain("the token is one of tenant 'acme', and --tenant says 'other'")
  })

  it('says when names were asked for and the token may not see them', async () => {
    const { code, stderr } = await report(...token, '--names', '--json')
    expect([code, stderr]).toEqual([
      0,
      'curfew: clear identity is left out; the token may not see it\n',
    ])
  })

  it('says in one line why it is refused, in the words of the server, and shows no token', async () => {
    writeFileSync(pathOf('wrong.txt'), 'cAnArY')
    for (const given of [[], ['--token-file', 'wrong.txt']]) {
      const { code, stdout, stderr } = await report(...given)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(
        /^curfew: SHOW_UNAUTHENTICATED: http:\S+ answered 401: A known token is needed\. .*--token-file\.\n$/,
      )
      expect(stderr).not.toContain('cAnArY')
    }
  })

  it('says when nobody answers, or somebody else', async () => {
    const nobody = await curfew(['report', 'debt', '--url', 'http://127.0.0.1:1'])
    expect([nobody.code, nobody.stderr]).toEqual([
      1,
      expect.stringMatching(/^curfew: SHOW_UNAVAILABLE: http:\/\/127\.0\.0\.1:1 does not answer\./),
    ])
    const page = await curfew(['report', 'debt', '--url', `${url[1]}page`])
    expect([page.code, page.stderr]).toEqual([1, expect.stringContaining('is no answer of Curfew')])
    const lost = await curfew(['report', 'debt', '--url', `${url[1]}page/lost`])
    expect(lost.stderr).toMatch(/^curfew: SHOW_UNKNOWN: .* answered 404: and not in the words of/)
    expect(lost.stderr).not.toContain('cAnArY')
  })
})
