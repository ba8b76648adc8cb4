import { describe, expect, it } from 'vitest'
import type { Ask, AskValues, Row } from '../../../src/contract/ports.ts'
import { aServer, bearer, tokens } from '../server.ts'

const row: Row = {
  received_at: '2026-11-03T12:00:00.000Z',
  received_ms: 1_793_707_200_000,
  instance: 'one',
  source: 'kafka:one-relay',
  partition: 0,
  offset: 7,
  reason: 'not_json',
  detail: 'the message is not JSON',
  excerpt: 'somebody elses',
  digest: 'd',
  bytes: 14,
}

/** Asks for the list with a token of the role, and gives what the store was asked for. */
async function listAs(role: 'intake' | 'analyst', query = '', more: Row = {}) {
  const asked: AskValues[] = []
  const ask: Ask = async (_, values = {}) => {
    asked.push(values)
    return [row, { ...row, source: 'intake:events:one', ...more }]
  }
  const known = tokens.map((token) =>
    token.roles.includes('intake') ? { ...token, relayTopic: 'one-relay' } : token,
  )
  await using server = await aServer({ ask, tokens: known })
  const answer = await server.inject({ url: `/v1/rejected${query}`, headers: bearer(role) })
  const items: readonly { source: string; excerpt: string }[] = answer.json().items
  return { asked: asked[0], items: items.map(({ source, excerpt }) => [source, excerpt]) }
}

describe('the list of rejected messages', () => {
  it('is for an intake token that of its own instance, of what came by intake', async () => {
    const own = ['intake:events:one', 'kafka:one-relay']
    expect((await listAs('intake')).asked).toMatchObject({ tenant: 'acme', bound: 'one', own })
    const { asked } = await listAs('intake', '?instance=two')
    expect(asked).toMatchObject({ bound: 'one', instance: 'two', own })
  })

  it('shows an intake token no words of a topic that also carries what others brought', async () => {
    expect((await listAs('intake')).items).toEqual([
      ['kafka:one-relay', ''],
      ['intake:events:one', 'somebody elses'],
    ])
  })

  it('escapes a message once, and only where its bytes are no text by their numbers', async () => {
    const excerptOf = async (more: Row) => (await listAs('analyst', '', more)).items[1]?.[1]
    const excerpt = '{\\u0022v\\u0022:\\u0022\\u00e9<b>\\u0000\\u0022'
    expect(await excerptOf({ excerpt })).toBe('{"v":"\u00e9&lt;b&gt;\\u0000"')
    expect(await excerptOf({ excerpt: '\\u00ff{', reason: 'not_utf8' })).toBe('\\u00ff{')
  })

  it('is for an analyst that of the whole tenant', async () => {
    const { asked, items } = await listAs('analyst')
    expect(asked).toMatchObject({ tenant: 'acme', bound: '' })
    expect(items).toHaveLength(2)
    expect(items.every(([, excerpt]) => excerpt !== '')).toBe(true)
  })
})
