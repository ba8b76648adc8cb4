import type { Static } from 'typebox'
import { Type } from 'typebox'
import { SessionKind } from '../../contract/event-words.ts'
import type { ListedSession } from '../../contract/evidence.ts'
import type { Exchange, ProviderAnswer, ProviderCall } from '../../enforce/provider-kit/exchange.ts'
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
  ListingProvider,
  Proofs,
  Provider,
  ProviderPorts,
  RepeatCall,
  Target,
} from '../../enforce/provider-kit/provider.ts'
import { settingsAs, withoutEndSlash } from '../../enforce/provider-kit/settings.ts'
import { pathPart, targetOf } from '../../enforce/provider-kit/target.ts'
import { Settings } from './settings.ts'

const kinds: readonly SessionKind[] = ['online', 'offline', 'agent']
const ownClientId = 'curfew'
const pageSize = 100
const nobody = 'nobody'

export const proofs: Proofs = {
  absence: 'proves',
  read: 'proves',
  // It writes the event after it has removed the session from the one place where uses are checked,
  // so the event cannot come before the end or without it.
  ownEnd: 'proves',
  otherEnd: 'proves',
  refusal: 'proves',
  control: 'lists, reads and uses ask one table, which shows sessions that live',
}
export const repeat: RepeatCall = { call: 'once' }

const Session = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  kind: SessionKind,
  subject: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 256 }),
    on_behalf_of: Type.Optional(Type.String({ maxLength: 256 })),
  }),
  created_at: Type.Optional(Type.Unknown()),
  last_used_at: Type.Optional(Type.Unknown()),
  expires_at: Type.Optional(Type.Unknown()),
  ip: Type.Optional(Type.Unknown()),
  user_agent: Type.Optional(Type.Unknown()),
  organization_id: Type.Optional(Type.String()),
  connection_id: Type.Optional(Type.String()),
  device_id: Type.Optional(Type.String()),
  grant_id: Type.Optional(Type.String()),
})

const Sessions = Type.Object({
  sessions: Type.Array(Type.Unknown()),
  next: Type.Union([Type.String(), Type.Null()]),
})

/**
 * The demonstration's own identity provider, on this machine: it lists a subject's sessions, reads
 * one by its id and ends it. It stands in for a provider that can do all that Curfew can use.
 */
export const provider = {
  open: (given: unknown, { send, clock }: ProviderPorts) => {
    const settings = settingsAs(Settings, given, 'loopback')
    const url = withoutEndSlash(settings.base_url)
    const headers = { authorization: `Bearer ${settings.token}`, 'x-client-id': ownClientId }
    const exchange = makeExchange({ provider: 'Loopback', send, clock })
    return openLoopback((call) => exchange({ ...call, url: `${url}${call.url}`, headers }))
  },
} satisfies Provider

function openLoopback(exchange: Exchange): ListingProvider {
  return {
    capabilities: {
      kinds,
      tells: ['organization', 'connection', 'device', 'grant', 'principal'],
      read: true,
      proofs,
      repeat,
      alsoEnds: {},
      timeRoundingMs: 0,
      callsPerSecondMax: 200,
      ownClientId,
    },
    list: (subjectId) => readPages((after) => readPage(exchange, subjectId, after)),
    read: async (target) => {
      const answer = await orGone(exchange, {
        what: 'reading a session',
        url: `${pathOf(target)}?kind=${target.kind}`,
        method: 'GET',
        expects: [200],
      })
      if (answer.status === 404) return { state: 'gone' }
      const session = asListed(bodyAs(Session, answer))
      if (session.id !== target.id) throw malformed(answer, 'another session')
      return session.kind === target.kind ? { state: 'alive', session } : { state: 'unknown' }
    },
    revoke: async (target, signal) => {
      const { status, headers } = await revoke(exchange, targetOf(kinds, target), signal)
      return {
        result: status === 200 ? 'acknowledged' : 'already_gone',
        status,
        requestId: (headers['x-request-id'] ?? '').slice(0, 256),
      }
    },
    check: () =>
      checkRights([
        { may: 'list sessions', attempt: () => readPage(exchange, nobody, null) },
        { may: 'end sessions', attempt: () => revoke(exchange, { id: nobody }) },
      ]),
  }
}

const pathOf = ({ id }: Pick<Target, 'id'>): string => `/sessions/${pathPart(id)}`

const revoke = (
  exchange: Exchange,
  target: Pick<Target, 'id'>,
  signal?: AbortSignal,
): Promise<ProviderAnswer> =>
  orGone(exchange, {
    ...(signal && { signal }),
    what: 'revoking a session',
    url: `${pathOf(target)}/revoke`,
    method: 'POST',
    expects: [200],
  })

/** A 404 is a dead session only when it says so; an unknown path is one too. */
async function orGone(exchange: Exchange, call: ProviderCall): Promise<ProviderAnswer> {
  const answer = await exchange({ ...call, expects: [...call.expects, 404] })
  if (answer.status !== 404 || errorText(answer, ['error']) === 'session_not_found') return answer
  throw failureOf(answer)
}

async function readPage(
  exchange: Exchange,
  subjectId: string,
  after: string | null,
): Promise<Page> {
  const query = new URLSearchParams({ limit: String(pageSize) })
  if (after !== null) query.set('after', after)
  const answer = await exchange({
    what: 'listing sessions',
    url: `/subjects/${pathPart(subjectId)}/sessions?${query}`,
    method: 'GET',
    expects: [200],
  })
  const { sessions, next } = bodyAs(Sessions, answer)
  // Whoever mixes up answers on the way must not have us end another person's sessions.
  const { items, unreadable } = itemsOf(Session, sessions, answer)
  if (items.some(({ subject }) => subject.id !== subjectId)) {
    throw malformed(answer, 'sessions of another subject')
  }
  return { sessions: items.map(asListed), next, unreadable }
}

function asListed(session: Static<typeof Session>): ListedSession {
  return listedSession({
    kind: session.kind,
    id: session.id,
    subjectId: session.subject.id,
    createdAt: timeOrNull(session.created_at),
    lastUsedAt: timeOrNull(session.last_used_at),
    expiresAt: expiryOrNull(session.expires_at),
    ip: textOrNone(session.ip),
    userAgent: textOrNone(session.user_agent),
    organizationId: session.organization_id,
    connectionId: session.connection_id,
    deviceId: session.device_id,
    grantId: session.grant_id,
    onBehalfOfId: session.subject.on_behalf_of,
  })
}
