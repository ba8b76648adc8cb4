import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/show/api/principal.ts'
import type { Server } from '../../../src/show/api/server.ts'
import type { Store } from '../../../src/store/store.ts'
import { openTestStore } from '../../parts/store.ts'
import { refOf, writeCompany } from '../company.ts'
import { aServer, bearer } from '../server.ts'
import { hour, minute, second, start } from '../world.ts'

let store: Store
let server: Server
const cause = start + 10 * minute
const iso = (at: number) => new Date(at).toISOString()

beforeAll(async () => {
  store = await openTestStore()
  await writeCompany(store.append, 'acme')
  server = await aServer({
    ask: store.ask,
    append: store.append,
    now: () => start + hour,
    pseudonym: (tenant, _instance, id) => refOf(tenant, id.replace('user-', '')),
  })
})

afterAll(async () => {
  await server.close()
  await store.close()
})

const get = async (url: string, role: Role = 'responder') => {
  const answer = await server.inject({ url, headers: bearer(role) })
  return { status: answer.statusCode, body: answer.json() }
}
const inventory = (subject: string, role?: Role) =>
  get(`/v1/subjects/${encodeURIComponent(subject)}/sessions`, role)

describe('the sessions of a subject', () => {
  it('are not found for nobody', async () => {
    expect((await inventory('user-nobody')).status).toBe(404)
  })

  it.each(['user-ada', 'ada@example.com', "x' or 1 = 1 --"])(
    'cannot be asked for as %s by whoever may not see names',
    async (name) => {
      expect((await inventory(name, 'viewer')).status).toBe(403)
    },
  )

  it.each(['user-ada', 'ada@example.com', 'ADA@Example.com', refOf('acme', 'ada')])(
    'are found by %s',
    async (name) => {
      const { body } = await inventory(name)
      expect(body.items.map((item: { session_id: string }) => item.session_id)).toEqual([
        'laptop',
        'phone',
      ])
    },
  )

  it('show a session that was refused as ended, by the evidence that came last', async () => {
    const { body } = await inventory('user-ada')
    expect(body.items[1]).toMatchObject({
      session_id: 'phone',
      state: 'ended',
      state_by: 'E4',
      created_at: iso(start),
      ip: '203.0.113.9',
      city: 'Warsaw',
      browser: 'Firefox',
      curfews: [{ class: 'credential_reset', verdict: 'kept' }],
    })
  })

  it('show a session that its provider accepted as alive, with its broken curfew', async () => {
    const { body } = await inventory('user-ada')
    expect(body.items[0]).toMatchObject({
      state: 'alive',
      state_by: 'used',
      last_used_at: iso(cause + 20 * minute),
      curfews: [{ verdict: 'broken', deadline_at: iso(cause + 5 * minute) }],
    })
  })

  it('show a session past its expiry as unknown: nobody saw it end', async () => {
    const { body } = await inventory('user-ben')
    const agent = body.items.find((item: { session_id: string }) => item.session_id === 'agent')
    expect(agent).toMatchObject({ state: 'unknown', state_by: 'expiry' })
  })

  it('name people, and show addresses, only to whoever may see them', async () => {
    const seen = await inventory(refOf('acme', 'ada'), 'responder')
    const hidden = await inventory(refOf('acme', 'ada'), 'viewer')
    expect(seen.body.subjects).toMatchObject([{ subject_id: 'user-ada', email: 'ada@example.com' }])
    expect(hidden.body.subjects).toMatchObject([{ subject_id: '', email: '' }])
    expect(JSON.stringify(hidden.body)).not.toMatch(/user-ada|example\.com|203\.0\.113/)
  })

  it('come in pages that together are the whole', async () => {
    const url = `/v1/subjects/${refOf('acme', 'ada')}/sessions?limit=1`
    const first = await get(url)
    const second = await get(`${url}&cursor=${first.body.next}`)
    const ids = [...first.body.items, ...second.body.items].map((item) => item.session_id)
    expect([ids, second.body.next]).toEqual([['laptop', 'phone'], null])
  })

  describe('show place and device of one and the same event', () => {
    const event = (session: string, id: string, at: number, more: object) => ({
      ...{ tenant: 'acme', instance: 'one', session_kind: 'online', session_id: session },
      ...{ event_id: id, type: 'session.used', lane: 'live', subject_ref: refOf('acme', session) },
      ...{ occurred_at: iso(at), received_at: iso(at), outcome: 'accepted', ip_of: 'subject' },
      ...more,
    })
    const laptop = {
      browser: 'Firefox',
      os: 'Linux',
      device_type: 'desktop',
      user_agent: 'Mozilla/5.0',
    }
    const script = { browser: '', os: '', device_type: 'other', user_agent: 'python-requests/2.32' }
    const home = { ip: '203.0.113.9', country: 'PL', city: 'Warsaw' }
    const abroad = { ip: '198.51.100.7', country: 'PT', city: 'Porto' }
    const nothing = { browser: '', os: '', device_type: '', user_agent: '' }
    const rowOf = async (session: string, events: readonly object[]) => {
      await store.append('events', events)
      const { body } = await inventory(refOf('acme', session))
      return body.items[0]
    }

    it('the youngest that its subject succeeded with', async () => {
      const row = await rowOf('stolen', [
        event('stolen', 'stolen-1', start, { type: 'session.created', ...home, ...laptop }),
        event('stolen', 'stolen-2', start + minute, { ...abroad, ...script }),
        event('stolen', 'stolen-3', start + 2 * minute, {}),
      ])
      const client_at = iso(start + minute)
      expect(row).toMatchObject({ ...abroad, ...script, ip_of: 'subject', client_at })
    })

    it('also where it tells of no device', async () => {
      const row = await rowOf('bare', [
        event('bare', 'bare-1', start, { type: 'session.created', ...home, ...laptop }),
        event('bare', 'bare-2', start + minute, abroad),
      ])
      expect(row).toMatchObject({ ...abroad, ...nothing })
    })

    it('and no refused attempt, and no call of a server while the subject was seen', async () => {
      const seen = event('served', 'served-1', start, {
        type: 'session.created',
        ...home,
        ...laptop,
      })
      const row = await rowOf('served', [
        seen,
        event('served', 'served-2', start + minute, { ...abroad, ip_of: 'application' }),
        event('served', 'served-3', start + minute, { ...abroad, ...script, outcome: 'refused' }),
      ])
      expect(row).toMatchObject({ ...home, ...laptop })
    })

    it('that of a server, which it says, where nothing else is known', async () => {
      const row = await rowOf('server', [
        event('server', 'server-1', start, { ...abroad, ip_of: 'application' }),
      ])
      expect(row).toMatchObject({ ...abroad, ip_of: 'application' })
    })
  })

  it('are found for a person who was forgotten, by the reference that the id makes', async () => {
    await store.append('sessions', [
      {
        tenant: 'acme',
        instance: 'one',
        session_kind: 'online',
        session_id: 'of-forgotten',
        subject_ref: refOf('acme', 'cy'),
        first_seen_at: iso(start),
        last_seen_at: iso(start),
        updated_at: iso(start),
      },
    ])
    const { body } = await inventory('user-cy')
    expect(body.subjects).toEqual([
      { instance: 'one', subject_ref: refOf('acme', 'cy'), subject_id: '', email: '' },
    ])
  })
})

