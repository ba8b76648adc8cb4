import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { SessionKind } from '../../contract/event-words.ts'
import { identify } from '../../contract/identity.ts'
import type { ProviderAnswer } from '../../enforce/provider-kit/exchange.ts'
import {
  bodyAs,
  errorText,
  failureOf,
  makeExchange,
  malformed,
} from '../../enforce/provider-kit/exchange.ts'
import { itemsOf, textOrNone } from '../../enforce/provider-kit/listed-items.ts'
import {
  expiryOrNull,
  listedSession,
  timeOrNull,
} from '../../enforce/provider-kit/listed-session.ts'
import type { Page } from '../../enforce/provider-kit/pages.ts'
import { readPages } from '../../enforce/provider-kit/pages.ts'
import { checkRights } from '../../enforce/provider-kit/probe.ts'
import type {
  ListAnswer,
  ListingProvider,
  Proofs,
  Provider,
  ProviderPorts,
  RepeatCall,
  Target,
} from '../../enforce/provider-kit/provider.ts'
import { settingsAs, withoutEndSlash } from '../../enforce/provider-kit/settings.ts'
import { pathPart, targetOf } from '../../enforce/provider-kit/target.ts'
import type { WorkosEnvironment } from './agents.ts'
import {
  isAgent,
  listAgent,
  pageSize,
  revokeAgentSession,
  Sessions,
  saysSomething,
  tryAgentSessions,
} from './agents.ts'
import { Settings } from './settings.ts'

const kinds: readonly SessionKind[] = ['online', 'agent']

const described = Type.Optional(Type.Unknown())
const Session = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  user_id: Type.String(),
  status: described,
  organization_id: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()])),
  ip_address: described,
  user_agent: described,
  created_at: described,
  expires_at: described,
})

const Users = Type.Object({ data: Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) })) })

/** Names no session of any environment. */
const nobody = { session: 'session_00000000000000000000000000' }

/**
 * By its documentation; no real environment was measured. The answer to a revocation has no body and
 * says nothing of the session. The list is of active sessions, each with its status. `session.revoked`
 * carries the session itself, `revoked` and since when, whoever ended it: a change of the session and
 * no record of a request. Access tokens outlive all of it until they expire, for whoever checks them
 * without asking.
 */
export const proofs: Proofs = {
  absence: 'proves',
  read: 'proves',
  // WorkOS writes `session.revoked` for every revocation it accepts, and no session was seen to be
  // refused at that moment: the list, which shows what lives, has to confirm ours.
  ownEnd: 'acknowledges',
  otherEnd: 'proves',
  refusal: 'proves',
  control:
    "documented, not measured: the list of a user's sessions shows those that are active, that of an agent's sessions each with its status, and the event of a revocation the session as it is from then on",
}
export const repeat: RepeatCall = { call: 'once' }

/**
 * WorkOS by its Sessions API: a user's active sessions are listed page by page, one session is
 * revoked by its id, and there is no reading one, so reading is listing. Agents' sessions are a
 * family of their own, with an API of their own (`src/connectors/workos/agents.ts`).
 */
export const provider = {
  open: (given: unknown, { send, clock }: ProviderPorts) => {
    const settings = settingsAs(Settings, given, 'workos')
    return openEnvironment(settings, {
      exchange: makeExchange({ provider: 'WorkOS', send, clock }),
      url: withoutEndSlash(settings.base_url ?? 'https://api.workos.com'),
      apiKey: settings.api_key,
      now: clock.now,
    })
  },
} satisfies Provider

function openEnvironment(
  { client_id = '' }: Static<typeof Settings>,
  environment: WorkosEnvironment,
): ListingProvider {
  return {
    capabilities: {
      kinds,
      tells: ['organization'],
      read: false,
      proofs,
      repeat,
      // An agent's session takes with it those that were minted from its token, on the same agent; which
      // those are is not told. A user's takes the agents' sessions minted from its token, likewise untold.
      alsoEnds: { agent: 'subject' },
      timeRoundingMs: 0,
      // Documented: 500 writes within 10 s; reads may be twice as many.
      callsPerSecondMax: 50,
      ownClientId: client_id,
    },
    list: (subjectId) => list(environment, subjectId),
    kindsListed: (subjectId) => [kindOf(subjectId)],
    read: async ({ subjectId, kind, id }) => {
      if (subjectId === '' || kind !== kindOf(subjectId)) return { state: 'unknown' }
      const { sessions, complete } = await list(environment, subjectId)
      const session = sessions.find((each) => each.id === id)
      if (session !== undefined) return { state: 'alive', session }
      return { state: complete ? 'gone' : 'unknown' }
    },
    revoke: async (target, signal) => {
      const { id, kind } = targetOf(kinds, target)
      const ending = kind === 'agent' ? revokeAgentSession : revoke
      const { status, headers } = await ending(environment, { id }, signal)
      return {
        result: status === 200 ? 'acknowledged' : 'already_gone',
        status,
        requestId: (headers['x-request-id'] ?? '').slice(0, 256),
      }
    },
    check: () =>
      checkRights([
        { may: 'list sessions', attempt: () => tryList(environment) },
        { may: 'revoke sessions', attempt: () => revoke(environment, { id: nobody.session }) },
        { may: "list agents' sessions", attempt: () => tryAgentSessions(environment) },
      ]),
  }
}

