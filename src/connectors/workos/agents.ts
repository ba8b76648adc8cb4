import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Now } from '../../contract/ports.ts'
import type { Exchange, ProviderAnswer } from '../../enforce/provider-kit/exchange.ts'
import { bodyAs, errorText, failureOf, malformed } from '../../enforce/provider-kit/exchange.ts'
import { itemsOf } from '../../enforce/provider-kit/listed-items.ts'
import {
  expiryOrNull,
  listedSession,
  timeOrNull,
} from '../../enforce/provider-kit/listed-session.ts'
import type { Page } from '../../enforce/provider-kit/pages.ts'
import { readPages } from '../../enforce/provider-kit/pages.ts'
import type { ListAnswer } from '../../enforce/provider-kit/provider.ts'
import { pathPart } from '../../enforce/provider-kit/target.ts'

/** One environment of WorkOS, and how it is reached. */
export interface WorkosEnvironment {
  readonly exchange: Exchange
  /** `https://api.workos.com`, without a slash at the end. */
  readonly url: string
  readonly apiKey: string
  readonly now: Now
}

/** WorkOS's own limit of a page. */
export const pageSize = 100

const Instance = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  organization_id: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()])),
})
/** A page of sessions, of users and of agents alike. */
export const Sessions = Type.Object({
  data: Type.Array(Type.Unknown()),
  list_metadata: Type.Object({ after: Type.Union([Type.String(), Type.Null()]) }),
})
const described = Type.Optional(Type.Unknown())
const Session = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  agent_instance_id: Type.String(),
  status: described,
  revoked_at: described,
  created_at: described,
  expires_at: described,
})

/** Whether a subject is an agent: WorkOS names its agent instances `agent_…` and its users `user_…`. */
export const isAgent = (subjectId: string): boolean => /^agent_(?!reg_)/.test(subjectId)

/**
 * The active sessions of one agent instance. The instance itself is asked for first: WorkOS answers for
 * an instance that it does not know with an empty list, which would prove anything dead.
 *
 * @throws CurfewError as every call to the provider.
 */
export async function listAgent(
  environment: WorkosEnvironment,
  agentId: string,
): Promise<ListAnswer> {
  const instance = await readInstance(environment, agentId)
  // Deleted with its sessions, or never one of this environment: which of the two is not said.
  if (instance === undefined) return { sessions: [], complete: false }
  return await readPages((after) => readPage(environment, instance, after))
}

/**
 * Revokes one agent's session. WorkOS answers with the session, also where it was over already.
 *
 * @throws CurfewError as every call to the provider.
 */
export async function revokeAgentSession(
  environment: WorkosEnvironment,
  { id }: { readonly id: string },
  signal?: AbortSignal,
): Promise<ProviderAnswer> {
  const answer = await environment.exchange({
    ...(signal && { signal }),
    what: "revoking an agent's session",
    url: `${environment.url}/agents/sessions/${pathPart(id)}/revoke`,
    method: 'POST',
    headers: { ...authorized(environment), 'content-type': 'application/json' },
    body: '{}',
    expects: [200, 404],
  })
  if (answer.status === 404 && !saysSomething(answer)) throw failureOf(answer)
  return answer
}

/**
 * Whether agents' sessions can be listed. An environment may have no agents at all, which is no fault.
 *
 * @returns what is missing, in words; undefined when nothing is.
 * @throws CurfewError as every call to the provider.
 */
export async function tryAgentSessions(
  environment: WorkosEnvironment,
): Promise<string | undefined> {
  const answer = await environment.exchange({
    what: "listing agents' sessions",
    url: `${environment.url}/agents/sessions?limit=1`,
    method: 'GET',
    headers: authorized(environment),
    expects: [200, 403, 404],
  })
  if (answer.status === 200) return void bodyAs(Sessions, answer)
  return `agents' sessions cannot be listed (${answer.status}): the environment has no agents, or the key lacks the right`
}

async function readInstance(
  environment: WorkosEnvironment,
  agentId: string,
): Promise<Static<typeof Instance> | undefined> {
  const answer = await environment.exchange({
    what: 'reading an agent',
    url: `${environment.url}/agents/instances/${pathPart(agentId)}`,
    method: 'GET',
    headers: authorized(environment),
    expects: [200, 404],
  })
  if (answer.status === 404) {
    if (!saysSomething(answer)) throw failureOf(answer)
    return undefined
  }
  const instance = bodyAs(Instance, answer)
  if (instance.id !== agentId) throw malformed(answer, 'another agent')
  return instance
}

async function readPage(
  environment: WorkosEnvironment,
  { id: agentId, organization_id }: Static<typeof Instance>,
  after: string | null,
): Promise<Page> {
  // Oldest first: what is created while we read comes at the end, where it cannot hide another.
  const query = new URLSearchParams({
    agent_instance_id: agentId,
    limit: String(pageSize),
    order: 'asc',
  })
  if (after !== null) query.set('after', after)
  const answer = await environment.exchange({
    what: "listing an agent's sessions",
    url: `${environment.url}/agents/sessions?${query}`,
    method: 'GET',
    headers: authorized(environment),
    expects: [200],
  })
  const { data, list_metadata } = bodyAs(Sessions, answer)
  const { items, unreadable } = itemsOf(Session, data, answer)
  // A server that does not know the filter would list the sessions of every agent.
  if (items.some(({ agent_instance_id }) => agent_instance_id !== agentId)) {
    throw malformed(answer, 'sessions of another agent')
  }
  const sessions = items.filter(isActive).map((session) =>
    listedSession({
      kind: 'agent',
      id: session.id,
      subjectId: agentId,
      createdAt: timeOrNull(session.created_at),
      expiresAt: expiryOrNull(session.expires_at),
      organizationId: organization_id ?? undefined,
      // As the events of its sessions have it: an agent that is deleted takes its own with it.
      grantId: agentId,
    }),
  )
  return { sessions, next: list_metadata.after, unreadable }
}

/** One that does not say what it is, is taken for one that lives. */
function isActive({ status, revoked_at }: Static<typeof Session>): boolean {
  return status !== 'revoked' && status !== 'expired' && (revoked_at ?? null) === null
}

function authorized({ apiKey }: WorkosEnvironment): { readonly [name: string]: string } {
  return { authorization: `Bearer ${apiKey}` }
}

/** An answer of WorkOS's own names what is wrong; one without may be any proxy's. */
export const saysSomething = (answer: ProviderAnswer): boolean =>
  errorText(answer, ['message', 'code', 'error']) !== ''
