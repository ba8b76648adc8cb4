import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../../src/show/api/server.ts'
import type { Store } from '../../../src/store/store.ts'
import { openTestStore } from '../../parts/store.ts'
import { asked, at, step, writeAskedFor } from '../asked-for.ts'
import { aServer, bearer, noon } from '../server.ts'
import { curfewIdOf, hour, minute, start, told, write } from '../world.ts'

let store: Store
let server: Server
beforeAll(async () => {
  store = await openTestStore()
  server = await aServer({ ask: store.ask, append: store.append })
})
afterAll(async () => {
  await server.close()
  await store.close()
})

const get = async (url: string, tenant = 'acme') => {
  const answer = await server.inject({ url, headers: bearer('analyst', tenant) })
  return { status: answer.statusCode, body: answer.json() }
}

describe('orders and what was asked for', () => {
  const became = async (id: string) => (await get(`/v1/requests/${id}`)).body

  beforeAll(() => writeAskedFor(store.append))

  it('are listed as they stand, in pages and by state, session and time', async () => {
    const { body } = await get('/v1/orders')
    const all = body.items.map((item: { order_id: string }) => item.order_id)
    expect(all).toEqual(['a', 'c2', 'b', 'c', 'd'])
    const { body: first } = await get('/v1/orders?limit=3')
    const { body: second } = await get(`/v1/orders?limit=3&cursor=${first.next}`)
    expect([...first.items, ...second.items]).toEqual(body.items)
    const one = (query: string) => get(`/v1/orders?${query}`)
    const waiting = (await one('state=awaiting_approval')).body.items
    expect(waiting).toMatchObject([{ order_id: 'b', session_id: 'of-b', reason: 'why 1' }])
    expect((await one('session_id=of-c')).body.items).toHaveLength(2)
    expect((await one(`since=${at(22)}`)).body.items).toHaveLength(2)
    expect((await one(`from=${at(22)}&to=${at(23)}`)).body.items).toMatchObject([
      { order_id: 'c2' },
    ])
    expect((await one('q=only+OBSERVED')).body.items).toMatchObject([{ order_id: 'd' }])
    expect((await one('since=yesterday')).status).toBe(400)
    for (const since of [
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '2026-02-30T00:00:00Z',
      '2016-12-31T23:59:60Z',
    ]) {
      expect([since, (await one(`since=${since}`)).status < 500]).toEqual([since, true])
    }
  })

  it('come with what became of an approval: done, too late, or waiting', async () => {
    expect(await became('yes')).toMatchObject({ outcome: 'done', principal: 'grace' })
    // Its order came to an end, and nothing proves that the session did.
    expect(await became('said')).toMatchObject({ outcome: 'remains' })
    const late = await became('late')
    expect(late).toMatchObject({ outcome: 'too_late', orders: [{ state: 'contained' }] })
    expect(await became('new')).toMatchObject({ outcome: 'waiting' })
  })

  it('say whose session it is, for which causes and by when it must be dead', async () => {
    const email = [at(0), 'ada@example.com']
    const person = { tenant: 'acme', instance: 'one', subject_ref: 'ref', subject_id: 'u-1' }
    await store.append('identities', [{ ...person, email, last_at: at(0) }])
    const ada = { subject_id: 'u-1', email: 'ada@example.com' }
    const { items } = (await get('/v1/orders?q=ada@example.com&session_id=of-d')).body
    const due = { classes: ['operator_order'], deadline_at: at(6) }
    expect(items).toMatchObject([{ order_id: 'd', ...ada, ...due }])
    const { body } = await get('/v1/orders/b')
    expect(body).toMatchObject({ ...ada, classes: [], deadline_at: null })
    expect((await became('out')).orders[0]).toMatchObject({ ...ada, ...due })
  })

  it('can be listed as they were asked for, each with what became of it', async () => {
    type Listed = { readonly request_id: string; readonly outcome: string }
    const listed = async (query: string): Promise<readonly Listed[]> =>
      (await get(`/v1/requests?${query}`)).body.items
    const all = await listed('')
    expect(all.map(({ request_id, outcome }) => [request_id, outcome])).toEqual([
      ...[
        ['new', 'waiting'],
        ['late', 'too_late'],
        ['yes', 'done'],
        ['said', 'remains'],
      ],
      ...[
        ['out', 'remains'],
        ['unread', 'waiting'],
      ],
    ])
    for (const { request_id, outcome } of all) {
      expect(await became(request_id)).toMatchObject({ request_id, outcome })
    }
    const ids = async (query: string) => (await listed(query)).map(({ request_id }) => request_id)
    expect(await ids('outcome=waiting')).toEqual(['new', 'unread'])
    expect(await ids(`from=${at(20)}&to=${at(22)}`)).toEqual(['yes', 'said'])
    expect(await ids('kind=sign_out_everywhere&q=GRACE')).toEqual(['out'])
    const { body: first } = await get('/v1/requests?outcome=waiting&limit=1')
    const { body: rest } = await get(`/v1/requests?outcome=waiting&limit=1&cursor=${first.next}`)
    expect([...first.items, ...rest.items].map(({ request_id }) => request_id)).toEqual([
      ...['new', 'unread'],
    ])
    expect((await get('/v1/requests', 'rival')).body.items).toEqual([])
  })

  it('say that the provider refused what it would not end', async () => {
    const cause = { tenant: 'acme', instance: 'one', cause_id: 'no', class: 'operator_order' }
    const refused = { request_id: 'no', kind: 'sign_out_everywhere', principal: 'dan', at: at(5) }
    await store.append('requests', [{ ...asked, ...refused }])
    await store.append('causes', [{ ...cause, event_id: 'no', at: at(5), received_at: at(5) }])
    await store.append('curfews', [
      {
        ...{ ...cause, session_kind: 'online', session_id: 'of-r', incarnation: 0, curfew_id: 'r' },
        ...{ cause_at: at(5), deadline_at: at(6), detected_at: at(5), mode: 'enforce' },
      },
    ])
    await store.append('order_steps', [step('r', 1, 'rejected', { reason: 'not allowed' })])
    expect(await became('no')).toMatchObject({
      ...{
        outcome: 'refused',
        condemned: 1,
        orders: [{ state: 'rejected', reason: 'not allowed' }],
      },
    })
  })

  it('are refused a second answer that contradicts the first, and names who was first', async () => {
    const url = '/v1/orders/b/deny'
    const sent = { method: 'POST', url, payload: { reason: 'no' } } as const
    const answer = await server.inject({ ...sent, headers: bearer('responder') })
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      'It comes too late: grace asked to approve the order before, with request new; the order awaits being carried out.',
    ])
  })

  it('come with what remains of a sign-out, and why', async () => {
    const out = await became('out')
    expect(out).toMatchObject({ outcome: 'remains', condemned: 3, more_orders: false })
    expect(out.orders.map((order: { order_id: string }) => order.order_id)).toEqual([
      'd',
      'a',
      'c2',
    ])
    expect(out.orders[0].reason).toBe('mode: only observed')
    expect(await became('unread')).toMatchObject({ outcome: 'waiting', orders: [] })
  })

  it('are unknown where nobody asked, and to another tenant', async () => {
    expect((await get('/v1/requests/none')).status).toBe(404)
    expect((await get('/v1/requests/out', 'rival')).status).toBe(404)
  })
})

