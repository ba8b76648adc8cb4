import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Binding } from '../../contract/raw-message.ts'
import type { FeedPage, FeedPlace, FeedPorts, FeedStream } from '../../source/feeds/feed.ts'
import { openFeed } from '../../source/feeds/feed.ts'
import { isRefusal } from '../../source/feeds/feed-call.ts'
import type { Source } from '../../source/source.ts'
import type { KeycloakGet } from './admin-get.ts'
import { makeKeycloakGet } from './admin-get.ts'
import type { MemberLook } from './members.ts'
import { makeMemberLook } from './members.ts'
import type { CredentialLook } from './set-passwords.ts'
import { makeCredentialLook } from './set-passwords.ts'

export interface KeycloakFeedSettings {
  /** Where Keycloak answers, without a slash at the end: `https://sso.example.com`. */
  readonly baseUrl: string
  readonly realm: string
  /** A client of that realm with a service account that may `view-events` of realm-management. */
  readonly clientId: string
  readonly clientSecret: string
  readonly everyMs?: number
  /**
   * How far each poll looks back behind the newest event it knows: an event is stored only after
   * its request, so events with earlier times may show up later. One that takes longer is missed.
   */
  readonly overlapMs?: number
  /** How far back the very first poll looks. */
  readonly firstReadMs?: number
  readonly binding: Binding
}

const given = { everyMs: 5_000, overlapMs: 10_000, firstReadMs: 24 * 60 * 60_000 }

/** Times are milliseconds, set by Keycloak's clock; ours never enters into what is asked for. */
const Events = Type.Array(Type.Object({ time: Type.Integer({ minimum: 0 }) }))

/**
 * Reads a realm's user events (partition 0) and admin events (partition 1) from Keycloak's admin
 * API, 26.2 or later: earlier versions neither sort ascending nor take times of day.
 *
 * Events that say exactly the same, their time and id included, count as one; where a realm gives
 * its events no id, two that happened alike in one millisecond cannot be told apart.
 */
export function openKeycloakFeed(settings: KeycloakFeedSettings, ports: FeedPorts): Source {
  const { binding, everyMs = given.everyMs } = settings
  const get = makeKeycloakGet(settings, ports)
  const ask = makeAsk(get)
  const look = makeCredentialLook({ get, log: ports.log })
  const members = makeMemberLook({ get, log: ports.log })
  const stream = (partition: number, path: string, kind: string): FeedStream =>
    makeStream({ ...given, ...settings, ...ports, ask, partition, path, kind, look, members })
  return openFeed(
    {
      id: `feed:${binding.instance}`,
      format: 'keycloak',
      binding,
      everyMs,
      // What an administrator demands comes before what its person then does, so it is read first.
      streams: [stream(1, 'admin-events', 'admin_event'), stream(0, 'events', 'user_event')],
    },
    ports,
  )
}

interface Answer {
  readonly events: readonly { readonly time: number }[]
  /** Keycloak's own time, to the second; NaN when it does not tell. */
  readonly serverNow: number
}
type Ask = (
  path: string,
  query: { readonly from: number; readonly first: number; readonly max: number },
  signal: AbortSignal,
) => Promise<Answer>

const pageMax = 200
/** More equal events within one overlap are repeated, which ids absorb, rather than remembered. */
const seenMax = 100_000

interface StreamSettings extends Pick<FeedPorts, 'clock' | 'log'> {
  readonly ask: Ask
  readonly look: CredentialLook
  readonly members: MemberLook
  readonly partition: number
  readonly path: string
  readonly kind: string
  readonly realm: string
  readonly overlapMs: number
  readonly firstReadMs: number
}

/**
 * Goes on by time, not by number: the next page begins at the time of the last event, so that
 * events which are stored or expire meanwhile cannot shift others past us. By number it goes only
 * within one time that fills a page. What comes again on the way is known by its content.
 */
