import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSend } from '../../src/http/bounded-fetch.ts'
import { freePorts } from '../parts/ports.ts'

let server: Server
let url: string
const seen: string[] = []
const send = makeSend({ timeoutMs: 10_000, bodyBytesMax: 1000 })

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    if (request.url === '/hang') return
    if (request.url === '/reset') return request.socket.resetAndDestroy()
    if (request.url === '/redirect')
      return response.writeHead(302, { location: '/elsewhere' }).end()
    if (request.url === '/half') return response.writeHead(200).write('half')
    if (request.url === '/large') return response.writeHead(200).end('x'.repeat(1001))
    if (request.url === '/bomb') {
      const bomb = gzipSync('x'.repeat(1_000_000))
      return response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    }
    if (request.url === '/empty') return response.writeHead(204).end()
    request.on('data', (body) => response.write(body))
    request.on('end', () => response.end(request.headers['x-one']))
    return response.writeHead(201, { 'X-Request-ID': 'request-7' })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

test('sends what it is given and tells status, lower-case headers and body', async () => {
  const answer = await send(`${url}/echo`, {
    method: 'POST',
    headers: { 'X-One': 'two' },
    body: 'body ',
  })
  expect(answer).toMatchObject({ status: 201, text: 'body two' })
  expect(answer.headers['x-request-id']).toBe('request-7')
  expect(await send(`${url}/empty`, { method: 'DELETE' })).toMatchObject({ status: 204, text: '' })
})

test('does not follow a redirect, which could carry the credential away', async () => {
  const { status, headers } = await send(`${url}/redirect`, { method: 'GET' })
  expect([status, headers.location]).toEqual([302, '/elsewhere'])
  expect(seen).not.toContain('GET /elsewhere')
})

test.each(['/hang', '/half'])('gives up on %s when the whole call takes too long', async (path) => {
  const call = send(`${url}${path}`, { method: 'GET', timeoutMs: 50 })
  await expect(call).rejects.toMatchObject({
    code: 'ENFORCE_UNREACHABLE',
    retry: true,
    message: expect.stringContaining('no answer within 50 ms'),
  })
})

test('gives up when its caller does', async () => {
  const stop = new AbortController()
  const call = send(`${url}/hang`, { method: 'GET', signal: stop.signal })
  stop.abort()
  await expect(call).rejects.toMatchObject({ code: 'ENFORCE_UNREACHABLE' })
})

test('calls a broken connection, a closed port and a forbidden one unreachable', async () => {
  const [closed = 0] = await freePorts(1)
  for (const [address, why] of [
    [`${url}/reset`, /UND_ERR_SOCKET|ECONNRESET/],
    [`http://127.0.0.1:${closed}/`, /ECONNREFUSED/],
    ['http://127.0.0.1:1/', /fetch refuses that port/],
  ] as const) {
    await expect(send(address, { method: 'GET' })).rejects.toMatchObject({
      code: 'ENFORCE_UNREACHABLE',
      retry: true,
      message: expect.stringMatching(why),
    })
  }
})

test.each(['/large', '/bomb'])('reads no further than the body may be long: %s', async (path) => {
  await expect(send(`${url}${path}`, { method: 'GET' })).rejects.toMatchObject({
    code: 'ENFORCE_MALFORMED',
    retry: false,
  })
})

test('repeats neither a header that cannot be sent nor the path or credentials of an address', async () => {
  const secret = 'canary-token'
  for (const [address, headers] of [
    [`${url}/${secret}`, { authorization: `Bearer ${secret}\nx` }],
    [`http://user:${secret}@127.0.0.1:1/`, {}],
    [`http://127.0.0.1:1/${secret}`, {}],
    [`no address ${secret}`, {}],
  ] as const) {
    const error = await send(address, { method: 'GET', headers }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ENFORCE_UNREACHABLE' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
  }
})
