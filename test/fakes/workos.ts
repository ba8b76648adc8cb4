import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Now } from '../../src/contract/ports.ts'
import type { FakeAgentSession } from './workos-agents.ts'
import { FakeAgents } from './workos-agents.ts'
import type { Answer } from './workos-page.ts'
import { page } from './workos-page.ts'

export interface FakeSession {
  readonly id: string
  readonly user_id: string
  readonly organization_id: string | null
  readonly auth_method: string
  readonly created_at: string
  readonly refreshToken: string
  ended_at: string | null
}

export interface FakeEvent {
  readonly id: string
  readonly event: string
  readonly created_at: string
  readonly data: object
  readonly context?: object
}

type SessionMore = Partial<Pick<FakeSession, 'organization_id' | 'auth_method'>>

interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: { readonly [field: string]: unknown }
}

export interface FakeWorkos extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  readonly apiKey: string
  /** Every event so far, in order. */
  readonly events: readonly FakeEvent[]
  /** Every request that was made, in order. */
  readonly asked: readonly Asked[]
  /** A user who may have no session; only known users can be listed. */
  readonly addUser: (userId: string) => void
  /** A living session, and the event that tells of it. */
  readonly addSession: (userId: string, more?: SessionMore) => FakeSession
  /** A living session of an agent instance, minted by itself or from the token of another one. */
  readonly addAgentSession: (agentId: string, parentId?: string) => FakeAgentSession
  /** Deletes an agent instance with its sessions, as an administrator would. */
  readonly deleteAgent: (agentId: string) => void
  /** An event of any other kind. */
  readonly addEvent: (event: string, data: object, context?: object) => FakeEvent
  /** What the next request is answered instead of what it asks for. */
  readonly answerNext: (answer: Answer) => void
}

/**
 * A small WorkOS on loopback: sessions of users (list with cursors, revoke), refreshing, agents, and the
 * Events API. It is written from the published contract and shown to be one that the official SDK
 * works with. Where the contract is silent it does this: an unknown or ended session is a 404 on
 * revoking, the body of a revocation is empty, and cursors name the last item of a page.
 */
