import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/show/api/principal.ts'
import type { Server } from '../../../src/show/api/server.ts'
import { openMetrics } from '../../../src/show/metrics/metrics.ts'
import { makeStoreMetrics } from '../../../src/show/metrics/store-metrics.ts'
import type { Store } from '../../../src/store/store.ts'
import { makeClock, silentLog } from '../../given.ts'
import { openTestStore } from '../../parts/store.ts'
import { refOf, writeCompany } from '../company.ts'
import { aServer, bearer } from '../server.ts'
import { curfewIdOf, hour, orderIdOf, secretOf, start } from '../world.ts'

let store: Store
let server: Server

beforeAll(async () => {
  store = await openTestStore()
  await writeCompany(store.append, 'acme')
  server = await aServer({ ask: store.ask, append: store.append, now: () => start + hour })
})

afterAll(async () => {
  await server.close()
  await store.close()
})

const get = async (url: string, role: Role = 'analyst') => {
  const answer = await server.inject({ url, headers: bearer(role) })
  return { status: answer.statusCode, body: answer.json(), text: answer.body }
}

/** All items of a list, read in pages of two. */
async function pagesOf(url: string): Promise<readonly unknown[]> {
  const items: unknown[] = []
  let cursor = ''
  for (let page = 0; page < 20; page += 1) {
    const { body } = await get(`${url}${url.includes('?') ? '&' : '?'}limit=2${cursor}`)
    items.push(...body.items)
    if (body.next === null) return items
    cursor = `&cursor=${body.next}`
  }
  throw new Error('the list has no end')
}

describe.each(['/v1/findings', '/v1/curfews', '/v1/rejected'])('the list %s', (url) => {
  it('read in pages is the list read at once, nothing twice and nothing left out', async () => {
    const { body } = await get(url)
    expect(body.items.length).toBeGreaterThanOrEqual(3)
    expect(await pagesOf(url)).toEqual(body.items)
  })

  it('refuses a cursor of another list', async () => {
    const other = url === '/v1/findings' ? '/v1/curfews' : '/v1/findings'
    const { body } = await get(`${other}?limit=1`)
    expect((await get(`${url}?limit=1&cursor=${body.next}`)).status).toBe(400)
  })
})

describe('curfews', () => {
  const sessions = async (query: string) =>
    (await get(`/v1/curfews?${query}`)).body.items.map(
      (item: { session_id: string }) => item.session_id,
    )

  it.each([
    ['verdict=kept', ['phone']],
    ['verdict=broken', ['laptop']],
    ['verdict=unproven', ['agent']],
    ['verdict=open', []],
    ['mode=observe', []],
    ['order_state=awaiting_approval', ['laptop']],
    ['order_state=dead', []],
    ['class=device_lost', []],
    [`subject_ref=${refOf('acme', 'ben')}`, ['agent']],
    ['instance=one&q=LAPTOP', ['laptop']],
    ['q=ben@example.com', ['agent']],
    ['from=2026-11-03T09:10:00.001Z', []],
    ['to=2026-11-03T09:10:00Z', []],
  ])('filtered by %s are those and no others', async (query, expected) => {
    expect(await sessions(query)).toEqual(expected)
  })

  it('are listed with what proves each death', async () => {
    const { body } = await get('/v1/curfews')
    const proofs = body.items.map((item: { session_id: string; proof_id: string }) => [
      item.session_id,
      item.proof_id,
    ])
    expect(Object.fromEntries(proofs)).toEqual({ phone: 'acme-phone-E2', laptop: '', agent: '' })
  })

  it('come one by one with causes, steps and evidence', async () => {
    const { body } = await get(`/v1/curfews/${curfewIdOf('acme', 'phone')}`)
    expect(body).toMatchObject({
      verdict: 'kept',
      outcome: 'contained_in_time',
      dead_by: 'E2',
      causes: [{ class: 'credential_reset', reason: secretOf('acme') }],
      steps: [{ state: 'dispatching' }, { state: 'acknowledged' }],
      evidence: [
        { level: 'E1', source: 'curfew', event_id: '' },
        { level: 'E2', source: 'curfew', event_id: '' },
        { level: 'E3', means: 'revoked', source: 'feed:one', event_id: /revoked/ },
        { level: 'E4', means: 'refused', source: 'feed:one', event_id: /refused/ },
      ].map(({ event_id, ...each }) => ({ ...each, event_id: expect.stringMatching(event_id) })),
      proof_id: 'acme-phone-E2',
      email: 'ada@example.com',
    })
  })
})