function makeStream(settings: StreamSettings): FeedStream {
  const { ask, look, members, partition, path, kind, realm, overlapMs, firstReadMs, clock } =
    settings
  const seen = new Map<string, number>()
  let max = pageMax
  let polledAt: number | undefined
  const askPage = async (from: number, first: number, signal: AbortSignal): Promise<Answer> => {
    for (;;) {
      try {
        return await ask(path, { from, first, max }, signal)
      } catch (error) {
        if (!isTooLarge(error) || max === 1) throw error
        max = Math.floor(max / 2)
      }
    }
  }
  async function* pages(place: FeedPlace | null, signal: AbortSignal): AsyncGenerator<FeedPage> {
    const startedAt = clock.now()
    let at = typeof place?.at === 'number' ? place.at : startedAt - firstReadMs + overlapMs
    let from = Math.max(0, at - overlapMs)
    let first = 0
    let answer = await askPage(from, first, signal)
    const back = clockSetBack({ ...settings, at, polledAt, serverNow: answer.serverNow })
    if (back !== undefined) {
      at = back
      from = Math.max(0, back - overlapMs)
      answer = await askPage(from, first, signal)
    }
    for (let last = lastTimeIn(answer); last !== undefined; last = lastTimeIn(answer)) {
      const fresh = new Map<string, Answer['events'][number]>()
      for (const event of answer.events) {
        const digest = digestOf(event)
        if (!seen.has(digest)) fresh.set(digest, event)
      }
      at = Math.max(at, last)
      const news = [...fresh.values()]
      // What an event leaves out and the realm still shows follows it as an event of its own.
      const found =
        kind === 'admin_event'
          ? [...(await members(news, signal)), ...(await look(news, signal))]
          : news
      const events = found.map((event) => ({ kind, realm, event }))
      yield { events, place: { at }, known: back !== undefined }
      for (const [digest, event] of fresh) seen.set(digest, event.time)
      // Page by page: a backlog may hold more events than there is room for.
      forget(seen, (back ?? at) - overlapMs)
      first = last > from ? 0 : first + answer.events.length
      from = last
      answer = await askPage(from, first, signal)
    }
    polledAt = startedAt
    max = Math.min(pageMax, max * 2)
  }
  return { partition, pages }
}

/**
 * Where to read from when Keycloak's clock was set back, so that new events carry times which we
 * have passed already; undefined when it was not. Then everything since the last poll is read
 * again by the new clock; after a restart of ours nobody knows since when, so as at a first start.
 */
function clockSetBack({
  serverNow,
  at,
  polledAt,
  clock,
  log,
  path,
  firstReadMs,
}: StreamSettings & {
  readonly serverNow: number
  readonly at: number
  readonly polledAt: number | undefined
}): number | undefined {
  // Its answers tell the time in whole seconds only.
  if (Number.isNaN(serverNow) || serverNow + 1_000 >= at) return undefined
  log.debug({ path, byMs: at - serverNow }, "Keycloak's clock is behind the events it told")
  return serverNow - 1_000 - (polledAt === undefined ? firstReadMs : clock.now() - polledAt)
}

/**
 * Whoever sends bounds what it takes; beyond that it fails in a way that trying again does not
 * mend. Admin events may hold whole realms, and fewer of them fit.
 */
function isTooLarge(error: unknown): boolean {
  return error instanceof CurfewError && !error.retry && !isRefusal(error)
}

function lastTimeIn({ events }: Answer): number | undefined {
  let before = 0
  for (const { time } of events) {
    if (time < before) {
      throw new CurfewError(
        'SOURCE_REFUSED',
        'Expected the events of Keycloak in ascending order; they come in another. ' +
          'Keycloak 26.2 or later is needed.',
      )
    }
    before = time
  }
  return events.length === 0 ? undefined : before
}

function forget(seen: Map<string, number>, before: number): void {
  for (const [digest, time] of seen) {
    if (time < before || seen.size > seenMax) seen.delete(digest)
  }
}

/** Of all that an event says, whatever the order of its fields. */
function digestOf(event: object): string {
  const text = JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(text).digest('base64')
}

/** Asks for events by time. */
function makeAsk(get: KeycloakGet): Ask {
  return async (path, { from, first, max }, signal) => {
    const query = `dateFrom=${from}&direction=asc&first=${first}&max=${max}`
    const what = 'the events of Keycloak'
    const answer = await get({ what, path: `${path}?${query}`, shape: Events, signal })
    return { events: answer.body, serverNow: Date.parse(answer.headers.date ?? '') }
  }
}
