import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Binding } from '../../contract/raw-message.ts'
import { RecentIds } from '../../process/recent-ids.ts'
import { makeAskedTypes } from '../../source/feeds/asked-types.ts'
import type { FeedPage, FeedPlace, FeedPorts, FeedStream } from '../../source/feeds/feed.ts'
import { openFeed } from '../../source/feeds/feed.ts'
import { callFeed, isRefusal } from '../../source/feeds/feed-call.ts'
import type { Source } from '../../source/source.ts'
import { workosEventTypes } from './event-types.ts'

export interface WorkosFeedSettings {
  /** `https://api.workos.com` unless told otherwise. */
  readonly baseUrl?: string
  readonly apiKey: string
  /** Names of the events to ask for; all that the format reads unless told otherwise. */
  readonly types?: readonly string[]
  readonly everyMs?: number
  /** How far back the very first poll looks; WorkOS answers for at most 30 days. */
  readonly firstReadMs?: number
  readonly binding: Binding
}

const dayMs = 24 * 60 * 60_000
const given = {
  baseUrl: 'https://api.workos.com',
  types: workosEventTypes.read,
  everyMs: 5_000,
  firstReadMs: dayMs,
}
/** A little less than the 30 days that may be asked for at once. */
const readBackMsMax = 29 * dayMs
/** Times of events are WorkOS's, and ours may be ahead of them. */
const overlapMs = 60_000
const pageMax = 100
const recentMax = 10_000

const Events = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String({ minLength: 1, maxLength: 256 }),
      created_at: Type.Optional(Type.String({ maxLength: 40 })),
    }),
  ),
  list_metadata: Type.Object({ after: Type.Optional(Type.Union([Type.String(), Type.Null()])) }),
})

/**
 * Reads WorkOS's Events API. Its events are those of its webhooks and have the same ids, so this
 * fills in whatever a webhook did not bring. WorkOS keeps them in one fixed order; the place is
 * the id of the last one.
 *
 * The API refuses a whole request for one name that it does not know. Such a type is asked for no more,
 * said to `onUnread`, and the others are read.
 */
export function openWorkosFeed(settings: WorkosFeedSettings, ports: FeedPorts): Source {
  const all = { ...given, ...settings, id: `feed:${settings.binding.instance}` }
  return openFeed(
    {
      id: all.id,
      format: 'workos',
      binding: all.binding,
      everyMs: all.everyMs,
      streams: [makeStream(all, ports)],
    },
    ports,
  )
}

const advice = {
  400: 'Each type of events was asked for alone, and none answered: check the address.',
  401: 'Check the API key.',
  403: 'Give the API key the right to read events.',
  422: 'Each type of events was asked for alone, and none answered: check the address.',
}

type StreamSettings = typeof given & WorkosFeedSettings & { readonly id: string }
type Ask = (
  where: { readonly [name: string]: string },
  signal: AbortSignal,
) => Promise<Static<typeof Events>>

/** Asks for a page of the events of all types, less those that WorkOS refuses. */
function makeAsk(
  { baseUrl, apiKey, types, id, binding }: StreamSettings,
  { send, clock, log, onUnread }: FeedPorts,
): Ask {
  let refusal = ''
  const askFor = async (
    some: readonly string[],
    where: { readonly [name: string]: string },
    signal: AbortSignal,
  ): Promise<Static<typeof Events>> => {
    refusal = ''
    const query = new URLSearchParams({ events: some.join(','), order: 'asc', ...where })
    const { body } = await callFeed({
      send,
      now: clock.now,
      what: 'the events of WorkOS',
      url: `${baseUrl}/events?${query}`,
      request: { method: 'GET', headers: { authorization: `Bearer ${apiKey}` }, signal },
      shape: Events,
      advice,
      onRefusal: ({ status, text }) => {
        refusal = status === 400 || status === 422 ? text || String(status) : ''
      },
    })
    return body
  }
  const isRefused = async (type: string, signal: AbortSignal): Promise<boolean> => {
    const where = { limit: '1', range_start: new Date(clock.now()).toISOString() }
    try {
      await askFor([type], where, signal)
      return false
    } catch (error) {
      if (refusal === '') throw error
      return true
    }
  }
  const onRefused = (type: string): void => {
    const { tenant, instance } = binding
    log.warn({ feed: id, type }, 'WorkOS refuses a type of events; it is asked for no more')
    const said = { tenant, instance, source: id, format: 'workos', name: type } as const
    onUnread?.({ ...said, why: 'incomplete', lack: 'event_types', messages: 1 })
  }
  const asked = makeAskedTypes({ types, now: clock.now, isRefused, onRefused })
  return async (where, signal) => {
    for (;;) {
      try {
        return await askFor(asked.current(), { limit: String(pageMax), ...where }, signal)
      } catch (error) {
        const text = refusal
        // A last event that WorkOS has forgotten is refused too: see whether the time will do first.
        const mayBePlace = where.after !== undefined && !namesAny(text, types)
        if (text === '' || mayBePlace || !(await asked.leaveOut(text, signal))) throw error
      }
    }
  }
}

const namesAny = (text: string, types: readonly string[]): boolean =>
  types.some((type) => text.includes(type))

function makeStream(settings: StreamSettings, ports: FeedPorts): FeedStream {
  const { firstReadMs } = settings
  const { clock, log } = ports
  const recent = new RecentIds(recentMax)
  const ask = makeAsk(settings, ports)
  const since = (at: number) => ({
    range_start: new Date(Math.max(at, clock.now() - readBackMsMax)).toISOString(),
  })
  async function* pages(place: FeedPlace | null, signal: AbortSignal): AsyncGenerator<FeedPage> {
    const after = typeof place?.after === 'string' ? place.after : undefined
    const keptAt = typeof place?.at === 'number' ? place.at : clock.now() - firstReadMs
    let known = false
    let body = await ask(after === undefined ? since(keptAt) : { after }, signal).catch(
      async (error: unknown) => {
        if (after === undefined || !isRefusal(error)) throw error
        // WorkOS forgets events after 90 days, and with them the place that an id stands for.
        log.warn({ after }, 'WorkOS does not know the last event any more; reading on by its time')
        known = true
        return await ask(since(keptAt - overlapMs), signal)
      },
    )
    for (;;) {
      const last = body.data.at(-1)
      if (last === undefined) return
      const events = body.data.filter(({ id }) => !recent.has(id))
      const createdAt = Date.parse(last.created_at ?? '')
      const at = Number.isNaN(createdAt) ? keptAt : createdAt
      yield { events, place: { after: last.id, at }, known }
      for (const { id } of events) recent.add(id)
      if ((body.list_metadata.after ?? null) === null) return
      body = await ask({ after: last.id }, signal)
    }
  }
  return { pages }
}
