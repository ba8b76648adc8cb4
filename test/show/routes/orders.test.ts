import { describe, expect, it } from 'vitest'
import type { Ask } from '../../../src/contract/ports.ts'
import { aServer, bearer, listening } from '../server.ts'

/** A store in which order `o1` is in a state, and requests are those that were appended. */
function given(state = 'awaiting_approval') {
  const store = listening()
  const ask: Ask = async (sql, values = {}) => {
    if (sql.includes('from order_steps')) {
      const mine = values.order_id === 'o1' && values.tenant === 'acme'
      const session = { session_kind: 'offline', session_id: 's1' }
      const order = { order_id: 'o1', state, instance: 'one', subject_ref: 'ref-1', ...session }
      const why = {
        attempt: 0,
        actor: 'curfew',
        reason: 'the call also ends online s1 (guard also-ends)',
        also_ends: ['online s1'],
        cause_ids: ['c1'],
        curfew_ids: ['f1'],
      }
      return mine ? [{ ...order, ...why, at: '2026-11-03T11:00:00.000Z' }] : []
    }
    if (sql.includes('uniqExact')) return [{ sessions: 7, subjects: 2 }]
    if (sql.includes('from curfews')) return []
    if (sql.includes('from identities')) return []
    return store.appended
      .map(({ row }) => ({ ...row }))
      .filter((row) => Reflect.get(row, 'request_id') === values.request_id)
  }
  return { ...store, ask }
}
const approve = (reason: string, key?: string, id = 'o1') => ({
  method: 'POST' as const,
  url: `/v1/orders/${id}/approve`,
  headers: { ...bearer('responder'), ...(key === undefined ? {} : { 'idempotency-key': key }) },
  payload: { reason },
})

describe('an order that is to be approved', () => {
  it('is shown with what its call also ends and how many its causes reach', async () => {
    await using server = await aServer(given())
    const answer = await server.inject({ url: '/v1/orders/o1', headers: bearer('viewer') })
    expect(answer.json()).toMatchObject({
      state: 'awaiting_approval',
      session_kind: 'offline',
      session_id: 's1',
      also_ends: ['online s1'],
      causes_condemn: { sessions: 7, subjects: 2 },
    })
  })

  it('is not shown to another tenant', async () => {
    await using server = await aServer(given())
    const headers = bearer('viewer', 'rival')
    expect((await server.inject({ url: '/v1/orders/o1', headers })).statusCode).toBe(404)
  })
})

describe('approving an order', () => {
  it('is refused where its call ends what the caller was not shown', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    const payload = { reason: 'sure', also_ends: ['online s2'] }
    const answer = await server.inject({ ...approve('sure'), payload })
    expect(answer.json()).toMatchObject({ code: 'SHOW_CONFLICT' })
    expect(answer.json().detail).toContain('online s1')
    expect(appended).toEqual([])
  })

  it('is taken where the caller was shown all of it, and says it once more', async () => {
    await using server = await aServer(given())
    const payload = { reason: 'sure', also_ends: ['online s1'] }
    const answer = await server.inject({ ...approve('sure'), payload })
    expect([answer.statusCode, answer.json().also_ends]).toEqual([202, ['online s1']])
  })

  it('says whether it is carried out as things stand, and if not, why', async () => {
    const decide = async (more: object, kind = 'approve') => {
      await using server = await aServer({ ...given(), ...more })
      const answer = await server.inject({ ...approve('sure'), url: `/v1/orders/o1/${kind}` })
      const { will_end, because } = answer.json()
      return [answer.statusCode, will_end, because]
    }
    const read = async () => ({ on: true, by: '', at: null, reason: '' })
    const killSwitch = { read, set: async () => {} }
    expect(await decide({})).toEqual([202, true, ''])
    expect(await decide({ killSwitch })).toEqual([
      ...[202, false, 'the kill switch is on: orders wait until it is off'],
    ])
    expect(await decide({ killSwitch, endingOf: () => undefined })).toEqual([
      ...[202, false, 'no connection can end a session of kind offline at one'],
    ])
    expect(await decide({}, 'deny')).toEqual([202, false, 'the order is denied'])
  })

  it('is refused for one that is not known', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    const answer = await server.inject(approve('sure', undefined, 'o2'))
    expect([answer.statusCode, appended.length]).toEqual([404, 0])
  })

  it('is refused for one that awaits nobody any more, saying where it is', async () => {
    const { ask, append, appended } = given('contained')
    await using server = await aServer({ ask, append })
    const answer = await server.inject(approve('sure'))
    expect(answer.json()).toMatchObject({ code: 'SHOW_CONFLICT' })
    expect(answer.json().detail).toContain('contained')
    expect(appended).toEqual([])
  })

  it('is refused under a key that was used for something else', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    await server.inject(approve('sure', 'key-1'))
    const answer = await server.inject(approve('not so sure', 'key-1'))
    expect([answer.statusCode, appended.length]).toEqual([409, 1])
  })

  it('is written down as what somebody asked, and answered as no more than that', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    const answer = await server.inject(approve('device is lost'))
    expect(answer.statusCode).toBe(202)
    expect(appended).toEqual([
      {
        table: 'requests',
        row: {
          tenant: 'acme',
          instance: 'one',
          request_id: answer.json().request_id,
          kind: 'approve',
          order_id: 'o1',
          subject_ref: 'ref-1',
          session_kind: '',
          session_id: '',
          principal: 'responder-token',
          role: 'responder',
          reason: 'device is lost',
          at: '2026-11-03T12:00:00.000Z',
        },
      },
    ])
  })

  it('is one request under one key, sent twice or at the same time', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    const answers = await Promise.all([
      server.inject(approve('sure', 'key-1')),
      server.inject(approve('sure', 'key-1')),
    ])
    answers.push(await server.inject(approve('sure', 'key-1')))
    expect(new Set(answers.map((answer) => answer.json().request_id)).size).toBe(1)
    expect(appended).toHaveLength(1)
  })

  it('is another request under another key', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    await server.inject(approve('sure', 'key-1'))
    await server.inject(approve('sure', 'key-2'))
    expect(appended).toHaveLength(2)
  })

  it('is not answered before it is written', async () => {
    const { ask } = given()
    const append = () => Promise.reject(new Error('disk full'))
    await using server = await aServer({ ask, append })
    expect((await server.inject(approve('sure', 'key-1'))).statusCode).toBe(500)
  })

  it('can be sent again under the same key after it failed', async () => {
    const { ask, append, appended } = given()
    let fails = true
    const once = async (table: string, rows: readonly object[]) => {
      if (fails) throw new Error('disk full')
      await append(table, rows)
    }
    await using server = await aServer({ ask, append: once })
    await server.inject(approve('sure', 'key-1'))
    fails = false
    expect((await server.inject(approve('sure', 'key-1'))).statusCode).toBe(202)
    expect(appended).toHaveLength(1)
  })
})

describe('denying an order', () => {
  it('is a request of its own kind', async () => {
    const { ask, append, appended } = given()
    await using server = await aServer({ ask, append })
    const answer = await server.inject({ ...approve('wrong person'), url: '/v1/orders/o1/deny' })
    expect(answer.json()).toMatchObject({ order_id: 'o1', kind: 'deny' })
    expect(appended[0]?.row).toMatchObject({ kind: 'deny', reason: 'wrong person' })
  })
})
