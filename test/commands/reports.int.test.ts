import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openPlace } from './curfew.ts'

const { curfew, pathOf, ask } = openPlace()
/** One report in every format; each report by itself is looked at where it is run without a program. */
const formats = ['table', 'json', 'csv']

const [day, dayAfter] = ['2026-11-03', '2026-11-04']
const period = ['--from', day, '--to', dayAfter]
const report = (id: string, format: string, tenant = 'acme') => [
  ...['report', id, '--tenant', tenant, '--format', format],
  ...period,
]

/** A day on which a password is reset, and one of two sessions goes on being used. */
const events = [
  { id: '1', type: 'session.created', at: '08:00:00', session: 'left' },
  { id: '2', type: 'session.created', at: '08:01:00', session: 'ended' },
  { id: '3', type: 'credential.reset', at: '09:00:00' },
  { id: '4', type: 'session.revoked', at: '09:00:20', session: 'ended' },
  { id: '5', type: 'session.used', at: '10:00:00', session: 'left' },
]

beforeAll(async () => {
  const lines = events.map(({ id, type, at, session }) =>
    JSON.stringify({
      version: 1,
      id,
      type,
      occurred_at: `${day}T${at}Z`,
      subject: { id: 'ada@example.com' },
      ...(session === undefined ? {} : { session: { id: session } }),
      ...(type === 'session.used' ? { outcome: { result: 'accepted', observer: 'idp' } } : {}),
    }),
  )
  writeFileSync(pathOf('day.ndjson'), `${lines.join('\n')}\n`)
  const { code, stderr } = await curfew([
    ...['replay', '--tenant', 'acme', '--instance', 'sso', 'day.ndjson'],
  ])
  expect([code, stderr]).toEqual([0, expect.stringContaining('5 lines recorded')])
})

describe('curfew report', () => {
  it.each(formats)('prints coverage as %s', async (format) => {
    const { code, stdout, stderr } = await curfew(report('coverage', format))
    expect(code).toBe(0)
    // A file of rows has no head; what it may lack is said beside it.
    expect(stderr).toMatch(format === 'csv' ? /^(curfew: incomplete: [^\n]+\n)+$/ : /^$/)
    expect(stdout.endsWith('\n')).toBe(true)
    if (format === 'json') {
      const { report: about, tenant, rows, columns } = JSON.parse(stdout)
      expect([about.id, tenant]).toEqual(['coverage', 'acme'])
      expect(Object.keys(rows[0] ?? {}).sort()).toEqual(
        rows.length === 0 ? [] : columns.map(({ name }: { name: string }) => name).sort(),
      )
    }
    if (format === 'table') expect(stdout).toContain(`period ${day}T00:00:00.000Z to ${dayAfter}`)
  })

  it('says of an empty period where the data lies, in CSV beside the names of the columns', async () => {
    const later = ['--from', '2026-12-01', '--to', '2026-12-02']
    const asked = (format: string) => curfew([...report('coverage', format), ...later])
    const lies = `of acme there is data from ${day}T09:00:00.000Z to ${day}T09:00:00.000Z`
    const { stdout: table } = await asked('table')
    expect(table).toContain(`nothing in this period; ${lies}`)
    const { stdout: csv, stderr } = await asked('csv')
    expect(csv).toMatch(/^cause_class,eligible,/)
    expect(stderr).toBe(`curfew: nothing in this period; ${lies}\n`)
  })

  it('refuses a tenant or an instance that nobody has heard of, and names those there are', async () => {
    const tenant = await curfew(report('coverage', 'table', 'acmee'))
    expect([tenant.code, tenant.stdout, tenant.stderr]).toEqual([
      2,
      '',
      "curfew: SHOW_INVALID: There is no tenant 'acmee'; known are acme.\n",
    ])
    const instance = await curfew([...report('coverage', 'table'), '--set', 'instance=ssso'])
    expect([instance.code, instance.stderr]).toEqual([
      2,
      "curfew: SHOW_INVALID: There is no instance 'ssso' of this tenant; known are sso.\n",
    ])
  })

  it('judges what the events say: one session ended in time, and one that lives on', async () => {
    const { stdout } = await curfew(report('coverage', 'json'))
    const { summary, rows } = JSON.parse(stdout)
    expect(summary).toMatchObject({ eligible: 2, coverage: 0.5 })
    expect(rows[0]).toMatchObject({ cause_class: 'credential_reset', still_alive: 1 })
  })

  it('shows of people only references, unless it is asked for names', async () => {
    const hidden = await curfew(report('revocations', 'json'))
    const named = await curfew([...report('revocations', 'json'), '--names'])
    expect(JSON.parse(hidden.stdout).names_hidden).toBe(true)
    expect(JSON.parse(named.stdout).names_hidden).toBe(false)
    expect(hidden.stdout).not.toContain('ada@example.com')
  })

  it('gives the statement that makes it, which gives the same rows by itself', async () => {
    const { stdout } = await curfew([...report('coverage', 'table'), '--sql'])
    expect(stdout).not.toMatch(/\{\w+:\w+/)
    const rows = await ask(stdout)
    const { rows: reported } = JSON.parse((await curfew(report('coverage', 'json'))).stdout)
    expect(rows.map(({ cause_class, eligible }) => [cause_class, eligible])).toEqual(
      reported.map((row: { cause_class: string; eligible: number }) => [
        row.cause_class,
        row.eligible,
      ]),
    )
  })
})

describe('what Curfew itself ended', () => {
  it('is known by the client id of the connection, in the store as over the API', async () => {
    const revocation = (id: string, client: string) =>
      JSON.stringify({
        version: 1,
        id,
        type: 'session.revoked',
        occurred_at: `${day}T11:00:00Z`,
        subject: { id: 'grace' },
        session: { id },
        initiator: { kind: 'admin', id: 'service-account', client_id: client },
      })
    writeFileSync(
      pathOf('ours.ndjson'),
      `${revocation('r1', 'ours')}\n${revocation('r2', 'curfew')}\n`,
    )
    writeFileSync(
      pathOf('connections.yaml'),
      `version: 1
instances:
  - tenant: acme
    instance: sso
    provider: keycloak
    settings:
      base_url: https://sso.example.com
      realm: staff
      client_id: curfew-reader
      client_uuid: ours
      client_secret: { env: NOT_SET_WHERE_REPORTS_ARE_READ }
`,
    )
    const environment = {
      CURFEW_DATA_DIR: pathOf('own'),
      CURFEW_CONNECTIONS: 'connections.yaml',
    }
    const brought = await curfew(
      ['replay', '--tenant', 'acme', '--instance', 'sso', 'ours.ndjson'],
      environment,
    )
    expect(brought.code).toBe(0)
    const { stdout } = await curfew(report('revocations', 'json'), environment)
    const { rows } = JSON.parse(stdout)
    expect(
      rows.map((row: { session_id: string; initiator: string }) => [row.session_id, row.initiator]),
    ).toEqual([
      ['r1', 'curfew'],
      ['r2', 'admin'],
    ])
  })
})
