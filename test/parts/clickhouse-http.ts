import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'

/** What a request asked, as it came: for tests that look at how the client talks. */
export interface Asked {
  readonly query: string
  readonly settings: Readonly<Record<string, string>>
  /** Bytes behind the query. */
  readonly bytes: number
}

export interface HttpEngine extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
  /** The next requests are answered so instead, as a server in trouble does. */
  readonly failNext: (code: number, message: string, times?: number) => void
}

/**
 * The embedded engine behind ClickHouse's HTTP interface: the real engine answers, and only the way
 * to it is played, as its documentation tells it (interfaces, HTTP): the query in the URL or the
 * body, data behind it, settings as parameters, failures with their code in the text and a header.
 * No server was at hand where these tests run; this holds the half of it that is ours to get right.
 */
export async function startHttpEngine(user: string, password: string): Promise<HttpEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-http-engine-'))
  const session = new Session(join(folder, 'data'))
  const asked: Asked[] = []
  const failures: string[] = []
  let turn: Promise<unknown> = Promise.resolve()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request)
    if (request.headers.authorization !== basicOf(user, password)) {
      return refuse(
        response,
        'Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)',
      )
    }
    const { query, data, settings } = readRequest(request, body)
    asked.push({ query, settings, bytes: data.length })
    const failure = failures.shift()
    if (failure !== undefined) return refuse(response, failure)
    try {
      const path = join(folder, `body-${asked.length}`)
      if (data.length > 0) writeFileSync(path, data)
      // One session, so one request after the other: a setting must not reach into another's query.
      turn = turn.then(async () => {
        for (const [name, value] of Object.entries(settings)) {
          if (ofAnswer.has(name)) continue
          await session.queryAsync(`set ${name} = '${value}'`)
        }
        return session.queryAsync(data.length > 0 ? fromFile(query, path) : query)
      })
      const result = (await turn) as Awaited<ReturnType<typeof session.queryAsync>>
      response.writeHead(200, { 'X-ClickHouse-Summary': '{}' }).end(Buffer.from(result.bytes()))
    } catch (error) {
      turn = Promise.resolve()
      refuse(response, String(error instanceof Error ? error.message : error))
    }
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    failNext: (code, message, times = 1) => {
      for (let at = 0; at < times; at += 1)
        failures.push(`Code: ${code}. DB::Exception: ${message}`)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      session.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Parameters of the interface itself; every other one is a setting. */
const own = new Set(['query', 'query_id', 'database', 'session_id', 'role'])
/** Parameters that say how to answer; the engine knows no settings of these names. */
const ofAnswer = new Set(['wait_end_of_query'])

function readRequest(request: IncomingMessage, body: Buffer) {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const settings = Object.fromEntries([...searchParams].filter(([name]) => !own.has(name)))
  const inUrl = searchParams.get('query')
  return {
    query: inUrl ?? body.toString(),
    data: inUrl === null ? Buffer.alloc(0) : body,
    settings,
  }
}

/** `insert into t (…) format F` with the data in a file, since the engine would run inline data as SQL. */
function fromFile(query: string, path: string): string {
  return query.replace(/\s+format\s+(\w+)\s*$/i, ` from infile '${path}' format $1`)
}

function basicOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function refuse(response: ServerResponse, message: string): void {
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002'
  response.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(`${message}\n`)
}
