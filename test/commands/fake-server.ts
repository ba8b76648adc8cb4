import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** A server for the tests of one file, which answers what it was given and keeps what it was asked. */
export function openFakeServer(tokenFile: string) {
  /** What it answers, by method and path. */
  const answers = new Map<string, { readonly status?: number; readonly json: object }>()
  const asked: { method: string; path: string; query: string; body: string }[] = []
  /** The options that name it; filled before the first test. */
  const where: string[] = []
  const server = createServer(async (request, answer) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    asked.push({ method: request.method ?? '', path, query, body })
    const { status = 200, json = {} } = answers.get(`${request.method} ${path}`) ?? { status: 404 }
    answer.writeHead(status).end(JSON.stringify(json))
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has such an address.
    const { port } = server.address() as AddressInfo
    writeFileSync(tokenFile, 'secret\n')
    where.push('--url', `http://127.0.0.1:${port}`, '--token-file', tokenFile)
  })
  afterAll(() => server.close())
  beforeEach(() => {
    answers.clear()
    asked.length = 0
  })
  return { answers, asked, where }
}
