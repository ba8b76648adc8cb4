import { describe, expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { KillState } from '../../../src/show/route.ts'
import { aServer, bearer, noon } from '../server.ts'

const off: KillState = { on: false, by: '', at: null, reason: '' }
function given(state: KillState = off) {
  let now = state
  const sets: unknown[] = []
  const killSwitch = {
    read: async () => now,
    set: async (on: boolean, by: string, reason: string) => {
      sets.push([on, by, reason])
      now = on ? { on, by, at: noon, reason } : off
    },
  }
  return { killSwitch, sets }
}
const put = (on: boolean, tenant = 'acme') => ({
  method: 'PUT' as const,
  url: '/v1/kill-switch',
  headers: bearer('admin', tenant),
  payload: { on, reason: 'looks wrong' },
})
const theirs: KillState = { on: true, by: 'rival/admin-token', at: noon, reason: 'their reason' }

describe('the kill switch', () => {
  it('is not turned off by another tenant than the one that turned it on', async () => {
    const { killSwitch, sets } = given(theirs)
    await using server = await aServer({ killSwitch })
    const answer = await server.inject(put(false))
    expect([answer.statusCode, sets]).toEqual([409, []])
  })

  it('is not taken over by turning it on once more', async () => {
    const { killSwitch, sets } = given(theirs)
    await using server = await aServer({ killSwitch })
    expect((await server.inject(put(true))).json()).toMatchObject({ on: true, by: '', reason: '' })
    expect(sets).toEqual([])
  })

  it('does not show one tenant who of another turned it on, and why', async () => {
    const { killSwitch } = given(theirs)
    await using server = await aServer({ killSwitch })
    const answer = await server.inject({ url: '/v1/kill-switch', headers: bearer('admin') })
    expect(answer.json()).toMatchObject({ on: true, by: '', reason: '' })
  })

  it('says that it cannot be reached when it cannot', async () => {
    const away = () => Promise.reject(new CurfewError('ENFORCE_UNREACHABLE', 'no enforcer'))
    await using server = await aServer({ killSwitch: { read: away, set: away } })
    const answer = await server.inject(put(true))
    expect(answer.json()).toMatchObject({ status: 503, code: 'ENFORCE_UNREACHABLE' })
  })

  it('is turned on with a name and a reason', async () => {
    const { killSwitch, sets } = given()
    await using server = await aServer({ killSwitch })
    const answer = await server.inject(put(true))
    expect(sets).toEqual([[true, 'acme/admin-token', 'looks wrong']])
    expect(answer.json()).toEqual({
      on: true,
      by: 'acme/admin-token',
      at: '2026-11-03T12:00:00.000Z',
      reason: 'looks wrong',
    })
  })

  it('that a hand turned on is turned off by any admin', async () => {
    const { killSwitch, sets } = given({ on: true, by: '', at: null, reason: '' })
    await using server = await aServer({ killSwitch })
    expect((await server.inject(put(false))).json()).toMatchObject({ on: false })
    expect(sets).toHaveLength(1)
  })

  it('is not turned by a body that says one thing twice, however it is written; nor is anything else done', async () => {
    const { killSwitch, sets } = given()
    await using server = await aServer({ killSwitch })
    const headers = { ...bearer('admin'), 'content-type': 'application/json' }
    for (const payload of [
      '{"on":true,"reason":"looks wrong","on":false}',
      '{"on":true,"reason":"looks wrong","\\u006fn":false}',
    ]) {
      const answer = await server.inject({
        method: 'PUT',
        url: '/v1/kill-switch',
        headers,
        payload,
      })
      expect(answer.json()).toMatchObject({
        status: 400,
        detail: "The body says 'on' twice; say it once.",
      })
    }
    expect(sets).toEqual([])
  })
})
