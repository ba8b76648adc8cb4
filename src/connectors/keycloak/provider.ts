import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { SessionKind } from '../../contract/event-words.ts'
import type { ListedSession } from '../../contract/evidence.ts'
import { withAccessToken } from '../../enforce/provider-kit/client-credentials.ts'
import type { Exchange, ProviderAnswer } from '../../enforce/provider-kit/exchange.ts'
import {
  bodyAs,
  errorText,
  failureOf,
  makeExchange,
  malformed,
} from '../../enforce/provider-kit/exchange.ts'
import { itemsOf, textOrNone } from '../../enforce/provider-kit/listed-items.ts'
import { listedSession, timeOrNull } from '../../enforce/provider-kit/listed-session.ts'
import { answerOf } from '../../enforce/provider-kit/pages.ts'
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
import { wasDeleted } from './deleted-user.ts'
import { eventGaps } from './saved-events.ts'
import { Settings } from './settings.ts'

const kinds: readonly SessionKind[] = ['online', 'offline']

const Sessions = Type.Array(Type.Unknown())
const described = Type.Optional(Type.Unknown())
const Session = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  userId: Type.String(),
  ipAddress: described,
  start: described,
  lastAccess: described,
})

const Consents = Type.Array(
  Type.Object({
    additionalGrants: Type.Optional(
      Type.Array(Type.Object({ client: Type.Optional(Type.String()) })),
    ),
  }),
)

/** Names no user and no session of any realm. */
const nobody = '00000000-0000-0000-0000-000000000000'

/**
 * Whoever lists a user's sessions while one of them is ended, by whichever way, can put it back into
 * Keycloak's cache and not into its database: no list shows it any more, and it is used as before.
 * Measured on 26.4.5 with two readers in a loop: alive afterwards were 12 of 25 after a sign-out by
 * the application, 8 of 25 after `users/{id}/logout`, 8 of 25 after the revocation of its token, 9 of
 * 25 offline ones after their DELETE. A second DELETE found each of them and ended it, and the third
 * answered 404: that answer is the positive control, since the same question had the answer 204 while
 * they lived. The database no longer has the session then, so no later list can put it back.
 */
export const proofs: Proofs = {
  absence: 'after_nothing_left',
  read: 'after_nothing_left',
  ownEnd: 'acknowledges',
  otherEnd: 'after_nothing_left',
  // In the middle of an end a use is refused, and the session put back right after.
  refusal: 'again_apart',
  control:
    'a session can be put back while anybody lists its user: a list, an end event or a refusal counts once a repeated DELETE, which answers 204 for what lives, has answered 404',
}

/** A list that was under way at the first call has long been answered by then. */
export const repeat: RepeatCall = { call: 'again', apartMs: 2_000 }

interface Realm {
  readonly exchange: Exchange
  /** `…/admin/realms/{realm}` */
  readonly url: string
}

/**
 * Keycloak by its admin REST API, tried on 26.4.5 (test/connectors/keycloak/provider.int.test.ts).
 *
 * There is no reading one session by its id, so reading is listing. Offline sessions are not in the
 * ordinary list; they are listed for a user and one client at a time. Which clients those are is
 * what the user's consents say: they are put together from the offline sessions themselves, and
 * need no right beyond the one that lists sessions, while walking over all clients of the realm
 * would. Online and offline sessions may share an id. Ending the online one leaves the offline one;
 * ending the offline one ends both. A DELETE with the wrong kind answers 404 for what lives.
 */
export const provider = {
  open: (given: unknown, { send, clock }: ProviderPorts) => {
    const settings = settingsAs(Settings, given, 'keycloak')
    const baseUrl = withoutEndSlash(settings.base_url)
    const realm = pathPart(settings.realm)
    return openRealm(settings, {
      exchange: withAccessToken({
        exchange: makeExchange({ provider: 'Keycloak', send, clock }),
        clock,
        tokenUrl: `${baseUrl}/realms/${realm}/protocol/openid-connect/token`,
        clientId: settings.client_id,
        clientSecret: settings.client_secret,
      }),
      url: `${baseUrl}/admin/realms/${realm}`,
    })
  },
} satisfies Provider

function openRealm(
  { client_id, client_uuid = client_id }: Static<typeof Settings>,
  realm: Realm,
): ListingProvider {
  return {
    capabilities: {
      kinds,
      tells: [],
      read: false,
      proofs,
      repeat,
      // A login that asks for offline access from a browser leaves both under one id.
      alsoEnds: { offline: 'online_of_same_id' },
      // `start` is cut down to the whole second.
      timeRoundingMs: 1000,
      // Nothing is documented; a realm on two cores answers a hundred times as many.
      callsPerSecondMax: 20,
      ownClientId: client_uuid,
    },
    list: (subjectId) => list(realm, subjectId, kinds),
    read: async ({ subjectId, kind, id }) => {
      if (subjectId === '' || !kinds.includes(kind)) return { state: 'unknown' }
      const { sessions, complete } = await list(realm, subjectId, [kind])
      const session = sessions.find((each) => each.id === id)
      if (session !== undefined) return { state: 'alive', session }
      return { state: complete ? 'gone' : 'unknown' }
    },
    revoke: async (target, signal) => {
      const { status } = await end(realm, targetOf(kinds, target), signal)
      const result = status === 204 ? 'acknowledged' : 'already_gone'
      return { result, status, requestId: '' }
    },
    check: () =>
      checkRights([
        {
          may: 'list sessions (role view-users or manage-users)',
          attempt: () => list(realm, nobody, kinds),
        },
        {
          may: 'end sessions (role manage-users)',
          attempt: () => end(realm, { kind: 'online', id: nobody }),
        },
      ]),
    gaps: (hasFeed) => eventGaps(realm.exchange, realm.url, hasFeed),
  }
}

