import type { Answer } from './workos-page.ts'
import { page } from './workos-page.ts'

export interface FakeAgentSession {
  readonly id: string
  readonly agent_instance_id: string
  /** The session from whose token it was minted. */
  readonly parentId: string | null
  readonly created_at: string
  revoked_at: string | null
}

interface World {
  readonly newId: (prefix: string) => string
  readonly time: () => string
  readonly addEvent: (event: string, data: object) => unknown
}

const organizationId = 'org_01JFAKE'

/**
 * Agent instances and their sessions. As WorkOS does it: a list shows sessions of every status, and of an
 * unknown instance it is empty; a revocation takes with it what was minted from the session's token, and
 * is answered with the session, also a second time; a deleted instance takes its sessions with it.
 */
export class FakeAgents {
  readonly #instances = new Set<string>()
  readonly #sessions = new Map<string, FakeAgentSession>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  add(agentId: string, parentId: string | null = null): FakeAgentSession {
    this.#instances.add(agentId)
    const session: FakeAgentSession = {
      id: this.#world.newId('agent_session'),
      agent_instance_id: agentId,
      parentId,
      created_at: this.#world.time(),
      revoked_at: null,
    }
    this.#sessions.set(session.id, session)
    this.#world.addEvent('agent.instance.session.created', told(session))
    return session
  }

  remove(agentId: string): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.agent_instance_id !== agentId) continue
      this.#revoke(session)
      this.#sessions.delete(session.id)
    }
    this.#instances.delete(agentId)
    this.#world.addEvent('agent.instance.deleted', instance(agentId))
  }

  answer(method: string, { pathname, searchParams }: URL): Answer {
    const [, , kind, id = '', act] = pathname.split('/').map(decodeURIComponent)
    if (kind === 'instances' && method === 'GET' && this.#instances.has(id)) {
      return { status: 200, body: instance(id) }
    }
    if (kind === 'sessions' && method === 'GET' && id === '') {
      const of = searchParams.get('agent_instance_id')
      const all = [...this.#sessions.values()].filter(
        ({ agent_instance_id }) => of === null || agent_instance_id === of,
      )
      const inOrder = searchParams.get('order') === 'asc' ? all : all.reverse()
      return page(inOrder.map(shown), searchParams)
    }
    const session = kind === 'sessions' ? this.#sessions.get(id) : undefined
    if (session === undefined) {
      return { status: 404, body: { message: 'Not found.', code: 'entity_not_found' } }
    }
    if (method === 'POST' && act === 'revoke') this.#revoke(session)
    return { status: 200, body: shown(session) }
  }

  #revoke(session: FakeAgentSession): void {
    if (session.revoked_at === null) {
      session.revoked_at = this.#world.time()
      this.#world.addEvent('agent.instance.session.revoked', told(session))
    }
    for (const child of this.#sessions.values()) {
      if (child.parentId === session.id) this.#revoke(child)
    }
  }
}

const instance = (id: string) => ({
  object: 'agent_instance',
  id,
  agent_blueprint_id: 'agent_blueprint_01JFAKE',
  organization_id: organizationId,
  organization_membership_id: null,
  type: 'autonomous',
})

function shown({ parentId: _, ...session }: FakeAgentSession) {
  const at = Date.parse(session.created_at)
  return {
    object: 'agent_instance_session' as const,
    ...session,
    status: session.revoked_at === null ? ('active' as const) : ('revoked' as const),
    expires_at: new Date(at + 3_600_000).toISOString(),
    updated_at: session.revoked_at ?? session.created_at,
  }
}

/** In events WorkOS names the organization and leaves the status out. */
function told(session: FakeAgentSession): object {
  const { status: _, ...rest } = shown(session)
  return { ...rest, organization_id: organizationId }
}
