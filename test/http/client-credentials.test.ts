import { describe, expect, it } from 'vitest'
import type { SendRequest } from '../../src/contract/ports.ts'
import { jsonAs } from '../../src/http/answer.ts'
import { makeAccessTokens, TokenAnswer, tokenRequest } from '../../src/http/client-credentials.ts'

const client = { clientId: 'curfew', clientSecret: 'p&ss w=rd' }

function start(expiresIn: number | undefined) {
  let now = 1_000_000
  const requests: SendRequest[] = []
  const tokens = makeAccessTokens({
    ...client,
    now: () => now,
    post: async (request) => {
      requests.push(request)
      const access_token = `token-${requests.length}`
      return expiresIn === undefined ? { access_token } : { access_token, expires_in: expiresIn }
    },
  })
  return { tokens, requests, pass: (ms: number) => (now += ms) }
}

describe('the client-credentials client', () => {
  it('sends the credentials form-encoded in the body', () => {
    expect(tokenRequest(client)).toEqual({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&client_id=curfew&client_secret=p%26ss+w%3Drd',
    })
  })

  it('keeps a token until ten seconds before it expires', async () => {
    const { tokens, pass } = start(60)
    expect(await tokens()).toBe('token-1')
    pass(49_999)
    expect(await tokens()).toBe('token-1')
    pass(1)
    expect(await tokens()).toBe('token-2')
  })

  it('keeps a token of a few seconds for half its lifetime', async () => {
    const { tokens, pass } = start(4)
    await tokens()
    pass(1_999)
    expect(await tokens()).toBe('token-1')
    pass(1)
    expect(await tokens()).toBe('token-2')
  })

  it('requests a token for each call where the server gives no lifetime', async () => {
    const { tokens } = start(undefined)
    expect([await tokens(), await tokens()]).toEqual(['token-1', 'token-2'])
  })

  it('grants one token to calls that need one at the same time', async () => {
    const { tokens, requests } = start(60)
    expect(await Promise.all([tokens(), tokens()])).toEqual(['token-1', 'token-1'])
    expect(requests).toHaveLength(1)
  })

  it('renews a refused token once, however many calls were refused with it', async () => {
    const { tokens, requests } = start(60)
    const refused = await tokens()
    expect(await Promise.all([tokens({ refused }), tokens({ refused })])).toEqual([
      'token-2',
      'token-2',
    ])
    expect(await tokens({ refused })).toBe('token-2')
    expect(requests).toHaveLength(2)
  })

  it('passes the signal of the call on to the token request', async () => {
    const { tokens, requests } = start(60)
    const { signal } = new AbortController()
    await tokens({ signal })
    expect(requests[0]?.signal).toBe(signal)
  })

  it('asks again after a failed token request', async () => {
    let isUp = false
    const tokens = makeAccessTokens({
      ...client,
      now: () => 0,
      post: async () => {
        if (!isUp) throw new TypeError('away')
        return { access_token: 'token', expires_in: 60 }
      },
    })
    await expect(tokens()).rejects.toThrow('away')
    isUp = true
    expect(await tokens()).toBe('token')
  })

  it.each([
    'no JSON',
    'null',
    '{}',
    '{"access_token":7}',
    '{"access_token":""}',
    '{"access_token":"a\\r\\nx-header: b"}',
    '{"access_token":"a","expires_in":-1}',
  ])('takes %s for no token answer', (text) => {
    expect(jsonAs(TokenAnswer, text)).toBeUndefined()
  })
})