/**
 * The answer to an unknown or ended session is not documented: 404, and a 400 that speaks of it,
 * are taken for one. Tries within a minute carry one idempotency key; a later try has a new one,
 * or the revocation of a session that came back alive could be answered from memory.
 */
async function revoke(
  { exchange, url, apiKey, now }: WorkosEnvironment,
  { id }: Pick<Target, 'id'>,
  signal?: AbortSignal,
): Promise<ProviderAnswer> {
  const minute = Math.floor(now() / 60_000)
  const answer = await exchange({
    ...(signal && { signal }),
    what: 'revoking a session',
    url: `${url}/user_management/sessions/revoke`,
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': `curfew-${identify('revoke', id, String(minute))}`,
    },
    body: JSON.stringify({ session_id: id }),
    expects: [200, 400, 404],
  })
  if (answer.status === 200 || speaksOfDeadSession(answer)) return answer
  throw failureOf(answer)
}

function speaksOfDeadSession(answer: ProviderAnswer): boolean {
  const told = errorText(answer, ['message', 'code', 'error', 'error_description'])
  if (answer.status === 404) return told !== ''
  return /session/.test(told) && deadWords.test(told)
}

const deadWords =
  /not[ _]found|(?:does|did) not exist|no such|no longer|not active|inactive|already|ended|expired|revoked/

const kindOf = (subjectId: string): SessionKind => (isAgent(subjectId) ? 'agent' : 'online')

async function list(environment: WorkosEnvironment, subjectId: string): Promise<ListAnswer> {
  if (isAgent(subjectId)) return await listAgent(environment, subjectId)
  let known = true
  const { complete, ...answer } = await readPages(async (after) => {
    const page = await readPage(environment, subjectId, after)
    if (page === undefined) known = false
    return page ?? { sessions: [], next: null }
  })
  // A user it does not know proves nothing: the id may be another system's name for somebody.
  return { ...answer, complete: complete && known }
}

/** A list of nobody's sessions shows nothing of what a list looks like, so it is somebody's. */
async function tryList(environment: WorkosEnvironment): Promise<string | undefined> {
  const { exchange, url, apiKey } = environment
  const answer = await exchange({
    what: 'listing users',
    url: `${url}/user_management/users?limit=1`,
    method: 'GET',
    headers: { authorization: `Bearer ${apiKey}` },
    expects: [200],
  })
  const [user] = bodyAs(Users, answer).data
  if (user === undefined) {
    return 'whether it may list sessions was not shown: the environment has no user'
  }
  const { complete, flaw } = await list(environment, user.id)
  if (flaw !== undefined) throw malformed(answer, `a list of which ${flaw}`)
  return complete ? undefined : 'may list sessions; the list that was tried was not complete'
}

async function readPage(
  { exchange, url, apiKey }: WorkosEnvironment,
  subjectId: string,
  after: string | null,
): Promise<Page | undefined> {
  // Oldest first: what is created while we read comes at the end, where it cannot hide another.
  const query = new URLSearchParams({ limit: String(pageSize), order: 'asc' })
  if (after !== null) query.set('after', after)
  const answer = await exchange({
    what: 'listing sessions',
    url: `${url}/user_management/users/${pathPart(subjectId)}/sessions?${query}`,
    method: 'GET',
    headers: { authorization: `Bearer ${apiKey}` },
    expects: [200, 404],
  })
  if (answer.status === 404) {
    if (!saysSomething(answer)) throw failureOf(answer)
    return undefined
  }
  const { data, list_metadata } = bodyAs(Sessions, answer)
  // Whoever mixes up answers on the way must not have us end another person's sessions.
  const { items, unreadable } = itemsOf(Session, data, answer)
  if (items.some(({ user_id }) => user_id !== subjectId)) {
    throw malformed(answer, 'sessions of another user')
  }
  return {
    // Documented as a list of active sessions: one that does not say what it is, is one.
    sessions: items.filter(({ status }) => !over.has(status)).map(asListed),
    next: list_metadata.after,
    unreadable,
  }
}

const over: ReadonlySet<unknown> = new Set(['revoked', 'expired'])

/** `updated_at` is no use of the session, so when it was last used is not said. */
function asListed(session: Static<typeof Session>) {
  return listedSession({
    kind: 'online',
    id: session.id,
    subjectId: session.user_id,
    createdAt: timeOrNull(session.created_at),
    expiresAt: expiryOrNull(session.expires_at),
    ip: textOrNone(session.ip_address),
    userAgent: textOrNone(session.user_agent),
    organizationId: session.organization_id ?? undefined,
  })
}