export async function openFakeWorkos({
  apiKey = 'sk_test_fake',
  clientId = 'client_01JFAKE',
  now = Date.now,
}: {
  readonly apiKey?: string
  /** Told as the `context.client_id` of what this key does. */
  readonly clientId?: string
  readonly now?: Now
} = {}): Promise<FakeWorkos> {
  const environment = new Environment(clientId, now)
  const asked: Asked[] = []
  const planned: Answer[] = []
  const server = createServer(async (request, response) => {
    const one = await askedBy(request)
    asked.push(one)
    const answer = planned.shift() ?? environment.answer(one, apiKey)
    send(response, answer, `request-${asked.length}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    apiKey,
    events: environment.events,
    asked,
    addUser: (userId) => environment.users.add(userId),
    addSession: (userId, more) => environment.addSession(userId, more),
    addAgentSession: (agentId, parentId) => environment.agents.add(agentId, parentId),
    deleteAgent: (agentId) => environment.agents.remove(agentId),
    addEvent: (event, data, context) => environment.addEvent(event, data, context),
    answerNext: (answer) => planned.push(answer),
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

class Environment {
  readonly users = new Set<string>()
  readonly agents = new FakeAgents({
    newId: (prefix) => this.#newId(prefix),
    time: () => this.#time(),
    addEvent: (event, data) => this.addEvent(event, data),
  })
  readonly #sessions = new Map<string, FakeSession>()
  readonly events: FakeEvent[] = []
  readonly #clientId: string
  readonly #now: Now
  #made = 0

  constructor(clientId: string, now: Now) {
    this.#clientId = clientId
    this.#now = now
  }

  /** Ids sort by the order in which they were made, as the real ones do. */
  #newId(prefix: string): string {
    this.#made += 1
    return `${prefix}_01JFAKE${String(this.#made).padStart(19, '0')}`
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }

  addSession(userId: string, more: SessionMore = {}): FakeSession {
    this.users.add(userId)
    const session: FakeSession = {
      id: this.#newId('session'),
      user_id: userId,
      organization_id: null,
      auth_method: 'password',
      ...more,
      created_at: this.#time(),
      refreshToken: this.#newId('refresh'),
      ended_at: null,
    }
    this.#sessions.set(session.id, session)
    this.addEvent('session.created', this.#shown(session))
    return session
  }

  addEvent(event: string, data: object, context?: object): FakeEvent {
    const made = {
      object: 'event',
      id: this.#newId('event'),
      event,
      created_at: this.#time(),
      data,
    }
    const told: FakeEvent = context === undefined ? made : { ...made, context }
    this.events.push(told)
    return told
  }

  answer(asked: Asked, apiKey: string): Answer {
    const { method, url, headers, body } = asked
    const path = url.pathname
    if (method === 'POST' && path === '/user_management/authenticate') return this.#refresh(body)
    if (headers.authorization !== `Bearer ${apiKey}`) {
      return { status: 401, body: { message: 'Unauthorized' } }
    }
    const userId = /^\/user_management\/users\/([^/]+)\/sessions$/.exec(path)?.[1]
    if (method === 'GET' && path === '/user_management/users') return this.#users(url.searchParams)
    if (method === 'GET' && userId !== undefined) {
      return this.#list(decodeURIComponent(userId), url.searchParams)
    }
    if (method === 'POST' && path === '/user_management/sessions/revoke') return this.#revoke(body)
    if (path.startsWith('/agents/')) return this.agents.answer(method, url)
    if (method === 'GET' && path === '/events') return this.#eventsAfter(url.searchParams)
    return { status: 404, body: { message: 'Not Found', error: 'Not Found' } }
  }

  #users(query: URLSearchParams): Answer {
    const all = [...this.users].map((id) => ({
      object: 'user',
      id,
      email: `${id}@example.com`,
      email_verified: true,
      created_at: this.#time(),
      updated_at: this.#time(),
    }))
    return page(all, query)
  }

  #list(userId: string, query: URLSearchParams): Answer {
    if (!this.users.has(userId)) {
      return { status: 404, body: { message: `User not found: '${userId}'.` } }
    }
    const alive = [...this.#sessions.values()]
      .filter((session) => session.user_id === userId && session.ended_at === null)
      .map((session) => this.#shown(session))
    return page(query.get('order') === 'asc' ? alive : alive.reverse(), query)
  }

  #revoke({ session_id }: Asked['body']): Answer {
    const session = this.#sessions.get(String(session_id))
    if (session === undefined || session.ended_at !== null) {
      const message = `Session not found: '${session_id}'.`
      return { status: 404, body: { message, code: 'entity_not_found', entity_id: session_id } }
    }
    session.ended_at = this.#time()
    this.addEvent('session.revoked', this.#shown(session), {
      client_id: this.#clientId,
      actor: { id: 'key_01JFAKE', source: 'api', name: 'Curfew' },
    })
    return { status: 200, body: {} }
  }

  #refresh({ grant_type, refresh_token }: Asked['body']): Answer {
    const session = [...this.#sessions.values()].find((each) => each.refreshToken === refresh_token)
    if (grant_type !== 'refresh_token' || session === undefined || session.ended_at !== null) {
      const error_description = 'Session has already ended.'
      return { status: 400, body: { error: 'invalid_grant', error_description } }
    }
    const at = session.created_at
    const user = { object: 'user', id: session.user_id, email: 'ada@example.com' }
    return {
      status: 200,
      body: {
        user: { ...user, email_verified: true, created_at: at, updated_at: at },
        access_token: this.#newId('access'),
        refresh_token: session.refreshToken,
      },
    }
  }

  /** Event types come comma-joined from the SDK, and repeated as `events[]` from others. */
  #eventsAfter(query: URLSearchParams): Answer {
    const wanted = [...query.getAll('events'), ...query.getAll('events[]')].flatMap((each) =>
      each.split(','),
    )
    const start = query.get('range_start') ?? ''
    const events = this.events.filter(
      ({ event, created_at }) => wanted.includes(event) && created_at >= start,
    )
    return page(events, query)
  }

  #shown(session: FakeSession) {
    return {
      object: 'session' as const,
      id: session.id,
      user_id: session.user_id,
      status: session.ended_at === null ? 'active' : 'revoked',
      organization_id: session.organization_id,
      auth_method: session.auth_method,
      ip_address: '192.0.2.7',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
      expires_at: new Date(Date.parse(session.created_at) + 30 * 86_400_000).toISOString(),
      ended_at: session.ended_at,
      created_at: session.created_at,
      updated_at: session.ended_at ?? session.created_at,
    }
  }
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    headers: request.headers,
    body: text === '' ? {} : JSON.parse(text),
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer, id: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-request-id': id,
    ...headers,
  })
  response.end(JSON.stringify(body))
}