describe('asking to end one session', () => {
  const end = (id: string, payload: object, key = '') =>
    server.inject({
      method: 'POST',
      url: `/v1/sessions/one/online/${id}/end`,
      headers: { ...bearer('responder'), ...(key === '' ? {} : { 'idempotency-key': key }) },
      payload: { reason: 'it was lost', ...payload },
    })
  const requests = () =>
    store.ask(
      "select kind, session_kind, session_id, subject_ref from requests where kind = 'end_session'",
    )

  beforeAll(async () => {
    const seen = new Date(noon - 60_000).toISOString()
    await store.append(
      'events',
      ['phone', 'laptop'].map((id) => ({
        ...{ tenant: 'acme', instance: 'one', event_id: `e ${id}`, type: 'session.created' },
        ...{ occurred_at: seen, received_at: seen, lane: 'live', subject_ref: 'ref-of-ada' },
        ...{ session_kind: 'online', session_id: id, subject_kind: 'user' },
      })),
    )
  })

  it('shows first how far it reaches, and asks for nothing then', async () => {
    const { statusCode, body } = await end('phone', { dry_run: true })
    expect([statusCode, JSON.parse(body)]).toMatchObject([
      200,
      { request_id: '', subject_ref: 'ref-of-ada', blast_radius: { also_ended: [] } },
    ])
    const { to_end, not_endable } = JSON.parse(body).blast_radius
    expect(to_end + not_endable).toBe(1)
    expect(await requests()).toEqual([])
  })

  it('is one request under one key, and what became of it can be asked', async () => {
    const [first, again] = [await end('phone', {}, 'k'), await end('phone', {}, 'k')]
    expect([first.statusCode, again.json().request_id]).toEqual([202, first.json().request_id])
    expect(await requests()).toEqual([
      {
        kind: 'end_session',
        session_kind: 'online',
        session_id: 'phone',
        subject_ref: 'ref-of-ada',
      },
    ])
    expect((await end('laptop', {}, 'k')).statusCode).toBe(409)
    const { body } = await get(`/v1/requests/${first.json().request_id}`)
    expect(body).toMatchObject({ kind: 'end_session', session_id: 'phone', outcome: 'waiting' })
  })

  it('is refused for a session that is proven dead, with its state; a repetition is answered as the first was', async () => {
    const first = await end('laptop', {}, 'before it died')
    const gone = { tenant: 'acme', instance: 'one', session_kind: 'online', session_id: 'laptop' }
    const at = new Date(noon - 30_000).toISOString()
    const read = { evidence_id: 'read', level: 'E2', means: 'listing', at }
    await store.append('evidence', [{ ...gone, ...read }])
    const { statusCode, body } = await end('laptop', {})
    expect([statusCode, JSON.parse(body).detail]).toEqual([
      409,
      `The session has ended: proven dead by E2 at ${at}.`,
    ])
    const again = await end('laptop', {}, 'before it died')
    expect([again.statusCode, again.json().request_id]).toEqual([202, first.json().request_id])
    const { statusCode: shown, body: preview } = await end('laptop', { dry_run: true })
    expect([shown, JSON.parse(preview).blast_radius]).toMatchObject([200, { will_end: false }])
  })

  it('is refused for a session that nobody has heard of', async () => {
    expect((await end('nobody', {})).statusCode).toBe(404)
  })
})

describe('the evidence of a curfew that an event proves', () => {
  it('holds that event, by its id, source and time of receipt, whatever flood came after it', async () => {
    const dead = told({ id: 'flooded', endedAt: start + 15 * minute })
    await write(store.append, 'rival', [dead])
    const at = (index: number) => new Date(start + hour + index).toISOString()
    const refusals = Array.from({ length: 1_500 }, (_, index) => ({
      ...{ tenant: 'rival', instance: 'one', session_kind: 'online', session_id: 'flooded' },
      ...{ type: 'session.used', outcome: 'refused', refusal_reason: 'session_ended' },
      ...{ event_id: `refusal ${index}`, occurred_at: at(index), received_at: at(index) },
    }))
    await store.append('events', refusals)
    const { body } = await get(`/v1/curfews/${curfewIdOf('rival', 'flooded')}`, 'rival')
    expect(body).toMatchObject({ verdict: 'kept', dead_by: 'E3' })
    expect(body.evidence).toHaveLength(201)
    expect(body.evidence[0]).toMatchObject({
      ...{ level: 'E3', evidence_id: body.proof_id, event_id: body.proof_id },
      ...{ source: 'feed:one', received_at: body.dead_at },
    })
  })
})