/** The right is asked before existence, so a missing right is never mistaken for a dead session. */
async function end(
  { exchange, url }: Realm,
  { kind, id }: Pick<Target, 'kind' | 'id'>,
  signal?: AbortSignal,
): Promise<ProviderAnswer> {
  const answer = await exchange({
    ...(signal && { signal }),
    what: 'ending a session',
    url: `${url}/sessions/${pathPart(id)}?isOffline=${kind === 'offline'}`,
    method: 'DELETE',
    expects: [204, 404],
  })
  // "Sesssion not found", with three s. An unknown realm or path is a 404 too, but no dead session.
  if (answer.status === 404 && !/^sess+ion not found/.test(errorText(answer, ['error']))) {
    throw failureOf(answer)
  }
  return answer
}

/**
 * The user's sessions of the kinds asked. A user that the realm does not know is no proof that his
 * sessions are dead: the id may be another system's name for somebody who is signed in. One whom the
 * realm says it deleted has none left, and the list of them is complete.
 */
async function list(
  realm: Realm,
  subjectId: string,
  asked: readonly SessionKind[],
): Promise<ListAnswer> {
  const user = `/users/${pathPart(subjectId)}`
  const sessions: ListedSession[] = []
  let unreadable = 0
  if (asked.includes('online')) {
    const online = await sessionsAt(realm, `${user}/sessions`, subjectId, 'online')
    if (online === undefined) return await ofUnknown(realm, subjectId, sessions)
    for (const each of online.sessions) sessions.push(each)
    unreadable += online.unreadable
  }
  if (!asked.includes('offline')) return answerOf(sessions, true, unreadable)
  const consents = await found(realm, 'reading consents', `${user}/consents`)
  if (consents === undefined) return await ofUnknown(realm, subjectId, sessions)
  let complete = true
  const offline = new Map<string, ListedSession>()
  for (const client of clientsIn(bodyAs(Consents, consents))) {
    const path = `${user}/offline-sessions/${pathPart(client)}`
    const held = await sessionsAt(realm, path, subjectId, 'offline')
    // The client was deleted since the consents were read.
    if (held === undefined) complete = false
    unreadable += held?.unreadable ?? 0
    for (const each of held?.sessions ?? [])
      offline.set(each.id, joined(each, offline.get(each.id)))
  }
  return answerOf([...sessions, ...offline.values()], complete, unreadable)
}

async function ofUnknown(
  realm: Realm,
  subjectId: string,
  sessions: readonly ListedSession[],
): Promise<ListAnswer> {
  if (!(await wasDeleted(realm, subjectId))) return { sessions, complete: false }
  return { sessions, complete: true, subjectGone: true }
}

/** Not only those with the key `Offline Token`: should its name change, nothing is overlooked. */
function clientsIn(consents: Static<typeof Consents>): ReadonlySet<string> {
  const grants = consents.flatMap(({ additionalGrants }) => additionalGrants ?? [])
  return new Set(grants.flatMap(({ client }) => client ?? []))
}

/** One offline session can be held by several clients, and each list shows only its own. */
function joined(one: ListedSession, other: ListedSession | undefined): ListedSession {
  if (other === undefined) return one
  return {
    ...one,
    lastUsedAt: Math.max(one.lastUsedAt ?? 0, other.lastUsedAt ?? 0),
  }
}

async function sessionsAt(
  realm: Realm,
  path: string,
  subjectId: string,
  kind: SessionKind,
): Promise<
  { readonly sessions: readonly ListedSession[]; readonly unreadable: number } | undefined
> {
  const answer = await found(realm, `listing ${kind} sessions`, path)
  if (answer === undefined) return undefined
  const { items, unreadable } = itemsOf(Session, bodyAs(Sessions, answer), answer)
  // Whoever mixes up answers on the way must not have us end another person's sessions.
  if (items.some(({ userId }) => userId !== subjectId)) {
    throw malformed(answer, 'sessions of another user')
  }
  const sessions = items.map((each) =>
    listedSession({
      kind,
      id: each.id,
      subjectId,
      createdAt: timeOrNull(each.start),
      lastUsedAt: timeOrNull(each.lastAccess),
      ip: textOrNone(each.ipAddress),
    }),
  )
  return { sessions, unreadable }
}

/** Undefined when the realm knows no such user, or client. */
async function found(
  { exchange, url }: Realm,
  what: string,
  path: string,
): Promise<ProviderAnswer | undefined> {
  const answer = await exchange({ what, url: `${url}${path}`, method: 'GET', expects: [200, 404] })
  if (answer.status === 200) return answer
  if (/^(user|client) not found/.test(errorText(answer, ['error']))) return undefined
  throw failureOf(answer)
}