describe('the metrics page', () => {
  it('has the verdicts of the store, coverage, findings, approvals that wait and the age of lists', async () => {
    const metrics = openMetrics()
    const { clock } = makeClock(start + hour)
    const ports = {
      ask: store.ask,
      isStopped: () => true,
      canList: () => true,
      clock,
      log: silentLog,
    }
    const text = await makeStoreMetrics({ ...metrics, ...ports })()
    metrics.close()
    const lines = text.split('\n').filter((line) => line.includes('credential_reset'))
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^curfew_coverage_ratio\{class="credential_reset"\} 0\.33/),
      'curfew_verdicts{class="credential_reset",verdict="broken"} 1',
      'curfew_verdicts{class="credential_reset",verdict="kept"} 1',
      'curfew_verdicts{class="credential_reset",verdict="open"} 0',
      'curfew_verdicts{class="credential_reset",verdict="unproven"} 1',
    ])
    expect(text).toMatch(/^curfew_coverage_ratio\{class="device_lost"\} NaN$/im)
    expect(text).toMatch(/^curfew_findings\{severity="high"\} 3$/m)
    expect(text).toMatch(/^curfew_approvals_waiting 1$/m)
    expect(text).toMatch(/^curfew_kill_switch_on 1$/m)
    expect(text).toMatch(/^curfew_list_complete_seconds\{instance="one"\} 1793697002$/m)
  })
})

describe('an instance that nobody has heard of', () => {
  it.each([
    '/v1/findings',
    '/v1/curfews',
    '/v1/orders',
    '/v1/rejected',
    '/v1/conflicts',
    '/v1/reports/coverage',
    '/v1/reports/unread',
  ])('is refused by %s, in words that name those of the tenant', async (url) => {
    const { status, body } = await get(`${url}?instance=oen`)
    expect([status, body.detail]).toEqual([
      400,
      "There is no instance 'oen' of this tenant; known are one.",
    ])
  })
})

describe('what could be no event, or two', () => {
  const many = async (url: string) => (await get(url)).body.items.length
  it.each(['rejected', 'conflicts'])('is found by period and text: %s', async (list) => {
    const all = await many(`/v1/${list}`)
    expect(all).toBeGreaterThan(2)
    expect(await many(`/v1/${list}?from=2026-11-03&to=2026-11-04&q=SECRET`)).toBe(all)
    expect(await many(`/v1/${list}?from=2026-11-04`)).toBe(0)
    expect(await many(`/v1/${list}?to=2026-11-03`)).toBe(0)
    expect(await many(`/v1/${list}?q=nowhere`)).toBe(0)
  })

  it('is found by a person, too, where an event is theirs', async () => {
    expect(await many('/v1/conflicts?q=ada@example.com')).toBe(4)
    expect((await get('/v1/rejected?q=script', 'intake')).body.items).toEqual([])
  })
})

describe('an instance of which only little is on record', () => {
  it.each(['order_steps', 'conflicts', 'listings'])(
    'is known where that lies in %s',
    async (table) => {
      const instance = `only-in-${table.replace('_', '-')}`
      await store.append(table, [{ tenant: 'acme', instance }])
      expect((await get(`/v1/findings?instance=${instance}`)).status).toBe(200)
    },
  )
})

