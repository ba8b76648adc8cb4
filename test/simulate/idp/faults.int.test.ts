import { afterEach, describe, expect, it } from 'vitest'
import { minuteMs } from '../../../src/simulate/pace.ts'
import { aLogin, anIdp, clock, closeIdps, eventsOf } from './given-idp.ts'

afterEach(closeIdps)

describe('a fault of the loopback identity provider', () => {
  it('keep_session answers 200 to a revocation and keeps the session', async () => {
    const calls = await anIdp()
    const { id, refresh_token } = await aLogin(calls)
    calls.idp.faults.plan('revoke_session', { kind: 'keep_session' }, 1)

    expect((await calls.post(`/sessions/${id}/revoke`)).status).toBe(200)
    expect((await calls.post('/token', { refresh_token })).status).toBe(200)
    expect((await eventsOf(calls)).map(({ type }) => type)).not.toContain('session.revoked')
    expect((await calls.post(`/sessions/${id}/revoke`)).status).toBe(200)
    expect((await calls.post('/token', { refresh_token })).status).toBe(400)
  })

  it('stale_list shows the world as it was, in order, and reads by id stay honest', async () => {
    const calls = await anIdp()
    const one = await aLogin(calls)
    const two = await aLogin(calls)
    clock.pass(minuteMs)
    const three = await aLogin(calls)
    await calls.post(`/sessions/${one.id}/revoke`)
    calls.idp.faults.plan('list_sessions', { kind: 'stale_list', byMs: 30_000 })
    const listed = async () =>
      (await calls.get('/subjects/user_1/sessions')).json.sessions.map(({ id }) => id)

    expect(await listed()).toEqual([one.id, two.id])
    expect((await calls.get(`/sessions/${one.id}`)).status).toBe(404)
    clock.pass(31_000)
    expect(await listed()).toEqual([two.id, three.id])
    calls.idp.faults.clear()
    expect(await listed()).toEqual([two.id, three.id])
  })

  it('status answers so without doing anything, with its Retry-After as given', async () => {
    const calls = await anIdp()
    const { id } = await aLogin(calls)
    const { faults } = calls.idp
    faults.plan('revoke_session', { kind: 'status', status: 429, retryAfter: '17' }, 1)
    faults.plan('revoke_session', { kind: 'status', status: 503 }, 2)
    faults.plan('read_session', { kind: 'status', status: 404 }, 1)

    const limited = await calls.post(`/sessions/${id}/revoke`)
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '17'])
    expect((await calls.post(`/sessions/${id}/revoke`)).status).toBe(503)
    expect((await calls.post(`/sessions/${id}/revoke`)).status).toBe(503)
    expect((await calls.get(`/sessions/${id}`)).status).toBe(404)
    expect((await calls.get(`/sessions/${id}`)).status).toBe(200)
    expect((await calls.post(`/sessions/${id}/revoke`)).status).toBe(200)
  })

  it('reset_after_work breaks the connection when the session is already dead', async () => {
    const calls = await anIdp()
    const { id } = await aLogin(calls)
    calls.idp.faults.plan('any', { kind: 'reset_after_work' }, 1)

    await expect(calls.post(`/sessions/${id}/revoke`)).rejects.toThrow(/fetch failed/)
    expect((await calls.get(`/sessions/${id}`)).status).toBe(404)
  })

  it('hang does nothing and never answers, and closing is not held up by it', async () => {
    const calls = await anIdp()
    const { id } = await aLogin(calls)
    calls.idp.faults.plan('revoke_session', { kind: 'hang' }, 1)
    const hanging = calls.post(`/sessions/${id}/revoke`)
    const outcome = expect(hanging).rejects.toThrow(/fetch failed/)

    expect((await calls.get(`/sessions/${id}`)).status).toBe(200)
    await calls.idp.close()
    await outcome
  })
})