describe('the timeline of a session', () => {
  const url = '/v1/sessions/one/online/phone/timeline'

  it('is not found for a session that nobody knows', async () => {
    expect((await get('/v1/sessions/one/online/nobody/timeline')).status).toBe(404)
  })

  it('is not found under another kind of session', async () => {
    expect((await get(url.replace('online', 'offline'))).status).toBe(404)
  })

  it('tells all that happened, oldest first, down to the verdict', async () => {
    const { body } = await get(url)
    const told = body.items
      .filter((item: { what: string }) => item.what !== 'finding')
      .map((item: { at: string; what: string; word: string }) => [
        (Date.parse(item.at) - cause) / second,
        item.what,
        item.word,
      ])
    expect(told).toEqual([
      [-600, 'event', 'session.created'],
      [0, 'cause', 'credential_reset'],
      [1, 'curfew', 'credential_reset'],
      [1, 'order_step', 'dispatching'],
      [2, 'order_step', 'acknowledged'],
      [2, 'evidence', 'E1'],
      [3, 'evidence', 'E2'],
      [3, 'verdict', 'kept'],
      [4, 'event', 'session.revoked'],
      [4, 'evidence', 'E3'],
      [60, 'event', 'session.used'],
      [60, 'evidence', 'E4'],
    ])
  })

  it('is the same in pages of one', async () => {
    const { body: whole } = await get(url)
    const items = []
    let next: string | null = ''
    while (next !== null) {
      const { body } = await get(`${url}?limit=1${next === '' ? '' : `&cursor=${next}`}`)
      items.push(...body.items)
      next = body.next
    }
    expect(items).toEqual(whole.items)
  })

  it('tells no address and nobody by name to whoever may not see them', async () => {
    const { body } = await get(url, 'auditor')
    expect(JSON.stringify(body)).not.toContain('203.0.113.9')
  })
})

describe('signing out everywhere', () => {
  const signOut = async (subject: string, payload: object, key = '') => {
    const answer = await server.inject({
      method: 'POST',
      url: `/v1/subjects/${encodeURIComponent(subject)}/sign-out`,
      headers: { ...bearer('responder'), ...(key === '' ? {} : { 'idempotency-key': key }) },
      payload,
    })
    return { status: answer.statusCode, body: answer.json() }
  }
  const requests = () =>
    store.ask("select * from requests where tenant = 'acme' order by recorded_at")

  it('is refused for nobody', async () => {
    expect((await signOut('user-nobody', { reason: 'x' })).status).toBe(404)
  })

  it('is refused where a name means two people of one instance', async () => {
    const twin = {
      tenant: 'acme',
      instance: 'one',
      subject_ref: refOf('acme', 'twin'),
      subject_id: 'user-twin',
      email: ['2026-11-03 09:00:00.000', 'ben@example.com'],
      last_at: iso(start),
    }
    await store.append('identities', [twin])
    const answer = await signOut('ben@example.com', { reason: 'x' })
    expect([answer.status, (await requests()).length]).toEqual([409, 0])
  })

  it('shows, dry, which sessions it would end, and asks for nothing', async () => {
    const { status, body } = await signOut('user-ada', { reason: 'lost phone', dry_run: true })
    expect(status).toBe(200)
    expect(body).toMatchObject({ dry_run: true, requests: [], more_sessions: false })
    expect(body.sessions.map((each: { session_id: string }) => each.session_id)).toEqual(['laptop'])
    expect(await requests()).toEqual([])
  })

  it('asks for it once, by reference, however often it is sent under one key', async () => {
    const first = await signOut('user-ada', { reason: 'lost phone' }, 'key-1')
    const again = await signOut('ada@example.com', { reason: 'lost phone' }, 'key-1')
    expect([first.status, again.body.requests]).toEqual([202, first.body.requests])
    expect(await requests()).toMatchObject([
      {
        kind: 'sign_out_everywhere',
        instance: 'one',
        subject_ref: refOf('acme', 'ada'),
        principal: 'responder-token',
        reason: 'lost phone',
        request_id: first.body.requests[0].request_id,
      },
    ])
  })
})