describe('an order that awaits approval', () => {
  it('can be asked to be approved; the request is in the store before the answer', async () => {
    const answer = await server.inject({
      method: 'POST',
      url: `/v1/orders/${orderIdOf('acme', 'waiting')}/approve`,
      headers: bearer('responder'),
      payload: { reason: 'it was not them' },
    })
    expect(answer.statusCode).toBe(202)
    const rows = await store.ask(
      "select order_id, kind, reason from requests where tenant = 'acme'",
    )
    expect(rows).toEqual([
      { order_id: orderIdOf('acme', 'waiting'), kind: 'approve', reason: 'it was not them' },
    ])
  })
})

describe('rejected messages', () => {
  it('are shown as text: nothing in them acts as HTML', async () => {
    const { text } = await get('/v1/rejected')
    expect(text).toContain('&lt;script&gt;alert(\\"secret of acme\\")')
    expect(text).not.toContain('<script')
  })
})

describe('a text of an attacker', () => {
  const attack = "=cmd|'/c calc'!A1 <script>alert(1)</script> \u001b[31m\u202e"

  beforeAll(async () => {
    const at = new Date(start + 1000).toISOString()
    await store.append('events', [
      {
        tenant: 'acme',
        instance: 'one',
        session_kind: 'online',
        session_id: attack,
        event_id: 'attack',
        type: 'session.revoked',
        occurred_at: at,
        received_at: at,
        initiator_kind: 'user',
        initiator_id: attack,
        initiator_client: attack,
        reason: attack,
        ip: attack,
        country: attack,
        city: attack,
        browser: attack,
        os: attack,
      },
    ])
  })
  const report = async (format: string) => {
    const url = `/v1/reports/revocations?format=${format}`
    return await server.inject({ url, headers: bearer('analyst') })
  }

  it('is no formula in CSV', async () => {
    const { body, headers } = await report('csv')
    expect(body).toContain("'=cmd")
    expect(body).not.toMatch(/(^|,|")=cmd/m)
    expect(headers['content-type']).toMatch(/^text\/csv/)
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="revocations-[\d-]+\.csv"$/,
    )
  })

  it('is no HTML in JSON', async () => {
    const { body, headers } = await report('json')
    expect(body).toContain('\\u003cscript')
    expect(body).not.toMatch(/[<>]/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
  })

  it('moves no cursor and turns no text around in a table', async () => {
    const { body } = await report('table')
    expect(body).toContain('=cmd')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(body).not.toMatch(/[\u001b\u202e]/)
  })

  it('leaves an id that it is in as an id: its timeline is found', async () => {
    const url = `/v1/sessions/one/online/${encodeURIComponent(attack)}/timeline`
    expect((await get(url)).body.items[0]).toMatchObject({ reason: attack })
  })
})

describe('a report over the API', () => {
  it('says of what it is: tenant, period, filters, instant, rows and statement', async () => {
    const { body } = await get('/v1/reports/coverage?from=2026-11-03&class=credential_reset')
    expect(body).toMatchObject({
      tenant: 'acme',
      period: { from: '2026-11-03T00:00:00.000Z', to: '2026-11-03T10:00:00.000Z' },
      filters: { class: 'credential_reset' },
      as_of: '2026-11-03T10:00:00.000Z',
      row_count: 2,
      truncated: false,
      summary: { coverage: expect.closeTo(1 / 3, 9) },
    })
    expect(body.sql.parametrised).toContain('{tenant:String}')
    expect(body.sql.filled).toContain("tenant = 'acme'")
  })

  it('shows an auditor references where an analyst sees ids', async () => {
    const [analyst, auditor] = [
      await get('/v1/reports/revocations', 'analyst'),
      await get('/v1/reports/revocations', 'auditor'),
    ]
    expect(analyst.text).toContain('203.0.113.9')
    expect(auditor.text).not.toContain('203.0.113.9')
    expect(auditor.body.names_hidden).toBe(true)
  })
})
