import { Compile } from 'typebox/compile'
import { afterEach, describe, expect, it } from 'vitest'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { hourMs } from '../../src/simulate/pace.ts'
import { monday } from './given.ts'
import { aLogin, anIdp, aSession, clock, closeIdps, eventsOf } from './idp/given-idp.ts'

afterEach(closeIdps)

describe('the loopback identity provider', () => {
  it('holds a session: lists it, reads it, refreshes it, and shows what it was told', async () => {
    const calls = await anIdp()
    const { status, json } = await calls.post('/sessions', aSession())
    expect(status).toBe(201)
    expect(json.session).toMatchObject({ status: 'active', ip: '203.0.113.9', kind: 'online' })

    const listed = await calls.get('/subjects/user_1/sessions')
    expect(listed.json).toEqual({ sessions: [json.session], next: null })
    expect((await calls.get(`/sessions/${json.session.id}`)).json).toEqual(json.session)
    const refreshed = await calls.post('/token', { refresh_token: json.refresh_token })
    expect(refreshed.status).toBe(200)
    expect(refreshed.json.refresh_token).not.toBe(json.refresh_token)
  })

  it('refuses a refresh after a revocation with invalid_grant, and tells of both', async () => {
    const calls = await anIdp()
    const { id, refresh_token } = await aLogin(calls)
    const path = `/sessions/${id}/revoke`
    const revoked = await calls.post(path, {}, { 'x-client-id': 'curfew-client' })
    expect(revoked.status).toBe(200)
    expect(revoked.headers.get('x-request-id')).toBeTruthy()

    expect((await calls.post(path)).status).toBe(404)
    expect((await calls.get(`/sessions/${id}`)).status).toBe(404)
    expect((await calls.get('/subjects/user_1/sessions')).json.sessions).toEqual([])
    const refused = await calls.post('/token', { refresh_token })
    expect(refused).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })

    const events = await eventsOf(calls)
    expect(events.map(({ type }) => type)).toEqual([
      'authentication.succeeded',
      'session.created',
      'session.revoked',
      'session.used',
    ])
    expect(events[2]?.initiator).toEqual({ kind: 'system', client_id: 'curfew-client' })
    expect(events[3]?.outcome).toEqual({
      result: 'refused',
      status: 400,
      refusal_reason: 'session_ended',
      observer: 'idp',
    })
    expect(events[3]?.id).toBe(refused.json.event_id)
  })

  it('takes the token before the current one, as answers get lost, and no older one', async () => {
    const calls = await anIdp()
    const { refresh_token } = await aLogin(calls)
    const second = await calls.post('/token', { refresh_token })
    expect((await calls.post('/token', { refresh_token })).status).toBe(200)
    await calls.post('/token', { refresh_token: second.json.refresh_token })

    const reused = await calls.post('/token', { refresh_token })
    expect(reused.json).toMatchObject({ error: 'invalid_grant', session_ended: false })
    const refusal = (await eventsOf(calls)).at(-1)?.outcome?.refusal_reason
    expect(refusal).toBe('token_reused')
    expect((await calls.get('/subjects/user_1/sessions')).json.sessions).toHaveLength(1)
  })

  it('ends sessions by logout and by expiry on its clock, and says when', async () => {
    const calls = await anIdp()
    const one = await aLogin(calls)
    const other = await aLogin(calls)
    expect((await calls.post(`/sessions/${one.id}/logout`)).status).toBe(200)
    expect((await calls.post(`/sessions/${one.id}/logout`)).status).toBe(404)

    const expiresAt = clock.now() + 8 * hourMs
    clock.pass(9 * hourMs)
    expect((await calls.get(`/sessions/${other.id}`)).status).toBe(404)
    const ends = (await eventsOf(calls)).filter(({ type }) => type === 'session.ended')
    expect(ends.map(({ session, reason }) => [session?.id, reason])).toEqual([
      [one.id, 'logout'],
      [other.id, 'expired'],
    ])
    expect(Date.parse(ends[1]?.occurred_at ?? '')).toBe(expiresAt)
  })

  it('lists 250 sessions completely in pages, while others end between the pages', async () => {
    const calls = await anIdp()
    const ids: string[] = []
    for (let n = 0; n < 250; n++) {
      ids.push((await aLogin(calls, { kind: n % 5 === 0 ? 'offline' : 'online' })).id)
    }
    await aLogin(calls, { subject: { id: 'user_2' } })
    const pagesOf = async (query: string, onPage: () => Promise<unknown> = async () => {}) => {
      const seen: string[] = []
      let next: string | null = ''
      while (next !== null) {
        const after: string = next === '' ? '' : `&after=${next}`
        const { json } = await calls.get(`/subjects/user_1/sessions?${query}${after}`)
        seen.push(...json.sessions.map(({ id }) => id))
        next = json.next
        await onPage()
      }
      return seen
    }

    expect(await pagesOf('')).toEqual(ids)
    expect(await pagesOf('limit=100')).toEqual(ids)
    expect(await pagesOf('limit=1000')).toEqual(ids)
    expect(await pagesOf('limit=7&kind=offline')).toEqual(ids.filter((_, n) => n % 5 === 0))
    let ended = 0
    const ending = async () => await calls.post(`/sessions/${ids[ended++]}/revoke`)
    expect(await pagesOf('limit=60', ending)).toEqual(ids)
    expect(ended).toBe(5)
  })

  it('lets other sessions survive whatever happens to their subject, unless told otherwise', async () => {
    const calls = await anIdp()
    const { id, refresh_token } = await aLogin(calls)
    for (const path of ['password-reset', 'suspend', 'offboard']) {
      const told = await calls.post(`/subjects/user_1/${path}`)
      expect(told).toMatchObject({ status: 200, json: { ended: [] } })
    }
    expect((await calls.post('/token', { refresh_token })).status).toBe(200)
    expect((await calls.get(`/sessions/${id}`)).status).toBe(200)
    expect((await calls.post('/sessions', aSession())).status).toBe(403)
    await calls.post('/subjects/user_1/reinstate')
    expect((await calls.post('/sessions', aSession())).status).toBe(201)
  })

  it('ends the sessions in scope itself where its policy says so, but not the one that asked', async () => {
    const calls = await anIdp({
      endsSessionsOn: new Set(['credential.changed', 'membership.deactivated'] as const),
    })
    const mine = await aLogin(calls)
    const others = await aLogin(calls)
    const elsewhere = await aLogin(calls, { organization_id: 'org_2' })
    const reset = await calls.post('/subjects/user_1/password-reset', { by: 'recovery' })
    expect(reset.json.ended).toEqual([])

    const left = { type: 'membership.deactivated', subject: 'user_1', organization_id: 'org_2' }
    expect((await calls.post('/events', left)).json.ended).toEqual([elsewhere.id])
    const changed = await calls.post('/subjects/user_1/password-reset', {
      by: 'user',
      session_id: mine.id,
    })
    expect(changed.json.ended).toEqual([others.id])
    const { json } = await calls.get('/subjects/user_1/sessions')
    expect(json.sessions.map(({ id }) => id)).toEqual([mine.id])
  })

  it('tells a feed of contract events that can be polled by cursor', async () => {
    const calls = await anIdp()
    const { id, refresh_token } = await aLogin(calls)
    await calls.post('/token', { refresh_token, ip: '203.0.113.10' })
    await calls.post('/subjects/user_1/password-reset', { by: 'admin' })
    await calls.post(`/sessions/${id}/logout`)
    await calls.post('/events', {
      type: 'grant.revoked',
      subject: { id: 'agent_1', kind: 'agent', on_behalf_of: 'user_1' },
      scope: { kind: 'grant', id: 'grant_1' },
    })

    const all = await eventsOf(calls)
    const schema = Compile(SessionEventV1)
    expect(all.every((event) => schema.Check(event))).toBe(true)
    expect(all.map(({ type }) => type)).toEqual([
      'authentication.succeeded',
      'session.created',
      'session.used',
      'credential.reset',
      'session.ended',
      'grant.revoked',
    ])
    const first = await calls.get('/events?limit=4')
    const rest = await calls.get(`/events?after=${first.json.next}`)
    expect([...first.json.events, ...rest.json.events]).toEqual(all)
    const end = await calls.get(`/events?after=${rest.json.next}`)
    expect(end.json).toEqual({ events: [], next: rest.json.next })
    expect((await calls.get('/events?after=nonsense')).status).toBe(400)
  })

  it('opens to its token only, but refreshes for whoever holds a refresh token', async () => {
    const calls = await anIdp()
    const { refresh_token } = await aLogin(calls)
    const stranger = { authorization: 'Bearer wrong' }

    expect((await calls.get('/subjects/user_1/sessions', stranger)).status).toBe(401)
    expect((await calls.post('/sessions', aSession(), stranger)).status).toBe(401)
    expect((await calls.post('/token', { refresh_token }, stranger)).status).toBe(200)
    const unknown = await calls.post('/token', { refresh_token: 'rt_unknown' })
    expect(unknown).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
  })

  it.each([
    ['/sessions', { kind: 'online' }, 400],
    ['/sessions', aSession({ kind: 'eternal' }), 400],
    ['/sessions', aSession({ expires_at: 'never' }), 400],
    ['/events', { type: 'session.revoked', subject: 'user_1' }, 400],
    ['/nowhere', {}, 404],
  ])('refuses %s with %j', async (path, body, status) => {
    const calls = await anIdp()
    expect((await calls.post(path, body)).status).toBe(status)
    expect(await eventsOf(calls)).toEqual([])
  })
})

it('starts at the time of the given clock', async () => {
  const calls = await anIdp({ now: () => monday })
  await aLogin(calls)
  expect((await eventsOf(calls))[0]?.occurred_at).toBe('2026-11-02T00:00:00.000Z')
})
